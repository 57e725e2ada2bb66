package legacy

import (
	"mime"
	"net/http"
	"slices"
	"strings"
)

// version is a version of SOAP in its own words.
type version struct {
	name        string
	envelope    string   // namespace of its elements
	encoding    string   // the encodingStyle of rpc/encoded
	mediaType   string   // by which a request is told to be of it
	contentType string   // of answers
	actor       string   // attribute that says whom a header is for
	forUs       []string // its values that mean whoever receives the message
}

var (
	soap11 = &version{
		name: "SOAP 1.1", envelope: "http://schemas.xmlsoap.org/soap/envelope/", encoding: "http://schemas.xmlsoap.org/soap/encoding/",
		mediaType: "text/xml", contentType: "text/xml; charset=utf-8",
		actor: "actor", forUs: []string{"", "http://schemas.xmlsoap.org/soap/actor/next"},
	}
	soap12 = &version{
		name: "SOAP 1.2", envelope: "http://www.w3.org/2003/05/soap-envelope", encoding: "http://www.w3.org/2003/05/soap-encoding",
		mediaType: "application/soap+xml", contentType: "application/soap+xml; charset=utf-8",
		actor: "role", forUs: []string{
			"", "http://www.w3.org/2003/05/soap-envelope/role/next", "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver",
		},
	}
)

// versionOf tells the version by the type of a request's body; SOAP 1.1 where it tells none, for errors.
func versionOf(contentType string) *version {
	if kind, _, _ := mime.ParseMediaType(contentType); kind == soap12.mediaType {
		return soap12
	}
	return soap11
}

// status is that of a fault. Clients of SOAP 1.1 read faults with 500 alone; what is no SOAP comes from no such client. The
// HTTP binding of SOAP 1.2 has 400 for Sender, and 500 for VersionMismatch and MustUnderstand.
func (v *version) status(r report) int {
	switch {
	case v == soap12 && r.soap != "":
		return http.StatusInternalServerError
	case r.garbled, v == soap12 && v.faultCode(r) == "Sender":
		return http.StatusBadRequest
	default:
		return http.StatusInternalServerError
	}
}

// dialect is how a client speaks SOAP, and is answered.
type dialect struct {
	version   *version
	encoded   bool   // rpc/encoded: with types; else document/literal, or rpc/literal, which are alike on the wire
	namespace string // of the method's element; any is taken, since clients without a WSDL choose their own
	qualified bool   // whether the parts are in the namespace, too
}

// axis is how Apache Axis answers a GET.
var axis = dialect{version: soap11, encoded: true}

const (
	schemaNamespace   = "http://www.w3.org/2001/XMLSchema"
	instanceNamespace = "http://www.w3.org/2001/XMLSchema-instance"
)

// open begins an envelope, up to and with the Body's tag.
func (v *version) open() string {
	return `<?xml version="1.0" encoding="utf-8"?>` + "\n" + `<soapenv:Envelope xmlns:soapenv="` + v.envelope + `" xmlns:xsd="` + schemaNamespace +
		`" xmlns:xsi="` + instanceNamespace + `"><soapenv:Body>`
}

const closing = `</soapenv:Body></soapenv:Envelope>`

// wrap is what stands before and after the method's return value, which must be escaped, in an answer.
func (d dialect) wrap(m *method) (before, after string) {
	response, value := m.name+"Response", m.name+"Return"
	var attributes, typed string
	if d.namespace != "" {
		response = "ns1:" + response
		attributes = ` xmlns:ns1="` + escape(d.namespace) + `"`
	}
	if d.namespace != "" && d.qualified {
		value = "ns1:" + value
	}
	if d.encoded {
		attributes += ` soapenv:encodingStyle="` + d.version.encoding + `"`
		typed = ` xsi:type="xsd:string"`
	}
	before = d.version.open() + "<" + response + attributes + "><" + value + typed + ">"
	return before, "</" + value + "></" + response + ">" + closing
}

// isEncoding tells whether an encodingStyle, which may list several, is one of SOAP's encodings.
func isEncoding(style string) bool {
	return slices.ContainsFunc(strings.Fields(style), func(uri string) bool {
		uri = strings.TrimRight(uri, "/") + "/"
		return strings.HasPrefix(uri, soap11.encoding) || strings.HasPrefix(uri, soap12.encoding+"/")
	})
}
