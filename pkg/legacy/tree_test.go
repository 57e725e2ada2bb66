package legacy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// laughs is an entity bomb: a kilobyte that stands for gigabytes.
func laughs() string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY l0 "ha">`)
	for i := 1; i < 10; i++ {
		fmt.Fprintf(&b, `<!ENTITY l%d "%s">`, i, strings.Repeat(fmt.Sprintf("&l%d;", i-1), 10))
	}
	return b.String() + `]>` + strings.Replace(posted(startElement), "22", "&l9;", 1)
}

func TestWhatIsNoSOAPIsRefusedInBoundedMemory(t *testing.T) {
	envelope := posted(startElement)
	with := func(inside string) string { return posted(inside + startElement) }
	for name, c := range map[string]struct{ body, want string }{
		"nothing":              {"", "the request is empty; send a SOAP envelope"},
		"white space":          {" \n ", "the request is empty; send a SOAP envelope"},
		"text":                 {"hello", "the request is no XML; send a SOAP envelope"},
		"JSON":                 {`{"tag": 22}`, "the request is no XML; send a SOAP envelope"},
		"a query":              {startQuery, "the envelope is no well-formed XML"},
		"binary":               {"\x00\x01\x02", "the envelope is no well-formed XML"},
		"half an envelope":     {envelope[:len(envelope)/2], "the envelope is no well-formed XML"},
		"no end":               {strings.TrimSuffix(envelope, "</e:Envelope>"), "unexpected EOF"},
		"crossed elements":     {with("<a><b></a></b>"), "element <b> closed by </a>"},
		"two envelopes":        {envelope + envelope, "there is something behind the envelope"},
		"text behind":          {envelope + "x", "the request is no XML"},
		"an attribute's quote": {with("<a b=c/>"), "the envelope is no well-formed XML"},
		"a bad character":      {with("<a>\x01</a>"), "the envelope is no well-formed XML"},
		"another root":         {"<html/>", `the root element is "html", not the Envelope of a SOAP message`},
		"a long root":          {"<" + strings.Repeat("x", 1<<19) + "/>", "not the Envelope of a SOAP message"},
		"a long wrong end":     {"<a></" + strings.Repeat("x", 1<<19) + ">", "the envelope is no well-formed XML"},

		"no namespace":      {"<Envelope><Body>" + startElement + "</Body></Envelope>", `the Envelope is in the namespace ""`},
		"another namespace": {strings.Replace(envelope, soap11.envelope, "urn:wrong", 1), `the Envelope is in the namespace "urn:wrong"; SOAP 1.1, which text/xml stands for, has ` + soap11.envelope},
		"the other version": {posted12(startElement), `the Envelope is in the namespace "` + soap12.envelope + `"; SOAP 1.1`},
		"an unbound prefix": {"<e:Envelope><e:Body>" + startElement + "</e:Body></e:Envelope>", `the Envelope is in the namespace "e"`},

		"an entity bomb":           {laughs(), "an envelope may not hold a DTD"},
		"a DTD":                    {"<!DOCTYPE a>" + envelope, "an envelope may not hold a DTD"},
		"a DTD elsewhere":          {`<!DOCTYPE a SYSTEM "http://127.0.0.1/x">` + envelope, "an envelope may not hold a DTD"},
		"a file":                   {`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + envelope, "an envelope may not hold a DTD"},
		"an entity":                {strings.Replace(envelope, "22", "&x;", 1), "invalid character entity &x;"},
		"an instruction":           {with(`<?php echo 1 ?>`), "an envelope may not hold processing instructions"},
		"a style sheet":            {`<?xml-stylesheet href="x"?>` + envelope, "an envelope may not hold processing instructions"},
		"a second XML declaration": {`<?xml version="1.0"?><?xml version="1.0"?>` + envelope, "an envelope may not hold processing instructions"},

		"deep nesting":       {with(strings.Repeat("<a>", 1<<17)), "the envelope is nested deeper than 32 elements"},
		"10,000 headers":     {strings.Replace(envelope, "<e:Body>", "<e:Header>"+strings.Repeat("<h/>", 10_000)+"</e:Header><e:Body>", 1), "the envelope has more than 1000 elements"},
		"10,000 parts":       {posted("<start>" + strings.Repeat("<tag>1</tag>", 10_000) + "</start>"), "the envelope has more than 1000 elements"},
		"10,000 attributes":  {with("<a" + many(` a%d="1"`) + "/>"), "an element has more than 100 attributes"},
		"10,000 namespaces":  {with("<a" + many(` xmlns:a%d="u"`) + "/>"), "an element has more than 100 attributes"},
		"comments in pieces": {strings.Repeat("<!-- -->x", 1<<16), "the request is no XML"},
	} {
		before := mapped()
		f := requireGarbled(t, "text/xml", c.body)
		require.Contains(t, f.Reason, c.want, name)
		require.Less(t, mapped()-before, uint64(64<<20), name)
		wrong := strings.HasPrefix(f.Reason, "the Envelope is in the namespace")
		require.Equal(t, wrong, f.Code == "soapenv:VersionMismatch", name)
		require.Equal(t, wrong, f.Detail == nil, name)
	}
}

func many(format string) string {
	var b strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// Text in many pieces must not be copied for each of them.
func TestTextInManyPiecesIsReadOnce(t *testing.T) {
	pieces := strings.Repeat("a<!---->", 100_000)
	f := requireFault(t, posted("<start><extenOrUniqueId>410</extenOrUniqueId><tag>"+pieces+"</tag></start>"))
	require.Equal(t, "parameter tag is longer than 255 characters: start needs extenOrUniqueId and tag", f.Reason)
}

func requireFault(t *testing.T, envelope string) fault11 {
	t.Helper()
	r := serve(t, &fakeService{}, Options{}).post(xml11, envelope)
	require.Equal(t, 500, r.StatusCode)
	return r.fault(t)
}

func TestSOAP12InTheTypeOfSOAP11AndTheOtherWayRound(t *testing.T) {
	require.Equal(t, "soapenv:VersionMismatch", requireGarbled(t, xml11, posted12(startElement)).Code)
	r := serve(t, &fakeService{}, Options{}).post(xml12, posted(startElement))
	require.Equal(t, 500, r.StatusCode, "the HTTP binding of SOAP 1.2 says so")
	require.Equal(t, "soapenv:VersionMismatch", r.fault12(t).Code)
}

func FuzzEnvelope(f *testing.F) {
	for _, envelope := range clients(f) {
		f.Add(typeOf(envelope), []byte(envelope))
	}
	for _, envelope := range []string{
		laughs(), posted(""), posted(`<start><tag href="#a"/></start><m id="a" href="#a"/>`), "\xff\xfe<\x00", "<?xml version='1.0' encoding='latin1'?><a>\xfc",
		posted(`<stop><arg0 xsi:type="xsd:base64Binary">NDEw</arg0></stop>`), posted(`<retrieve><username>f</username><tag xsi:nil="1"/></retrieve>`),
	} {
		f.Add("text/xml; charset=iso-8859-1", []byte(envelope))
		f.Add("text/xml", []byte(envelope))
	}
	f.Fuzz(func(t *testing.T, contentType string, data []byte) {
		b := &body{version: versionOf(contentType), data: data}
		_, b.charset, _ = strings.Cut(contentType, "charset=")
		what, _, err := b.understand()
		if err != nil {
			require.Less(t, len(err.Error()), 1000)
			return
		}
		requireChecked(t, what)
	})
}
