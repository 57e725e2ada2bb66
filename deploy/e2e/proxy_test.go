//go:build !stack

package e2e

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
	"ari-recorder/pkg/access"
)

// pbxName is the address that old clients know.
const pbxName = "pbx.example.org"

// front is a service behind a real proxy that is configured as the guide says. Clients come from 127.0.0.2, where old
// clients may be, or from 127.0.0.3, where nobody may be without a key.
type front struct {
	*site
	tools *lab.Operator
	trust *x509.CertPool
	key   string
	dir   string // /srv of the proxy
}

const officeAddress, strangersAddress = "127.0.0.2", "127.0.0.3"

func TestBehindAProxy(t *testing.T) {
	for name, serve := range map[string]func(*front, guide){"nginx": (*front).nginx, "caddy": (*front).caddy} {
		t.Run(name, func(t *testing.T) {
			f := openFront(t)
			serve(f, openGuide(t, "proxy.md"))
			id := f.startsAndStops()
			f.handsOut(id)
			f.believesNobody()
			f.saysWhereItIs()
			f.sameIDInAllLogs(name == "nginx")
		})
	}
}

func openFront(t *testing.T) *front {
	t.Helper()
	authority := newAuthority(t)
	f := &front{key: access.NewKey(), dir: t.TempDir(), trust: x509.NewCertPool()}
	f.trust.AddCert(authority.own)
	certificate, key := authority.certify(pbxName)
	require.NoError(t, os.WriteFile(filepath.Join(f.dir, "pbx.pem"), certificate, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(f.dir, "pbx.key"), key, 0o600))
	f.site = open(t, map[string]string{
		"HTTP_PUBLIC_URL": "https://" + pbxName, "HTTP_TRUSTED_PROXIES": "127.0.0.1/32", "LEGACY_NETWORKS": officeAddress + "/32",
		"AUTH_KEYS_FILE": keyFile(t, "crm", f.key, access.Record, access.Retrieve),
	})
	f.tools = lab.NewOperator(t, f.dir)
	return f
}

// nginxFrame is what Debian's nginx.conf puts around a file of conf.d, as far as it matters, for a server of a test.
const nginxFrame = `daemon off; user root; pid /tmp/nginx.pid; error_log stderr; events {}
http { client_body_temp_path /tmp/b; proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f; uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s;
include /srv/site.conf; }`

func (f *front) nginx(g guide) {
	f.t.Helper()
	f.put("nginx.conf", nginxFrame)
	f.put("site.conf", g.with(g.block("# nginx"),
		"server 127.0.0.1:8080;", "server "+f.address()+";", "listen 80;", fmt.Sprintf("listen 127.0.0.1:%d;", f.tools.HTTP),
		"listen 443 ssl;", fmt.Sprintf("listen 127.0.0.1:%d ssl;", f.tools.HTTPS),
		"/etc/ssl/", "/srv/", "/var/log/nginx/", "/srv/"))
	f.serve("nginx", "-c", "/srv/nginx.conf", "-e", "stderr")
}

func (f *front) caddy(g guide) {
	f.t.Helper()
	own := fmt.Sprintf("{\n\tadmin off\n\tdefault_bind 127.0.0.1\n\thttp_port %d\n\thttps_port %d\n}\n", f.tools.HTTP, f.tools.HTTPS)
	f.put("Caddyfile", own+g.with(g.block("# Caddy"), "127.0.0.1:8080", f.address(), "/etc/ssl/", "/srv/"))
	f.serve("caddy", "run", "--config", "/srv/Caddyfile")
}

func (f *front) serve(argv ...string) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), 30*time.Second)
	defer cancel()
	require.NoError(f.t, f.tools.Serve(ctx, argv...))
}

func (f *front) put(name, content string) {
	f.t.Helper()
	require.NoError(f.t, os.WriteFile(filepath.Join(f.dir, name), []byte(content), 0o644))
}

func (f *front) address() string { return strings.TrimPrefix(f.URL, "http://") }

// through asks by way of the proxy, from one of this machine's addresses.
func (f *front) through(from, scheme, path string, headers ...string) answer {
	f.t.Helper()
	port := map[string]int{"http": f.tools.HTTP, "https": f.tools.HTTPS}[scheme]
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	client := http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: f.trust},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, fmt.Sprintf("127.0.0.1:%d", port))
		},
	}}
	request, err := http.NewRequestWithContext(f.t.Context(), http.MethodGet, scheme+"://"+pbxName+path, nil)
	require.NoError(f.t, err)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := client.Do(request)
	require.NoError(f.t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(f.t, err)
	require.NoError(f.t, response.Body.Close())
	return answer{response.StatusCode, string(body), response.Header}
}

// ok is through for what must be answered.
func (f *front) ok(scheme, path string, headers ...string) answer {
	f.t.Helper()
	a := f.through(officeAddress, scheme, path, headers...)
	require.Less(f.t, a.status, 300, a.body)
	return a
}

// startsAndStops does as an old client does at the old address, without a key.
func (f *front) startsAndStops() (id string) {
	f.t.Helper()
	call := f.call(lab.CallOptions{})
	id = f.ok("http", legacyPath+"?method=start&extenOrUniqueId=410&tag=22").id()
	f.speak(time.Second)
	require.Equal(f.t, id, f.ok("http", legacyPath+"?method=stop&extenOrUniqueId=410").id())
	f.hangUp(call)
	return id
}

// handsOut compares what comes through the proxy with what the service has stored.
func (f *front) handsOut(id string) {
	f.t.Helper()
	kept := f.fetch("/v1/recordings/"+id+"/audio", http.Header{"Authorization": {"Bearer " + f.key}})
	require.Equal(f.t, http.StatusOK, kept.status, kept.body)
	sum := sha256.Sum256([]byte(kept.body))
	require.Equal(f.t, `"`+hex.EncodeToString(sum[:])+`"`, kept.header.Get("ETag"))
	old := f.ok("http", legacyPath+"?method=retrieve&tag=22&username=fred")
	audio, err := base64.StdEncoding.Strict().DecodeString(old.body)
	require.NoError(f.t, err)
	require.Equal(f.t, kept.body, string(audio))

	whole := f.ok("https", "/v1/recordings/"+id+"/audio", "X-API-Key", f.key)
	require.Equal(f.t, kept.body, whole.body)
	part := f.ok("https", "/v1/recordings/"+id+"/audio", "X-API-Key", f.key, "Range", "bytes=1000-4999", "If-Range", kept.header.Get("ETag"))
	require.Equal(f.t, http.StatusPartialContent, part.status)
	require.Equal(f.t, kept.body[1000:5000], part.body)
	require.Equal(f.t, fmt.Sprintf("bytes 1000-4999/%d", len(kept.body)), part.header.Get("Content-Range"))
	same := f.through(officeAddress, "https", "/v1/recordings/"+id+"/audio", "X-API-Key", f.key, "If-None-Match", kept.header.Get("ETag"))
	require.Equal(f.t, http.StatusNotModified, same.status)
}

// believesNobody lets a stranger say that he is somebody who needs no key.
func (f *front) believesNobody() {
	f.t.Helper()
	const asks = legacyPath + "?method=stop&extenOrUniqueId=999"
	for _, header := range []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded"} {
		value := officeAddress
		if header == "Forwarded" {
			value = "for=" + officeAddress
		}
		for _, scheme := range []string{"http", "https"} {
			forged := f.through(strangersAddress, scheme, asks, header, value, "X-Request-Id", "forged")
			require.Equal(f.t, http.StatusUnauthorized, forged.status, "%s: %s", header, forged.body)
			require.Contains(f.t, forged.body, "credentials are missing; send a key")
		}
	}
	for _, l := range f.told("forged") {
		require.Equal(f.t, strangersAddress, l.Client)
	}
	require.Equal(f.t, http.StatusNotFound, f.through(strangersAddress, "http", asks, "X-API-Key", f.key).status, "with a key he may")
	require.Equal(f.t, http.StatusNotFound, f.through(officeAddress, "http", asks).status)
}

// saysWhereItIs looks at the addresses that clients are told.
func (f *front) saysWhereItIs() {
	f.t.Helper()
	require.Contains(f.t, f.ok("https", legacyPath+"?wsdl").body, "https://"+pbxName+legacyPath)
}

// requestLine is the part of a request's line in the log that is looked at here.
type requestLine struct{ Msg, Request, Client, Path, Key string }

// told are the service's lines about a request.
func (f *front) told(id string) (found []requestLine) {
	f.t.Helper()
	for text := range strings.Lines(f.log.tail()) {
		var l requestLine
		if json.Unmarshal([]byte(text), &l) == nil && l.Msg == "request" && l.Request == id {
			found = append(found, l)
		}
	}
	require.NotEmpty(f.t, found)
	return found
}

// sameIDInAllLogs follows one request through answer, service and proxy. Its key is in none of the logs.
func (f *front) sameIDInAllLogs(proxyLogs bool) {
	f.t.Helper()
	a := f.through(strangersAddress, "http", legacyPath+"?method=stop&extenOrUniqueId=999&apiKey="+f.key, "X-Request-Id", "order-22/7")
	require.Equal(f.t, http.StatusNotFound, a.status, a.body)
	require.Equal(f.t, []string{"order-22/7"}, a.header.Values("X-Request-Id"))
	l := f.told("order-22/7")
	require.Len(f.t, l, 1)
	require.Equal(f.t, requestLine{"request", "order-22/7", strangersAddress, legacyPath + "?method=stop&extenOrUniqueId=999&apiKey=REDACTED", "crm"}, l[0])
	require.NotContains(f.t, f.log.tail(), f.key)
	if proxyLogs {
		kept, err := os.ReadFile(filepath.Join(f.dir, "recorder.log"))
		require.NoError(f.t, err)
		require.Regexp(f.t, `(?m)^`+strangersAddress+` \[\S+\] "GET `+legacyPath+`" 404 \d+ [\d.]+ order-22/7$`, string(kept))
		require.NotContains(f.t, string(kept), f.key)
	}
}
