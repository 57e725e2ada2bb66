package legacy

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	xml11 = "text/xml; charset=utf-8"
	xml12 = "application/soap+xml; charset=utf-8"
)

// posted is the envelope of SOAP 1.1 around a Body.
func posted(body string) string {
	return `<e:Envelope xmlns:e="` + soap11.envelope + `" xmlns:xsi="` + instanceNamespace + `"><e:Body>` + body + `</e:Body></e:Envelope>`
}

// posted12 is the envelope of SOAP 1.2 around a Body.
func posted12(body string) string {
	return strings.Replace(posted(body), soap11.envelope, soap12.envelope, 1)
}

const startElement = `<start xmlns="urn:crm"><extenOrUniqueId>410</extenOrUniqueId><tag>22</tag></start>`

// post sends a body of a type, with headers given as name, value, …
func (s *site) post(contentType, body string, headers ...string) reply {
	s.t.Helper()
	return s.postFrom(contentType, strings.NewReader(body), headers...)
}

// postFrom sends a body whose length is not told unless the reader's type is known to net/http.
func (s *site) postFrom(contentType string, body io.Reader, headers ...string) reply {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.URL+Path, body)
	require.NoError(s.t, err)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return s.do(req)
}

// answered is an envelope as a client reads it.
type answered struct {
	XMLName xml.Name
	Body    struct {
		Fault *fault11
		Inner []byte `xml:",innerxml"`
	}
}

// details are those of a fault.
type details struct {
	Code        string   `xml:"urn:njadmin-api-recording error>code"`
	Status      int      `xml:"urn:njadmin-api-recording error>status"`
	Candidates  []string `xml:"urn:njadmin-api-recording error>candidate"`
	RecordingID string   `xml:"urn:njadmin-api-recording error>recordingId"`
	RetryAfter  int      `xml:"urn:njadmin-api-recording error>retryAfter"`
}

type fault11 struct {
	Code   string   `xml:"faultcode"`
	Reason string   `xml:"faultstring"`
	Detail *details `xml:"detail"`
}

type fault12 struct {
	Code   string   `xml:"Code>Value"`
	Reason string   `xml:"Reason>Text"`
	Detail *details `xml:"Detail"`
}

// inside returns what the reply's Body holds; the reply must be an envelope of the version.
func (r reply) inside(t *testing.T, v *version) []byte {
	t.Helper()
	require.Equal(t, v.contentType, r.Header.Get("Content-Type"), r.body)
	require.Equal(t, "nosniff", r.Header.Get("X-Content-Type-Options"))
	require.Equal(t, "no-store", r.Header.Get("Cache-Control"))
	require.EqualValues(t, len(r.body), r.ContentLength)
	var e answered
	require.NoError(t, xml.Unmarshal([]byte(r.body), &e), r.body)
	require.Equal(t, xml.Name{Space: v.envelope, Local: "Envelope"}, e.XMLName)
	return e.Body.Inner
}

// fault returns the SOAP 1.1 fault that the reply must be.
func (r reply) fault(t *testing.T) fault11 {
	t.Helper()
	r.inside(t, soap11)
	var e answered
	require.NoError(t, xml.Unmarshal([]byte(r.body), &e))
	require.NotNil(t, e.Body.Fault, r.body)
	require.NotContains(t, e.Body.Fault.Reason, "\n")
	return *e.Body.Fault
}

// fault12 returns the SOAP 1.2 fault that the reply must be.
func (r reply) fault12(t *testing.T) fault12 {
	t.Helper()
	r.inside(t, soap12)
	var e struct{ Body struct{ Fault *fault12 } }
	require.NoError(t, xml.Unmarshal([]byte(r.body), &e))
	require.NotNil(t, e.Body.Fault, r.body)
	return *e.Body.Fault
}

// clients are envelopes as programs in the field send them, by file name; all start 410 with the tag 22.
func clients(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/clients/*.xml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	found := map[string]string{}
	for _, name := range files {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		found[strings.TrimSuffix(filepath.Base(name), ".xml")] = string(bytes.TrimSpace(data))
	}
	return found
}

// typeOf is the media type that belongs to an envelope.
func typeOf(envelope string) string {
	if strings.Contains(envelope, soap12.envelope) {
		return xml12
	}
	return xml11
}
