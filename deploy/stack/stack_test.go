// Package stack holds the tests of docker-compose.yml on a real Docker engine: what the README says is done, to the letter. There is nothing else in it.
package stack

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/engine"
)

// What is promised of the image.
const (
	largestImage = 40 << 20 // bytes
	longestStart = time.Second
)

// project is the folder with docker-compose.yml.
var project, _ = filepath.Abs("../..")

// stack is docker-compose.yml up on an engine of the test's own.
type stack struct {
	*engine.Engine
	t    *testing.T
	http *http.Client
}

func TestStack(t *testing.T) {
	s := start(t)
	s.step("build", func() { s.compose(append([]string{"--profile", "test", "build", "--quiet"}, s.BuildArgs()...)...) })
	s.step("up", func() { s.compose("up", "--detach", "--quiet-pull") })
	s.compose("up", "--detach", "prometheus")
	for _, one := range []struct {
		name string
		test func(*stack)
	}{
		{"what the image weighs", weighs},
		{"nobody, without capabilities, on a read-only root", confined},
		{"starts within a second", startsQuickly},
		{"only this machine reaches it", loopbackOnly},
		{"no secret in the file, in the environment or in a log", secretsAreKept},
		{"the README's lines", readmeLines},
		{"the monitoring profile", watched},
	} {
		t.Run(one.name, func(t *testing.T) {
			inner := *s
			inner.t = t
			one.test(&inner)
		})
	}
}

// start gives the test an engine with the base images that the files name.
func start(t *testing.T) *stack {
	t.Helper()
	lookAtEverything(t)
	images, err := engine.Images(project)
	require.NoError(t, err)
	e, err := engine.Start(t.Context(), os.Stderr, project)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	s := &stack{Engine: e, t: t, http: &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DialContext: e.Dial, DisableKeepAlives: true}}}
	s.step("base images", func() { require.NoError(t, e.Import(t.Context(), os.Stderr, images...)) })
	t.Cleanup(s.down)
	return s
}

// lookAtEverything tells Go's test cache what the images are built of: a result of yesterday's service is none of today's.
func lookAtEverything(t *testing.T) {
	t.Helper()
	for _, room := range []string{"cmd", "pkg", "config", "api", "deploy"} {
		require.NoError(t, filepath.WalkDir(filepath.Join(project, room), func(path string, _ fs.DirEntry, err error) error {
			if err == nil {
				_, err = os.Stat(path)
			}
			return err
		}))
	}
}

// down takes the stack away and tells, if a test has failed, what its containers had to say.
func (s *stack) down() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if s.t.Failed() {
		said, err := s.Run(ctx, "docker", "compose", "--profile", "*", "logs", "--no-color", "--tail", "60")
		s.t.Logf("%s\n%v", said, err)
	}
	_, err := s.Run(ctx, "docker", "compose", "--profile", "*", "down", "--volumes", "--timeout", "5")
	require.NoError(s.t, err)
}

func (s *stack) step(name string, do func()) {
	s.t.Helper()
	began := time.Now()
	do()
	s.t.Logf("%s: %v", name, time.Since(began).Round(100*time.Millisecond))
}

// run insists that a program beside the engine succeeds, and returns what it prints.
func (s *stack) run(argv ...string) string {
	s.t.Helper()
	said, err := s.Run(s.t.Context(), argv...)
	require.NoError(s.t, err)
	return said
}

func (s *stack) compose(argv ...string) string {
	s.t.Helper()
	return s.run(append([]string{"docker", "compose"}, argv...)...)
}

// inspect asks for one thing about the service's container.
func (s *stack) inspect(format string) string {
	s.t.Helper()
	return s.run("docker", "inspect", "--format", format, s.compose("ps", "--quiet", "recorder"))
}

func weighs(s *stack) {
	size, err := strconv.Atoi(s.run("docker", "image", "inspect", "--format", "{{.Size}}", s.inspect("{{.Image}}")))
	require.NoError(s.t, err)
	s.t.Logf("the image has %.1f MB", float64(size)/1e6)
	require.Less(s.t, size, largestImage)
}

func confined(s *stack) {
	require.Equal(s.t, "65532:65532", s.inspect("{{.Config.User}}"))
	require.Equal(s.t, "true", s.inspect("{{.HostConfig.ReadonlyRootfs}}"))
	require.Equal(s.t, "false", s.inspect("{{.HostConfig.Privileged}}"))

	status := s.run("cat", "/proc/"+s.inspect("{{.State.Pid}}")+"/status")
	for _, line := range []string{"Uid:\t65532\t65532\t65532\t65532", "NoNewPrivs:\t1", "CapEff:\t0000000000000000", "CapPrm:\t0000000000000000", "CapBnd:\t0000000000000000"} {
		require.Contains(s.t, status, line)
	}
	// The one program in the image is asked to write elsewhere than into its volume.
	write := []string{"docker", "compose", "exec", "-T", "-e", "ARI_RECORDER_DATABASE_URL_FILE=", "-e", "ARI_RECORDER_DATA_DIR=/var/lib/ari-recorder/again", "recorder", "/ari-recorder", "migrate"}
	s.run(write...)
	write[7] = "ARI_RECORDER_DATA_DIR=/elsewhere"
	said, err := s.Run(s.t.Context(), write...)
	require.Error(s.t, err)
	require.Contains(s.t, said, "read-only file system")
}

func startsQuickly(s *stack) {
	id := s.compose("ps", "--quiet", "recorder")
	s.run("docker", "stop", id)
	began := time.Now()
	s.run("docker", "start", id)
	require.Eventually(s.t, func() bool { return s.status("/health/live") == http.StatusOK }, 10*time.Second, 5*time.Millisecond)
	whole := time.Since(began)
	started, err := time.Parse(time.RFC3339Nano, s.run("docker", "inspect", "--format", "{{.State.StartedAt}}", id))
	require.NoError(s.t, err)
	s.t.Logf("it answers %v after docker start was called, %v after the process was started", whole.Round(time.Millisecond), time.Since(started).Round(time.Millisecond))
	require.Less(s.t, time.Since(started), longestStart)
	require.Eventually(s.t, func() bool { return s.inspect("{{.State.Health.Status}}") == "healthy" }, 20*time.Second, 200*time.Millisecond, "by the image's own check")
	require.Eventually(s.t, func() bool { return s.status("/health/ready") == http.StatusOK }, 20*time.Second, 50*time.Millisecond)
}

// status asks the service at the address where it is published; 0 if nobody answers.
func (s *stack) status(path string) int {
	status, _ := s.get("http://127.0.0.1:8080" + path)
	return status
}

func (s *stack) get(url string) (status int, body string) {
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, url, nil)
	require.NoError(s.t, err)
	response, err := s.http.Do(request)
	if err != nil {
		return 0, ""
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, ""
	}
	return response.StatusCode, string(text)
}

func loopbackOnly(s *stack) {
	published := s.run("sh", "-c", "docker ps --format '{{.Ports}}' | tr ',' '\\n' | grep -e '->'")
	for line := range strings.Lines(published) {
		require.True(s.t, strings.HasPrefix(strings.TrimSpace(line), "127.0.0.1:"), line)
	}
	require.Contains(s.t, published, "127.0.0.1:8080->8080/tcp")
}

func secretsAreKept(s *stack) {
	for _, volume := range []string{"ari-secret", "mysql-secret", "mysql-root-secret"} {
		folder := s.run("docker", "volume", "inspect", "--format", "{{.Mountpoint}}", "ari-recorder_"+volume)
		secret := s.run("cat", folder+"/password")
		require.GreaterOrEqual(s.t, len(secret), 32)
		for _, told := range []string{s.compose("config"), s.compose("logs", "--no-color"), s.run("sh", "-c", "docker ps -aq | xargs docker inspect")} {
			require.NotContains(s.t, told, secret, volume)
		}
	}
}

// readmeLines does what the README says, the test profile with it, and hears the result.
func readmeLines(s *stack) {
	text, err := os.ReadFile(filepath.Join(project, "README.md"))
	require.NoError(s.t, err)
	_, after, found := bytes.Cut(text, []byte("<!-- tested: stack -->\n```sh\n"))
	require.True(s.t, found, "the README's lines are marked")
	lines, _, found := bytes.Cut(after, []byte("```"))
	require.True(s.t, found)
	said := s.run("sh", "-exc", string(lines))
	s.t.Log(said)
	require.Contains(s.t, said, "--- PASS: TestTheMainJob ")
	require.Equal(s.t, 7, strings.Count(said, "    --- PASS: TestTheMainJob/"), "every job was done")
	require.Equal(s.t, 4, strings.Count(said, "    --- PASS: TestAnyContainerIsKilled/"), "every container was killed")
	s.compose("exec", "-T", "recorder", "/ari-recorder", "recordings", "verify")

	wav, err := s.Command(s.t.Context(), "cat", "/srv/22.wav").Output()
	require.NoError(s.t, err)
	require.NoError(s.t, heard(wav))
}

// watched is the part of the profile that Debian has a package for; Grafana's is looked at in deploy/monitoring.
func watched(s *stack) {
	s.compose("--profile", "monitoring", "config", "--quiet")
	require.Eventually(s.t, func() bool { return strings.Contains(s.prometheus("query?query=up"), `"1"]`) }, 40*time.Second, 500*time.Millisecond, "the service is scraped")
	require.Contains(s.t, s.prometheus("rules"), `"type":"alerting"`)
}

// prometheus asks Prometheus's API.
func (s *stack) prometheus(what string) string {
	_, body := s.get("http://127.0.0.1:9090/api/v1/" + what)
	return body
}
