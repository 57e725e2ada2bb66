package legacy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBrowsersMayNotCallOfTheirOwnAccord(t *testing.T) {
	const listed, foreign = "https://crm.example.org", "https://evil.example.org"
	for _, c := range []struct {
		why     string
		headers []string
		allowed bool
	}{
		{"a CRM's back end", nil, true},
		{"typed into the address bar", []string{"Sec-Fetch-Site", "none"}, true},
		{"our own page", []string{"Sec-Fetch-Site", "same-origin", "Referer", "SELF/docs"}, true},
		{"our own page, with its origin", []string{"Sec-Fetch-Site", "same-origin", "Origin", "SELF"}, true},
		{"our own page through a proxy that speaks TLS", []string{"Sec-Fetch-Site", "same-origin", "Origin", "https://rec.example.org", "Host", "rec.example.org"}, true},
		{"a link on plain http, where the browser tells nothing", []string{"Referer", foreign + "/page"}, true},
		{"a listed page", []string{"Sec-Fetch-Site", "cross-site", "Origin", listed}, true},
		{"a listed page, by a link", []string{"Sec-Fetch-Site", "cross-site", "Referer", listed + "/customer?id=1"}, true},
		{"a listed page of the same site", []string{"Sec-Fetch-Site", "same-site", "Referer", listed + "/"}, true},
		{"a listed page on plain http", []string{"Origin", listed}, true},
		{"the public URL", []string{"Sec-Fetch-Site", "same-site", "Origin", "https://public.example.org"}, true},

		{"prefetch", []string{"Sec-Purpose", "prefetch"}, false},
		{"prerender", []string{"Sec-Purpose", "prefetch;prerender"}, false},
		{"older prefetch", []string{"Purpose", "prefetch"}, false},
		{"Firefox's prefetch", []string{"X-Moz", "Prefetch"}, false},
		{"Safari's preview", []string{"X-Purpose", "preview"}, false},
		{"prefetch by a listed page", []string{"Sec-Purpose", "prefetch", "Origin", listed}, false},
		{"another site", []string{"Sec-Fetch-Site", "cross-site", "Origin", foreign}, false},
		{"another site that hides", []string{"Sec-Fetch-Site", "cross-site"}, false},
		{"another site, by a link", []string{"Sec-Fetch-Site", "cross-site", "Referer", foreign + "/x", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-User", "?1"}, false},
		{"another host of our site", []string{"Sec-Fetch-Site", "same-site"}, false},
		{"a word that is not known", []string{"Sec-Fetch-Site", "elsewhere"}, false},
		{"another site on plain http", []string{"Origin", foreign}, false},
		{"another port", []string{"Origin", "http://127.0.0.1:1"}, false},
		{"a sandbox", []string{"Origin", "null"}, false},
		{"a sandbox of a listed page", []string{"Sec-Fetch-Site", "cross-site", "Origin", "null", "Referer", listed}, false},
		{"a file", []string{"Origin", "file://"}, false},
		{"nonsense", []string{"Origin", "http://%zz"}, false},
		{"a host that begins like a listed one", []string{"Origin", listed + ".evil.example.org"}, false},
	} {
		t.Run(c.why, func(t *testing.T) {
			service := &fakeService{}
			s := serve(t, service, Options{CORSOrigins: []string{listed}, PublicURL: "https://public.example.org/pbx"})
			r := s.from(c.headers)
			if c.allowed {
				require.Equal(t, 200, r.StatusCode)
				require.Len(t, service.calls(), 1)
				return
			}
			require.Equal(t, 403, r.StatusCode)
			require.NotEmpty(t, r.line(t))
			require.Empty(t, service.calls())
			require.Empty(t, r.Header.Get("Access-Control-Allow-Origin"))
		})
	}
}

func TestListedPagesMayReadTheAnswer(t *testing.T) {
	s := serve(t, &fakeService{}, Options{CORSOrigins: []string{"https://crm.example.org"}})
	r := s.get(startQuery, "Origin", "https://crm.example.org")
	require.Equal(t, "https://crm.example.org", r.Header.Get("Access-Control-Allow-Origin"))
	require.Contains(t, r.Header.Get("Access-Control-Expose-Headers"), "X-Recording-Id")
	require.Contains(t, r.Header.Get("Vary"), "Origin")
	require.Empty(t, s.get(startQuery).Header.Get("Access-Control-Allow-Origin"))
}

func TestOriginsAreComparedAsBrowsersWriteThem(t *testing.T) {
	for text, want := range map[string]string{
		"https://crm.example.org": "https://crm.example.org", "https://CRM.example.org:443/x?y": "https://crm.example.org",
		"http://crm:80": "http://crm", "http://crm:443": "http://crm:443", "http://[::1]:8080/": "http://[::1]:8080",
		"": "", "null": "", "file:///x": "", "https://": "", "//crm": "", "javascript:x": "",
	} {
		require.Equal(t, want, originOf(text), text)
	}
}
