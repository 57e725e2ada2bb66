package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"ari-recorder/config"
	"ari-recorder/pkg/app"
	"ari-recorder/pkg/asterisk/asterisktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a service in this process beside an ARI server of the test kit.
type site struct {
	t   *testing.T
	pbx *asterisktest.Server
	log *safeBuffer
	url string
	end func() error
}

// open starts the service with settings on top of the defaults.
func open(t *testing.T, settings ...string) *site {
	t.Helper()
	s := &site{t: t, pbx: asterisktest.NewServer(t), log: &safeBuffer{}}
	c := configured(t, append([]string{
		"ASTERISK_URL=" + s.pbx.URL, "ASTERISK_USERNAME=" + s.pbx.Username, "ASTERISK_PASSWORD=" + s.pbx.Password,
	}, settings...)...)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- app.Serve(ctx, c, app.NewLog(config.Log{Format: "json"}, s.log)) }()
	s.end = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { require.NoError(t, s.end()) })
	require.Eventually(t, func() bool { s.url = s.log.address(); return s.url != "" }, 10*time.Second, 5*time.Millisecond)
	return s
}

// configured loads a configuration with a data folder of the test's and a free port. FILE= names a file of settings.
func configured(t *testing.T, settings ...string) config.Config {
	t.Helper()
	environ := []string{"ARI_RECORDER_DATA_DIR=" + filepath.Join(t.TempDir(), "data"), "ARI_RECORDER_HTTP_LISTEN=127.0.0.1:0"}
	options := config.Options{Search: []string{}}
	for _, setting := range settings {
		if file, ok := strings.CutPrefix(setting, "FILE="); ok {
			options.File = file
			continue
		}
		environ = append(environ, "ARI_RECORDER_"+setting)
	}
	options.Environ = environ
	c, err := config.Load(options)
	require.NoError(t, err)
	return c
}

func (s *site) get(path string) (int, string) {
	s.t.Helper()
	response, err := http.Get(s.url + path)
	require.NoError(s.t, err)
	defer response.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	http.DefaultClient.CloseIdleConnections()
	return response.StatusCode, string(body)
}

func (s *site) ready() {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		status, _ := s.get("/health/ready")
		return status == http.StatusOK
	}, 10*time.Second, 10*time.Millisecond)
}

func (s *site) legacy(query string) (int, string) {
	s.t.Helper()
	return s.get("/servicemanager/services/njadmin-api-recording?" + query)
}

// record makes a recording of a call of its own under the tag.
func (s *site) record(uniqueID, tag string) {
	s.t.Helper()
	s.ready()
	s.pbx.AddChannel(asterisktest.Channel{ID: uniqueID, Name: "PJSIP/410-00000001"})
	require.Eventually(s.t, func() bool {
		status, body := s.legacy("method=start&extenOrUniqueId=410&tag=" + tag)
		return status == http.StatusOK && strings.Contains(body, "PJSIP/410-00000001")
	}, 10*time.Second, 10*time.Millisecond)
	<-time.After(50 * time.Millisecond) // some audio
	status, body := s.legacy("method=stop&extenOrUniqueId=410")
	require.Equal(s.t, http.StatusOK, status, body)
	s.pbx.HangUp(uniqueID)
}

// safeBuffer is a log that can be read while it is written.
type safeBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// address is where the service said that it listens.
func (b *safeBuffer) address() string {
	for line := range strings.Lines(b.String()) {
		var said struct{ Msg, Address string }
		if json.Unmarshal([]byte(line), &said) == nil && said.Msg == "listening" {
			return "http://" + said.Address
		}
	}
	return ""
}

func TestTheWholeServiceInOneProcess(t *testing.T) {
	s := open(t)
	s.record("1.1", "22")
	status, body := s.legacy("method=retrieve&tag=22&username=fred")
	require.Equal(t, http.StatusOK, status, body)
	audio, err := base64.StdEncoding.DecodeString(body)
	require.NoError(t, err)
	require.Equal(t, "RIFF", string(audio[:4]))

	status, health := s.get("/health")
	require.Equal(t, http.StatusOK, status, health)
	for _, check := range []string{"asterisk:connectivity", "database:responseTime", "storage:free", "channels:live", "recordings:active", "archive:backlog", "events:lag", "uptime"} {
		require.Contains(t, health, `"`+check+`"`)
	}
	_, metrics := s.get("/metrics")
	for _, name := range []string{"ari_recorder_recordings_active 0", "ari_recorder_node_ready", "ari_recorder_channels_live", "ari_recorder_http_requests_total"} {
		require.Contains(t, metrics, name)
	}
	require.NotContains(t, s.log.String()+health+metrics, s.pbx.Password)
}

func TestNothingIsUpAndTheServiceComesUpAllTheSame(t *testing.T) {
	s := open(t, "DATABASE_URL=mysql://u:secret-word@127.0.0.1:1/x")
	status, _ := s.get("/health/live")
	require.Equal(t, http.StatusOK, status)
	status, _ = s.get("/health/ready")
	require.Equal(t, http.StatusServiceUnavailable, status)
	status, health := s.get("/health")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.NotContains(t, health, "secret-word")
	status, _ = s.legacy("method=retrieve&tag=22&username=fred")
	require.Equal(t, http.StatusServiceUnavailable, status)
	began := time.Now()
	require.NoError(t, s.end())
	require.Less(t, time.Since(began), 10*time.Second)
	require.NotContains(t, s.log.String(), "secret-word")
}

func TestFaultStatusIsHonoured(t *testing.T) {
	s := open(t, "LEGACY_FAULT_STATUS=500")
	s.ready()
	status, _ := s.legacy("method=start&extenOrUniqueId=999&tag=22")
	require.Equal(t, http.StatusInternalServerError, status)
}

func TestServeFailsWhereItCannotListenOrStore(t *testing.T) {
	taken := open(t)
	address, err := url.Parse(taken.url)
	require.NoError(t, err)
	log := slog.New(slog.DiscardHandler)
	err = app.Serve(t.Context(), configured(t, "HTTP_LISTEN="+address.Host), log)
	require.ErrorContains(t, err, "http.listen")
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.Error(t, app.Serve(t.Context(), configured(t, "STORAGE_URL=file://"+file), log))
	require.Error(t, app.Serve(t.Context(), configured(t, "DATA_DIR="+file), log))
}

func TestStoppedWhileStarting(t *testing.T) {
	for range 5 {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.NoError(t, app.Serve(ctx, configured(t), slog.New(slog.DiscardHandler)))
	}
}

func TestMigrate(t *testing.T) {
	c := configured(t)
	for range 2 {
		require.NoError(t, app.Migrate(t.Context(), c, slog.New(slog.DiscardHandler)))
	}
	require.FileExists(t, c.Database.Path)
}

func TestStrangersAndWrongMethodsStartNothing(t *testing.T) {
	s := open(t)
	s.ready()
	ask := func(method, path string, change func(*http.Request)) int {
		r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, nil)
		require.NoError(t, err)
		if change != nil {
			change(r)
		}
		response, err := http.DefaultTransport.RoundTrip(r)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		http.DefaultClient.CloseIdleConnections()
		return response.StatusCode
	}
	proxied := func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.1") }
	rebound := func(r *http.Request) { r.Host = "evil.example" }
	const start = "/servicemanager/services/njadmin-api-recording?method=start&extenOrUniqueId=410&tag=22"
	require.Equal(t, http.StatusUnauthorized, ask(http.MethodGet, start, proxied))
	require.Equal(t, http.StatusForbidden, ask(http.MethodGet, start, rebound))
	require.Equal(t, http.StatusMethodNotAllowed, ask(http.MethodHead, start, nil))
	require.Equal(t, http.StatusMethodNotAllowed, ask(http.MethodPut, start, nil))
	require.Equal(t, http.StatusUnsupportedMediaType, ask(http.MethodPost, start, nil))
	require.Equal(t, http.StatusNotFound, ask(http.MethodGet, "/nowhere", nil))
	require.Equal(t, http.StatusMethodNotAllowed, ask(http.MethodPost, "/health", nil))
	require.Equal(t, http.StatusUnauthorized, ask(http.MethodGet, "/metrics", proxied))
	require.Equal(t, http.StatusForbidden, ask(http.MethodGet, "/metrics", rebound))
	for _, path := range []string{"/health", "/health/live", "/health/ready"} {
		require.Equal(t, http.StatusOK, ask(http.MethodGet, path, proxied), path)
		require.Equal(t, http.StatusOK, ask(http.MethodGet, path, rebound), path)
	}
}

func TestWhoWritesItDownLetsStrangersIn(t *testing.T) {
	s := open(t, "AUTH_REQUIRED=false")
	s.ready()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/servicemanager/services/njadmin-api-recording?method=stop&extenOrUniqueId=999", nil)
	require.NoError(t, err)
	r.Host = "recorder.example"
	response, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	http.DefaultClient.CloseIdleConnections()
	require.Equal(t, http.StatusNotFound, response.StatusCode)
}
