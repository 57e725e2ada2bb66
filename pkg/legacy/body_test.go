package legacy

import (
	"bytes"
	"encoding/binary"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf16"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"ari-recorder/api"
	"ari-recorder/pkg/recording"
)

// in16 writes text in UTF-16.
func in16(order binary.ByteOrder, text string) string {
	var b bytes.Buffer
	for _, unit := range utf16.Encode([]rune(text)) {
		pair := make([]byte, 2)
		order.PutUint16(pair, unit)
		b.Write(pair)
	}
	return b.String()
}

func TestCharsetsOfOldClients(t *testing.T) {
	const declared = `<?xml version="1.0" encoding="CHARSET"?>`
	utf8 := posted(`<start><extenOrUniqueId>410</extenOrUniqueId><tag>Müller</tag></start>`)
	latin := strings.ReplaceAll(utf8, "ü", "\xfc")
	as := func(charset string) string { return strings.Replace(declared, "CHARSET", charset, 1) }
	for name, c := range map[string]struct{ contentType, body string }{
		"none":                                 {"text/xml", utf8},
		"UTF-8 by the type":                    {`text/xml; charset="UTF-8"`, utf8},
		"UTF-8 with a mark":                    {"text/xml", "\xef\xbb\xbf" + as("utf-8") + utf8},
		"a mark beats the type":                {"text/xml; charset=iso-8859-1", "\xef\xbb\xbf" + utf8},
		"ISO-8859-1 declared":                  {"text/xml", as("ISO-8859-1") + latin},
		"ISO-8859-1 by the type":               {"text/xml; charset=ISO-8859-1", latin},
		"the type beats the declaration":       {"text/xml; charset=iso-8859-1", as("utf-8") + latin},
		"ISO-8859-15":                          {"text/xml", strings.ReplaceAll(as("ISO-8859-15"), `"`, `'`) + latin},
		"Windows-1252":                         {"text/xml; charset=windows-1252", latin},
		"UTF-16 with a mark":                   {"text/xml; charset=utf-16", in16(binary.LittleEndian, "\ufeff"+as("utf-16")+utf8)},
		"UTF-16 with a mark, the other way":    {"text/xml", in16(binary.BigEndian, "\ufeff"+utf8)},
		"UTF-16 without a mark":                {"text/xml", in16(binary.LittleEndian, as("utf-16")+utf8)},
		"UTF-16 without a mark or declaration": {"text/xml; charset=utf-16be", in16(binary.BigEndian, utf8)},
		"a type with nonsense behind it":       {"text/xml; charset=utf-8; =", utf8},
	} {
		service := &fakeService{}
		r := serve(t, service, Options{}).post(c.contentType, c.body)
		require.Equal(t, 200, r.StatusCode, "%s: %s", name, r.body)
		require.Equal(t, "Müller", service.calls()[0].(recording.StartRequest).Tag, name)
	}
}

func TestTextThatIsNotInItsCharsetIsRefused(t *testing.T) {
	envelope := posted(startElement)
	for body, contentType := range map[string]string{
		strings.Replace(envelope, "22", "\xfc", 1):            "text/xml",
		strings.Replace(envelope, "22", "\xc3\xbc", 1):        "text/xml; charset=utf-16",
		in16(binary.LittleEndian, "\ufeff"+envelope) + "\x00": "text/xml",
		`<?xml version="1.0" encoding="EBCDIC"?>` + envelope:  "text/xml",
		envelope:                           "text/xml; charset=no-such",
		`<?xml version="1.1"?>` + envelope: "text/xml",
	} {
		requireGarbled(t, contentType, body)
	}
}

// requireGarbled proves that a body is refused as no SOAP at all, and nothing happens.
func requireGarbled(t *testing.T, contentType, body string) fault11 {
	t.Helper()
	service := &fakeService{}
	r := serve(t, service, Options{}).post(contentType, body)
	require.Equal(t, 400, r.StatusCode, r.body)
	require.Empty(t, service.calls())
	require.Less(t, len(r.body), 1500)
	f := r.fault(t)
	require.Contains(t, []string{"soapenv:Client", "soapenv:VersionMismatch"}, f.Code)
	return f
}

func TestOnlyEnvelopesAreTaken(t *testing.T) {
	for _, contentType := range []string{
		"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "application/json",
		`multipart/related; type="text/xml"; boundary=x`, "text/xml; charset=a; charset=b", "nonsense",
	} {
		service := &fakeService{}
		s := serve(t, service, Options{FaultStatus: 500})
		r := s.post(contentType, posted(startElement), "Content-Encoding", "identity")
		require.Equal(t, 415, r.StatusCode, contentType)
		require.Equal(t, "send a SOAP envelope, as text/xml for SOAP 1.1 or application/soap+xml for SOAP 1.2", r.fault(t).Reason)
		require.Empty(t, service.calls())
	}
	r := serve(t, &fakeService{}, Options{}).post(xml12, posted12(startElement), "Content-Encoding", "gzip")
	require.Equal(t, 415, r.StatusCode)
	require.Equal(t, fault12{
		"soapenv:Sender", "compressed envelopes are not taken; send it without Content-Encoding", &details{Code: "unsupported_type", Status: 415},
	}, r.fault12(t))
}

// spaces is a long body of nothing that counts what is taken of it.
type spaces struct {
	left  int64
	taken atomic.Int64
}

func (s *spaces) Read(p []byte) (int, error) {
	n := min(int64(len(p)), s.left)
	if n == 0 {
		return 0, io.EOF
	}
	s.left -= n
	s.taken.Add(n)
	return int(n), nil
}

func TestAnEnvelopeOf100MBIsRefusedEarly(t *testing.T) {
	const size = 100 << 20
	for _, length := range []int64{size, -1} { // told, and chunked
		service := &fakeService{}
		s := serve(t, service, Options{})
		body := &spaces{left: size}
		before := mapped()
		r := s.huge(body, length)
		require.Equal(t, 413, r.StatusCode)
		require.Equal(t, "soapenv:Client", r.fault(t).Code)
		require.Equal(t, "an envelope may have 1 MiB", r.fault(t).Reason)
		require.True(t, r.Close)
		s.Close()
		require.Less(t, body.taken.Load(), int64(size/4))
		require.Less(t, mapped()-before, uint64(16<<20))
		require.Empty(t, service.calls())
	}
	require.Equal(t, 200, serve(t, &fakeService{}, Options{}).post(xml11, posted(startElement)+strings.Repeat(" ", maxEnvelope-len(posted(startElement)))).StatusCode)
	require.Equal(t, 413, serve(t, &fakeService{}, Options{}).post(xml11, strings.Repeat(" ", maxEnvelope+1)).StatusCode)
}

// Over HTTP/2 a handler's Connection: close would end the connection, for every request on it.
func TestARefusedEnvelopeLeavesTheConnectionOfHTTP2(t *testing.T) {
	e := echo.New()
	Register(e.Group(""), &fakeService{}, Options{})
	server := httptest.NewUnstartedServer(e)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	s := &site{server, t, nil}
	var reused []bool
	trace := &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) { reused = append(reused, got.Reused) }}
	for range 3 {
		ctx := httptrace.WithClientTrace(t.Context(), trace)
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+Path, &spaces{left: maxEnvelope + 1})
		require.NoError(t, err)
		req.Header.Set("Content-Type", xml11)
		r := s.do(req)
		require.Equal(t, 2, r.ProtoMajor)
		require.Equal(t, 413, r.StatusCode)
		require.Equal(t, "an envelope may have 1 MiB", r.fault(t).Reason)
	}
	require.Equal(t, []bool{false, true, true}, reused)
}

func TestABodyThatBreaksOffIsRefused(t *testing.T) {
	f := serve(t, &fakeService{}, Options{}).breakOff(posted(startElement))
	require.Contains(t, f, "400 Bad Request")
	require.Contains(t, f, "the envelope did not arrive whole")
}

func TestTheServersOwnBoundIsToldAlike(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, Path, nil)
	r.Header.Set("Content-Type", "text/xml")
	r.Body = http.MaxBytesReader(httptest.NewRecorder(), io.NopCloser(strings.NewReader("12345")), 4)
	_, f := readBody(r)
	require.NotNil(t, f)
	require.Equal(t, api.CodePayloadTooLarge, f.code)
}
