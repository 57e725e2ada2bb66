package legacy

import (
	"encoding/xml"
	"fmt"
	"strings"

	"ari-recorder/api"
	"ari-recorder/pkg/recording"
)

// Namespace is that of the WSDL's names and of the details of faults. A name and no address, as Axis would have it: what
// was generated from the WSDL stays right wherever the service moves to.
const Namespace = "urn:njadmin-api-recording"

// callers are the problems of a request itself. Everything else is what Axis makes of a method's exception.
var callers = map[string]bool{
	codeInvalid: true, api.CodeUnauthorized: true, api.CodeForbidden: true, api.CodeNotFound: true,
	api.CodeMethodNotAllowed: true, api.CodeNotAcceptable: true, api.CodePayloadTooLarge: true, api.CodeUnsupportedType: true,
	api.CodeRateLimited: true,
}

// faultCode is SOAP's code for the problem, without a prefix. SOAP 1.1 has those of Axis; SOAP 1.2 asks who is to do
// something about it.
func (v *version) faultCode(r report) string {
	switch {
	case r.soap != "":
		return r.soap
	case v == soap12 && r.problem.Status < 500:
		return "Sender"
	case v == soap12:
		return "Receiver"
	case callers[r.problem.Code]:
		return "Client"
	case r.problem.Code == string(recording.CodeInternal):
		return "Server"
	default:
		return "Server.userException"
	}
}

// fault is the envelope that tells of an error.
func (d dialect) fault(r report) string {
	code, reason := d.version.faultCode(r), escape(oneLine(r.detail))
	layout := `<soapenv:Fault><faultcode>soapenv:%s</faultcode><faultstring>%s</faultstring>%s</soapenv:Fault>`
	detail := "detail"
	if d.version == soap12 {
		layout = `<soapenv:Fault><soapenv:Code><soapenv:Value>soapenv:%s</soapenv:Value></soapenv:Code>` +
			`<soapenv:Reason><soapenv:Text xml:lang="en">%s</soapenv:Text></soapenv:Reason>%s</soapenv:Fault>`
		detail = "soapenv:Detail"
	}
	details := "<" + detail + ">" + r.details() + "</" + detail + ">"
	if r.soap != "" { // a fault about anything but the Body must not have them
		details = ""
	}
	return d.version.open() + fmt.Sprintf(layout, code, reason, details) + closing
}

// details are what a program may want to know about an error.
func (r report) details() string {
	var b strings.Builder
	put := func(name, value string) { fmt.Fprintf(&b, "<%s>%s</%s>", name, escape(value), name) }
	put("code", r.problem.Code)
	put("status", fmt.Sprint(r.problem.Status))
	for _, c := range r.candidates {
		put("candidate", c.UniqueID)
	}
	if r.recordingID != "" {
		put("recordingId", r.recordingID)
	}
	if r.problem.Retryable() {
		put("retryAfter", fmt.Sprint(seconds(r.retry)))
	}
	return `<error xmlns="` + Namespace + `">` + b.String() + `</error>`
}

// escape makes any text fit for an element or an attribute; what XML cannot hold becomes U+FFFD.
func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes everything
	return b.String()
}
