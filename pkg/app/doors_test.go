package app_test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/access"
	"ari-recorder/pkg/app"
	"ari-recorder/pkg/httpapi"
)

const legacyAddress = "/servicemanager/services/njadmin-api-recording"

// everyScope are the scopes that do not include others.
var everyScope = []access.Scope{access.Record, access.Retrieve, access.Manage}

// keyFile writes a key for each scope, whose secret is its name, and one that may be used from elsewhere only.
func keyFile(t *testing.T) (setting string) {
	t.Helper()
	var list strings.Builder
	for _, scope := range append(everyScope, access.Admin) {
		fmt.Fprintf(&list, "- {name: %s-key, hash: %q, scopes: [%s]}\n", scope, access.HashOf(string(scope)), scope)
	}
	fmt.Fprintf(&list, "- {name: elsewhere, hash: %q, scopes: [admin], networks: [192.0.2.0/24]}\n", access.HashOf("elsewhere"))
	file := filepath.Join(t.TempDir(), "keys.yaml")
	require.NoError(t, os.WriteFile(file, []byte(list.String()), 0o600))
	return "AUTH_KEYS_FILE=" + file
}

// ask sends a request with a key, or without one if it is empty.
func (s *site) ask(method, path, key string, headers ...string) *http.Response {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, nil)
	require.NoError(s.t, err)
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(s.t, err)
	_, err = io.Copy(io.Discard, response.Body)
	require.NoError(s.t, err)
	require.NoError(s.t, response.Body.Close())
	return response
}

var parameter = regexp.MustCompile(`:[a-z]+`)

// pathOf is a path that the route takes.
func pathOf(r httpapi.Route) string {
	return parameter.ReplaceAllString(r.Path, "01k9z8x7w6v5t4s3r2q1p0n9m8")
}

// openRoutes are all that nobody needs credentials for. A new one is meant to be seen here.
var openRoutes = []string{
	"/docs", "/docs/", "/docs/:asset", "/docs/problems", "/health", "/health/live", "/health/ready", "/openapi.yaml",
}

// sufficient tells whether a scope is enough for a route; none named means that every key is.
func sufficient(r httpapi.Route, scope access.Scope) bool {
	return len(r.Scopes) == 0 || slices.Contains(r.Scopes, scope)
}

func TestEveryRouteRefusesWhoMayNot(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	routes, err := app.RoutesOf(configured(t))
	require.NoError(t, err)
	s := open(t, keyFile(t))
	var opened []string
	for _, r := range routes {
		path := pathOf(r)
		t.Run(r.Method+" "+r.Path, func(t *testing.T) {
			s.t = t
			if r.Open {
				opened = append(opened, r.Path)
				for _, key := range []string{"", "wrong"} {
					require.NotContains(t, []int{401, 403, 405, 429}, s.ask(r.Method, path, key).StatusCode)
				}
				return
			}
			if r.Path != "/metrics" && r.Path != legacyAddress { // any key will do, and: the method decides
				require.NotEmpty(t, r.Scopes)
			}
			for _, key := range []string{"", "wrong"} {
				refused := s.ask(r.Method, path, key)
				require.Equal(t, 401, refused.StatusCode)
				require.Equal(t, []string{"Bearer", `Basic realm="ari-recorder"`}, refused.Header.Values("WWW-Authenticate"))
			}
			require.Equal(t, 403, s.ask(r.Method, path, "elsewhere").StatusCode)
			for _, scope := range everyScope {
				status := s.ask(r.Method, path, string(scope)).StatusCode
				if sufficient(r, scope) {
					require.NotContains(t, []int{401, 403, 405, 429}, status, scope)
				} else {
					require.Equal(t, 403, status, scope)
				}
			}
			require.NotContains(t, []int{401, 403, 405, 429}, s.ask(r.Method, path, "admin").StatusCode)
		})
	}
	s.t = t
	require.Equal(t, openRoutes, slices.Compact(opened))
	for _, key := range []string{"record", "retrieve", "manage", "admin", "elsewhere", "wrong"} {
		require.NotContains(t, s.log.String(), "Bearer "+key)
	}
}

func TestMethodsOfTheLegacyAddressNeedTheirScopes(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	s := open(t, keyFile(t))
	for query, needs := range map[string]access.Scope{
		"method=start&extenOrUniqueId=410&tag=22":              access.Record,
		"method=stop&extenOrUniqueId=410":                      access.Record,
		"method=retrieve&tag=22&username=fred":                 access.Retrieve,
		"method=retrieveByUniqueId&uniqueId=1.1&username=fred": access.Retrieve,
	} {
		for _, scope := range append(everyScope, access.Admin) {
			enough := scope == needs || scope == access.Admin
			for _, response := range []*http.Response{
				s.ask(http.MethodGet, legacyAddress+"?"+query, string(scope)),
				s.ask(http.MethodGet, legacyAddress+"?"+query+"&APIKEY="+string(scope), ""),
			} {
				require.Equal(t, !enough, response.StatusCode == http.StatusForbidden, "%s with %s: %d", query, scope, response.StatusCode)
				require.NotEqual(t, 401, response.StatusCode)
			}
		}
	}
	require.NotContains(t, s.log.String(), "APIKEY=record")
	require.Contains(t, s.log.String(), "APIKEY=REDACTED")
}

func TestEveryRouteHasItsRate(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	routes, err := app.RoutesOf(configured(t))
	require.NoError(t, err)
	for _, setting := range []string{"LIMITS_PER_ADDRESS=0.001/1", "LIMITS_PER_KEY=0.001/1"} {
		s := open(t, keyFile(t), setting)
		s.ask(http.MethodGet, "/metrics", "admin") // the one
		for _, r := range routes {
			response := s.ask(r.Method, pathOf(r), "admin")
			spared := strings.HasPrefix(r.Path, "/health") || r.Open && strings.Contains(setting, "KEY")
			require.Equal(t, !spared, response.StatusCode == http.StatusTooManyRequests, "%s %s: %d", r.Method, r.Path, response.StatusCode)
			require.Equal(t, !spared, response.Header.Get("Retry-After") != "" && response.StatusCode == http.StatusTooManyRequests)
		}
	}
}

func TestDeniedRequestsAreListedInTheAuditTrail(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	s := open(t, keyFile(t))
	s.ready()
	s.ask(http.MethodGet, "/v1/recordings?tag=22", "", "X-Request-Id", "no-key")
	s.ask(http.MethodGet, "/v1/audit", "retrieve", "X-Request-Id", "weak-key")
	s.ask(http.MethodGet, legacyAddress+"?method=start&extenOrUniqueId=410&tag=22&apiKey=retrieve", "", "X-Request-Id", "weak-method")
	s.ask(http.MethodDelete, "/v1/recordings/01k9z8x7w6v5t4s3r2q1p0n9m8?erase=true", "manage", "X-Request-Id", "weak-erase")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/v1/audit?action=denied", nil)
	require.NoError(t, err)
	r.Header.Set(httpapi.HeaderAPIKey, "admin")
	response, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	defer response.Body.Close() //nolint:errcheck // it was only read
	require.Equal(t, 200, response.StatusCode)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.True(t, json.Valid(body))
	for _, text := range []string{"no-key", "weak-key", "weak-method", "weak-erase", "retrieve-key", "manage-key", "/v1/recordings?tag=22", "127.0.0.1"} {
		require.Contains(t, string(body), text)
	}
}

// The configuration with nothing but a network: it serves the old clients' URLs as they are printed, and nothing else.
func TestOnlyNetworksServeTheLegacyAddressAlone(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	routes, err := app.RoutesOf(configured(t))
	require.NoError(t, err)
	s := open(t, "LEGACY_NETWORKS=127.0.0.0/8")
	s.ready()
	for query, line := range map[string]string{
		"method=start&extenOrUniqueId=410&tag=22":                        "no live call on extension 410",
		"method=start&extenOrUniqueId=12347811.214&tag=22":               "12347811.214",
		"method=stop&extenOrUniqueId=410":                                "410",
		"method=stop&extenOrUniqueId=12347811.214":                       "12347811.214",
		"method=retrieve&tag=21&username=fred":                           "no recording has the tag 21",
		"method=retrieveByUniqueId&uniqueId=123482532.123&username=fred": "no recording has the uniqueid 123482532.123",
	} {
		status, body := s.legacy(query)
		require.Contains(t, []int{404, 409}, status, body)
		require.Contains(t, body, line)
		require.Equal(t, status, s.atHost("somehost", "/servicemanager/services/njadmin-api-recording?"+query), "whatever the host is called")
	}
	for _, r := range routes {
		if status := s.ask(r.Method, pathOf(r), "").StatusCode; !r.Open && r.Path != legacyAddress {
			require.Equal(t, 401, status, r.Path)
		}
	}
	require.Equal(t, 401, s.ask(http.MethodGet, legacyAddress+"?method=stop&extenOrUniqueId=410", "wrong").StatusCode)
	require.Equal(t, 401, s.ask(http.MethodGet, legacyAddress+"?method=stop&extenOrUniqueId=410", "", "X-Forwarded-For", "127.0.0.1").StatusCode)
}

// Where it is written down what the service is called, a page that has its own name lead here is let in nowhere.
func TestNetworksAskUnderThePublicHostIfThereIsOne(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	const query = legacyAddress + "?method=stop&extenOrUniqueId=410"
	s := open(t, "LEGACY_NETWORKS=127.0.0.0/8,10.0.0.0/8", "HTTP_PUBLIC_URL=http://recorder.example", "HTTP_TRUSTED_PROXIES=127.0.0.1/32")
	s.ready()
	require.Equal(t, 403, s.atHost("somehost", query))
	require.Equal(t, 404, s.atHost("recorder.example", query))
	require.Equal(t, 404, s.ask(http.MethodGet, query, "", "X-Forwarded-For", "10.0.0.9").StatusCode)
	require.Equal(t, 401, s.ask(http.MethodGet, query, "", "X-Real-IP", "9.9.9.8").StatusCode, "a proxy is not taken for its clients")
}

func TestTheLogSaysWhoIsLetInAndNoHash(t *testing.T) {
	s := open(t, keyFile(t), "LEGACY_NETWORKS=192.0.2.0/24")
	require.Regexp(t, `"msg":"credentials","keys":\["record-key","retrieve-key","manage-key","admin-key","elsewhere"\],"without_key":"nobody","legacy_networks":\["192.0.2.0/24"\]`, s.log.String())
	require.NotContains(t, s.log.String(), strings.TrimPrefix(access.HashOf("admin"), "sha256:"))
}

func TestUsersHearWhatTheirRuleAllows(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ari-recorder.yaml")
	require.NoError(t, os.WriteFile(file, []byte("access:\n  users:\n  - {username: fred, extensions: [\"41*\"]}\n"), 0o600))
	s := open(t, "FILE="+file, "LEGACY_GET_RESPONSE=soap")
	s.record("1.1", "22")
	status, body := s.legacy("method=retrieve&tag=22&username=mallory")
	require.Equal(t, 403, status, body)
	status, body = s.legacy("method=retrieve&tag=22&username=fred")
	require.Equal(t, 200, status, body)
	require.Contains(t, body, "Envelope")
	http.DefaultClient.CloseIdleConnections()
}

func TestPagesOfListedOriginsMayCallEveryDoor(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	const crm = "https://crm.example"
	s := open(t, keyFile(t), "HTTP_CORS_ORIGINS="+crm)
	for path, key := range map[string]string{"/v1/recordings": "retrieve", legacyAddress + "?method=stop&extenOrUniqueId=410": "record"} {
		preflight := s.ask(http.MethodOptions, path, "", "Origin", crm, "Access-Control-Request-Method", "GET")
		require.Equal(t, 204, preflight.StatusCode)
		require.Contains(t, preflight.Header.Get("Access-Control-Allow-Headers"), "X-API-Key")
		for _, answer := range []*http.Response{preflight, s.ask(http.MethodGet, path, key, "Origin", crm), s.ask(http.MethodGet, path, "", "Origin", crm)} {
			require.Equal(t, []string{crm}, answer.Header.Values("Access-Control-Allow-Origin"))
			require.Contains(t, strings.Join(answer.Header.Values("Vary"), ", "), "Origin")
		}
		require.Empty(t, s.ask(http.MethodGet, path, key, "Origin", "https://evil.example").Header.Get("Access-Control-Allow-Origin"))
	}
	require.Equal(t, 403, s.ask(http.MethodPost, "/v1/recordings", "record", "Origin", "https://evil.example").StatusCode)
}

func TestTheServiceSpeaksTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	like := httptest.NewTLSServer(nil) // for its certificate
	private, err := x509.MarshalPKCS8PrivateKey(like.TLS.Certificates[0].PrivateKey)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: like.Certificate().Raw}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	client := like.Client()
	like.Close()
	s := open(t, "HTTP_TLS_CERT_FILE="+cert, "HTTP_TLS_KEY_FILE="+key)
	response, err := client.Get("https" + strings.TrimPrefix(s.url, "http") + "/health/live")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, 200, response.StatusCode)
	client.CloseIdleConnections()
}

// atHost gets a path by another name of this machine and returns the status.
func (s *site) atHost(host, path string) int {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+path, nil)
	require.NoError(s.t, err)
	r.Host, r.Close = host, true
	response, err := http.DefaultClient.Do(r)
	require.NoError(s.t, err)
	require.NoError(s.t, response.Body.Close())
	return response.StatusCode
}
