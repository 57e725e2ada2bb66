//go:build !stack

package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// Two installations that know nothing of each other on one Asterisk; the name of one begins the name of the other.
func TestASecondInstallationIsNeverTouched(t *testing.T) { onAsterisks(t, aSecondInstallation) }

func aSecondInstallation(t *testing.T, options lab.AsteriskOptions) {
	pbx := lab.NewAsterisk(t, options)
	install := func(application string) *site {
		s := &site{service: serve(t, beside(pbx, map[string]string{"ASTERISK_APPLICATION": application, "INSTANCE": "2"})), pbx: pbx}
		s.ready()
		return s
	}
	rec, second := install("rec"), install("rec-2")
	call := rec.call(lab.CallOptions{})
	first, other := rec.record("410", "22"), second.record("410", "22")
	began := time.Now()
	rec.Kill()
	rec.speak(500 * time.Millisecond)
	rec.start()
	rec.ready()
	leave := func(name string) {
		require.NoError(t, os.WriteFile(filepath.Join(pbx.RecordingDir, name+".wav"), []byte("RIFF"), 0o644))
	}
	const lost = "rec-01k9zzzzzzzzzzzzzzzzzzzzzz"
	leave(lost)
	leave("recording-of-somebody")
	require.Equal(t, first, rec.record("410", "22"), "its own is taken back")
	rec.speak(500 * time.Millisecond)
	stopped := time.Now()
	require.Equal(t, first, rec.stop("410"))
	require.Eventually(t, func() bool {
		list, err := pbx.Channels(t.Context())
		require.NoError(t, err)
		own, others := 0, 0
		for _, c := range list {
			if strings.HasPrefix(c.ID, "rec-"+first) {
				own++
			}
			if strings.HasPrefix(c.ID, "rec-2-"+other) {
				others++
			}
		}
		require.Positive(t, others, "the other installation goes on")
		return own == 0
	}, 2*time.Second, 10*time.Millisecond)
	rec.orphaned(1)
	second.orphaned(0)
	ended := time.Now()
	rec.hangUp(call)
	rec.whole("22", stopped.Sub(began), call.Caller, call.Callee)
	second.whole("22", ended.Sub(began), call.Caller, call.Callee)
	require.NotEqual(t, first, other)
	findings, err := rec.verify()
	require.Error(t, err)
	require.Equal(t, []string{"unknown default " + lost}, findings)
	findings, err = second.verify()
	require.NoError(t, err)
	require.Empty(t, findings)
	require.Eventually(t, func() bool {
		files, err := filepath.Glob(pbx.RecordingDir + "/*")
		return err == nil && len(files) == 2
	}, 5*time.Second, 20*time.Millisecond, "what is known and safe goes, the rest stays")
}

// orphaned waits until health tells so many recordings without a row; the files are listed some seconds after the start.
func (s *service) orphaned(want float64) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		var health struct {
			Checks map[string][]struct {
				ObservedValue float64
				Status        string
			}
		}
		a := s.fetch("/health", nil)
		require.Equal(s.t, http.StatusOK, a.status)
		require.NoError(s.t, json.Unmarshal([]byte(a.body), &health))
		check := health.Checks["recordings:orphaned"]
		return len(check) == 1 && check[0].ObservedValue == want && (check[0].Status == "warn") == (want > 0)
	}, 20*time.Second, 50*time.Millisecond)
}

// verify runs `recordings verify` and returns what it finds.
func (s *service) verify() (findings []string, err error) {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), binary, "recordings", "verify", "--json")
	for _, setting := range s.settings {
		cmd.Env = append(cmd.Env, "ARI_RECORDER_"+setting)
	}
	out, err := cmd.Output()
	for line := range strings.Lines(string(out)) {
		var found struct{ Finding, Node, File string }
		require.NoError(s.t, json.Unmarshal([]byte(line), &found), line)
		if found.Finding != "" {
			findings = append(findings, found.Finding+" "+found.Node+" "+found.File)
		}
	}
	return findings, err
}
