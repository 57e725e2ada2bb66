package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// What a hostile or careless client may send gets a clear line and the contract's status, and starts nothing.
func TestBadInput(t *testing.T) {
	s := open(t, nil)
	s.call(lab.CallOptions{})
	long := strings.Repeat("x", 256)
	for _, c := range []struct {
		query  string
		status int
	}{
		{"method=start&extenOrUniqueId=410", 400},
		{"method=start&extenOrUniqueId=410&tag=", 400},
		{"method=start&tag=22", 400},
		{"method=start&extenOrUniqueId=&tag=22", 400},
		{"method=start&extenOrUniqueId=410&tag=" + long, 400},
		{"method=start&extenOrUniqueId=" + long + "&tag=22", 400},
		{"method=start&extenOrUniqueId=410&tag=a%00b", 400},
		{"method=start&extenOrUniqueId=410&tag=a%0Ab", 400},
		{"method=start&extenOrUniqueId=410&tag=%FF%FE", 400},
		{"method=start&extenOrUniqueId=410&tag=%zz", 400},
		{"method=begin&extenOrUniqueId=410&tag=22", 400},
		{"method=&extenOrUniqueId=410&tag=22", 400},
		{"extenOrUniqueId=410&tag=22", 400},
		{"method=stop", 400},
		{"method=retrieve&tag=22", 400},
		{"method=retrieve&username=fred", 400},
		{"method=retrieveByUniqueId&uniqueId=1.2", 400},
		{"method=start&extenOrUniqueId=999&tag=22", 404},
		{"method=start&extenOrUniqueId=12347811.214&tag=22", 404},
		{"method=start&extenOrUniqueId=" + url.QueryEscape("../") + "&tag=22", 404},
		{"method=start&extenOrUniqueId=" + url.QueryEscape("PJSIP/410") + "&tag=22", 404},
		{"method=start&extenOrUniqueId=" + url.QueryEscape("Snoop/1.2-00000001") + "&tag=22", 404},
		{"method=start&extenOrUniqueId=" + url.QueryEscape("410' OR '1'='1") + "&tag=22", 404},
		{"method=stop&extenOrUniqueId=410", 409},
		{"method=stop&extenOrUniqueId=999", 404},
		{"method=retrieve&tag=never&username=fred", 404},
		{"method=retrieve&tag=%25&username=fred", 404},
		{"method=retrieveByUniqueId&uniqueId=1.2&username=fred", 404},
	} {
		a := s.fetch(legacyPath+"?"+c.query, nil)
		s.refused(a, c.status)
		require.NotEmpty(t, strings.TrimSpace(a.body), c.query)
		require.True(t, strings.HasPrefix(a.header.Get("Content-Type"), "text/plain"), c.query)
	}
	require.Empty(t, s.snoops())
}

func TestRequestsThatBrowsersMakeByThemselvesStartNothing(t *testing.T) {
	s := open(t, nil)
	s.call(lab.CallOptions{})
	path := legacyPath + "?method=start&extenOrUniqueId=410&tag=22"
	for name, header := range map[string]http.Header{
		"prefetch":     {"Sec-Purpose": {"prefetch"}},
		"cross-site":   {"Sec-Fetch-Site": {"cross-site"}},
		"other origin": {"Origin": {"https://evil.example"}},
	} {
		s.refused(s.fetch(path, header), http.StatusForbidden)
		require.Empty(t, s.snoops(), name)
	}
	response, err := http.Head(s.URL + path)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusMethodNotAllowed, response.StatusCode)
	require.Empty(t, s.snoops())
	require.Equal(t, http.StatusOK, s.fetch(path, http.Header{"Sec-Fetch-Site": {"same-origin"}}).status)
}

func TestAnyOrderAnyCaseAndBytesOnRequest(t *testing.T) {
	s := open(t, nil)
	c := s.call(lab.CallOptions{})
	a := s.fetch(legacyPath+"?tag=order&extenOrUniqueId=410&method=START", nil)
	require.Equal(t, http.StatusOK, a.status, a.body)
	require.Contains(t, a.body, a.id(), "the line names the recording")
	s.speak(300_000_000)
	s.hangUp(c)
	encoded, wav := s.hear("order")
	bytes := s.fetch(legacyPath+"?username=fred&method=retrieve&tag=order&format=wav", nil)
	require.Equal(t, http.StatusOK, bytes.status)
	require.Equal(t, "audio/wav", bytes.header.Get("Content-Type"))
	require.Len(t, bytes.body, 44+2*len(wav.Channels[0]))
	accepted := s.fetch(legacyPath+"?username=fred&method=retrieve&tag=order", http.Header{"Accept": {"audio/wav"}})
	require.Equal(t, bytes.body, accepted.body)
	require.NotContains(t, encoded.body, "\n")
}
