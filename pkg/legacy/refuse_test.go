package legacy

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"ari-recorder/api"
	"ari-recorder/pkg/recording"
)

// refused is what Refuse makes of a request that the guard of the server stops.
func refused(t *testing.T, o Options, req *http.Request, code string, e *recording.Error) reply {
	t.Helper()
	rec := httptest.NewRecorder()
	require.NoError(t, o.Refuse(echo.New().NewContext(req, rec), api.ProblemOf(code), e))
	return reply{rec.Result(), rec.Body.String()}
}

func TestRefusalsSpeakAsTheClientDoes(t *testing.T) {
	key := &recording.Error{Code: api.CodeUnauthorized, Detail: "the key is not known"}
	get := func(query string) *http.Request { return httptest.NewRequest(http.MethodGet, Path+"?"+query, nil) }
	post := func(kind string) *http.Request {
		req := httptest.NewRequest(http.MethodPost, Path, strings.NewReader("x"))
		req.Header.Set("Content-Type", kind)
		return req
	}
	for _, req := range []*http.Request{get(startQuery), get("method=%zz"), get(""), httptest.NewRequest("BREW", Path, nil)} {
		r := refused(t, Options{FaultStatus: 500}, req, api.CodeUnauthorized, key)
		require.Equal(t, 401, r.StatusCode)
		require.Equal(t, "the key is not known", r.line(t))
	}
	for _, r := range []reply{
		refused(t, Options{}, get("method=start&format=soap"), api.CodeUnauthorized, key),
		refused(t, Options{SOAPByDefault: true}, get(startQuery), api.CodeUnauthorized, key),
		refused(t, Options{}, post("text/xml"), api.CodeUnauthorized, key),
		refused(t, Options{}, post(""), api.CodeUnauthorized, key),
	} {
		require.Equal(t, 401, r.StatusCode)
		require.Equal(t, fault11{"soapenv:Client", "the key is not known", &details{Code: "unauthorized", Status: 401}}, r.fault(t))
	}
	r := refused(t, Options{}, post("application/soap+xml"), api.CodeUnauthorized, key)
	require.Equal(t, 401, r.StatusCode)
	require.Equal(t, fault12{"soapenv:Sender", "the key is not known", &details{Code: "unauthorized", Status: 401}}, r.fault12(t))
}

func TestTheSitesFaultStatusIsForRefusalsToo(t *testing.T) {
	site := Options{FaultStatus: 500}
	for code, want := range map[string]int{
		"invalid": 500, api.CodeForbidden: 500, api.CodeRateLimited: 500, "database_unavailable": 500,
		api.CodeUnauthorized: 401, api.CodeMethodNotAllowed: 405, api.CodePayloadTooLarge: 413, api.CodeUnsupportedType: 415,
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			r := refused(t, site, httptest.NewRequest(method, Path+"?"+startQuery, nil), code, nil)
			require.Equal(t, want, r.StatusCode, method+" "+code)
			require.Contains(t, r.body, api.ProblemOf(code).Title)
		}
	}
	service := &fakeService{}
	site.May = func(echo.Context, string) error { return &recording.Error{Code: api.CodeForbidden, Detail: "no"} }
	s := serve(t, service, site)
	for _, r := range []reply{s.get(startQuery), s.get(startQuery, "Origin", "https://evil.example.org"), s.post(xml11, posted(startElement))} {
		require.Equal(t, 500, r.StatusCode)
	}
	require.Equal(t, 403, s.post(xml11, posted(startElement), "Sec-Purpose", "prefetch").StatusCode)
	require.Empty(t, service.calls())
	require.Len(t, service.denied, 4)
}

func TestRefusalsWithoutWordsHaveTheProblemsTitle(t *testing.T) {
	rec := httptest.NewRecorder()
	c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, Path, nil), rec)
	require.NoError(t, Refuse(c, api.ProblemOf("nonsense"), nil))
	require.Equal(t, 500, rec.Code)
	require.Equal(t, "Internal error\n", rec.Body.String())
}

func TestRefusalsSayWhenToComeAgain(t *testing.T) {
	limited := &recording.Error{Code: api.CodeRateLimited, Detail: "slowly", RetryAfter: 2500 * time.Millisecond}
	r := refused(t, Options{}, httptest.NewRequest(http.MethodPost, Path, nil), api.CodeRateLimited, limited)
	require.Equal(t, 429, r.StatusCode)
	require.Equal(t, "3", r.Header.Get("Retry-After"))
	require.Equal(t, 3, r.fault(t).Detail.RetryAfter)
}

func TestForeignPagesMayNotPostEither(t *testing.T) {
	const listed, foreign = "https://crm.example.org", "https://evil.example.org"
	service := &fakeService{}
	s := serve(t, service, Options{CORSOrigins: []string{listed}})
	for _, headers := range [][]string{{"Origin", foreign}, {"Sec-Fetch-Site", "cross-site"}, {"Origin", "null"}, {"Sec-Purpose", "prefetch"}} {
		r := s.post(xml11, posted(startElement), headers...)
		require.Equal(t, 403, r.StatusCode)
		require.Equal(t, "soapenv:Client", r.fault(t).Code)
	}
	// What a page may send anywhere without asking is not taken from anybody.
	require.Equal(t, 415, s.post("text/plain", posted(startElement)).StatusCode)
	require.Empty(t, service.calls())
	require.Len(t, service.denied, 4)
	require.Equal(t, recording.AuditEntry{
		Action: recording.ActionDenied, Actor: recording.Actor{Address: "127.0.0.1"}, Subject: "POST " + Path, Outcome: "forbidden",
	}, service.denied[0])
	r := s.post(xml11, posted(startElement), "Origin", listed, "Sec-Fetch-Site", "cross-site")
	require.Equal(t, 200, r.StatusCode)
	require.Equal(t, listed, r.Header.Get("Access-Control-Allow-Origin"))
}

func TestTheKeyInTheQueryIsNeverEchoed(t *testing.T) {
	s := serve(t, &fakeService{}, Options{})
	for _, query := range []string{"apiKey=hush&method=nonsense", "apiKey=hush&" + startQuery, "apiKey=hush&wsdl", "apiKey=hush", "apiKey=hush&method=start"} {
		for _, accept := range []string{"", "text/xml"} {
			require.NotContains(t, s.get(query, "Accept", accept).body, "hush")
		}
	}
	require.NotContains(t, s.log.String(), "hush")
}
