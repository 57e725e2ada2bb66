package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/asterisk/asterisktest"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

// The recordings of the tests, oldest first.
const (
	fine    = "01k9z8x7w6v5t4s3r2q1p00001"
	private = "01k9z8x7w6v5t4s3r2q1p00002"
	deleted = "01k9z8x7w6v5t4s3r2q1p00003"
	altered = "01k9z8x7w6v5t4s3r2q1p00004"
	missing = "01k9z8x7w6v5t4s3r2q1p00005"
	cut     = "01k9z8x7w6v5t4s3r2q1p00006"
	unknown = "01k9z8x7w6v5t4s3r2q1p00009"
)

// damaged is a site where much has gone wrong, while its service runs.
func damaged(t *testing.T) (s *site, url string) {
	t.Helper()
	s = newSite(t)
	s.fill(func(r *recording.Recording) {
		r.Private = r.ID == private
		if r.ID == deleted {
			r.DeletedAt = r.EndedAt
		}
	}, fine, private, deleted, altered, missing, cut)
	sound := recordingtest.WAV(recording.FormatWAV, 1e9)
	sound[1000] ^= 1
	require.NoError(t, os.WriteFile(s.stored(altered), sound, 0o600))
	require.NoError(t, os.Remove(s.stored(missing)))
	require.NoError(t, os.Truncate(s.stored(cut), 30))
	require.NoError(t, os.WriteFile(s.stored(unknown), sound, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(s.stored(fine)), "."+fine+"-x.part"), sound, 0o600))
	return s, s.serve()
}

func TestRecordingsListAndShowBesideTheService(t *testing.T) {
	s, _ := damaged(t)
	code, stdout, stderr := s.run("recordings", "list", "--json", "--deleted")
	require.Zero(t, code, stderr)
	var doc struct {
		Recordings []struct {
			ID        string
			StartedAt string `json:"started_at"`
		}
		NextCursor *string `json:"next_cursor"`
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &doc))
	require.Len(t, doc.Recordings, 6)
	require.Equal(t, cut, doc.Recordings[0].ID)
	require.Equal(t, "2026-11-23T07:17:02.694Z", doc.Recordings[5].StartedAt)

	code, stdout, stderr = s.run("recordings", "list", "--tag", "tag 1", "--from", "2026-11-23 12:47", "--to", "2026-11-23T07:18:00Z")
	require.Zero(t, code, stderr)
	require.Equal(t, 2, strings.Count(stdout, "\n"), stdout)
	require.Contains(t, stdout, "2026-11-23 12:47:02 IST")

	_, first, stderr := s.run("recordings", "list", "--limit", "2")
	_, cursor, found := strings.Cut(strings.TrimSpace(stderr), "--cursor ")
	require.True(t, found, stderr)
	cursor, _, _ = strings.Cut(cursor, ",")
	code, second, stderr := s.run("recordings", "list", "--limit", "2", "--cursor", cursor)
	require.Zero(t, code, stderr)
	require.Contains(t, first, missing)
	require.Contains(t, second, altered)

	code, stdout, stderr = s.run("recordings", "show", private)
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "private")
	require.Contains(t, stdout, "requested")
	code, stdout, _ = s.run("recordings", "show", unknown)
	require.Equal(t, exitFailed, code)
	require.Empty(t, stdout)
}

func TestRecordingsGetBesideTheService(t *testing.T) {
	s, _ := damaged(t)
	sound := string(recordingtest.WAV(recording.FormatWAV, 1e9))
	code, stdout, stderr := s.run("recordings", "get", fine, "-o", "-")
	require.Zero(t, code, stderr)
	require.Equal(t, sound, stdout)
	code, _, stderr = s.run("recordings", "get", fine)
	require.Zero(t, code, stderr)
	text, err := os.ReadFile(filepath.Join(s.folder, fine+".wav"))
	require.NoError(t, err)
	require.Equal(t, sound, string(text))

	for _, refused := range []struct {
		args []string
		says string
	}{
		{[]string{fine}, "--force"}, {[]string{private}, "--private"}, {[]string{deleted}, "--deleted"},
		{[]string{altered}, "is not what was recorded"}, {[]string{missing}, "cannot be opened"}, {[]string{unknown}, "no recording has the id"},
	} {
		code, stdout, stderr = s.run(append([]string{"recordings", "get"}, refused.args...)...)
		require.Equal(t, exitFailed, code, refused)
		require.Empty(t, stdout)
		require.Contains(t, stderr, refused.says)
		require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
	}
	code, _, stderr = s.run("recordings", "get", private, "--private", "--json")
	require.Zero(t, code, stderr)
	files, err := filepath.Glob(filepath.Join(s.folder, "*.wav"))
	require.NoError(t, err)
	require.Len(t, files, 2, "nothing is left of what failed")
}

func TestRecordingsVerifyBesideTheService(t *testing.T) {
	s, _ := damaged(t)
	code, stdout, stderr := s.run("recordings", "verify", "--json")
	require.Equal(t, exitFailed, code)
	require.Equal(t, "ari-recorder: verify: 1 missing, 1 altered, 1 unreadable, 1 orphan, 1 draft\n", stderr)
	found := lines(t, stdout)
	require.Len(t, found, 6)
	require.Equal(t, 3.0, found[5]["summary"].(map[string]any)["proven"])
	code, stdout, stderr = s.run("recordings", "verify", fine, private)
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "2 recordings proven")
	require.Empty(t, stderr, "progress is for terminals")
}

func TestResolveAsksTheService(t *testing.T) {
	s, url := damaged(t)
	s.pbx.AddChannel(asterisktest.Channel{ID: "1.1", Name: "PJSIP/410-00000001"})
	code, stdout, stderr := s.run("resolve", "410", "--url", url)
	require.Equal(t, exitFailed, code, stdout)
	require.Contains(t, stderr, "--key-file")

	key := []string{"ARI_RECORDER_API_KEY=" + s.key}
	require.Eventually(t, func() bool { // until the service has listed its channels
		code, stdout, stderr = s.runWith(key, "resolve", "410", "--url", url)
		return code == 0
	}, patience, patience/100, stderr)
	require.Contains(t, stdout, "PJSIP/410-00000001, uniqueid 1.1 on node default, found by extension")
	require.Contains(t, stdout, "the only one left")

	file := filepath.Join(s.folder, "key")
	require.NoError(t, os.WriteFile(file, []byte(s.key+"\n"), 0o600))
	code, stdout, stderr = s.run("resolve", "1.1", "--url", url, "--key-file", file, "--json")
	require.Zero(t, code, stderr)
	var doc struct{ Picked struct{ UniqueID string } }
	require.NoError(t, json.Unmarshal([]byte(stdout), &doc))
	require.Equal(t, "1.1", doc.Picked.UniqueID)

	code, stdout, stderr = s.runWith(key, "resolve", "999", "--url", url)
	require.Equal(t, exitFailed, code)
	require.Equal(t, "ari-recorder: no live call on extension 999\n", stderr)
	require.Empty(t, stdout)
}

func TestKeysForTheConfiguration(t *testing.T) {
	s := newSite(t)
	code, stdout, stderr := s.run("keys", "list")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "operator")
	require.NotContains(t, stdout, "sha256")
	code, stdout, stderr = s.run("keys", "new", "crm", "--network", "10.0.0.0/8,fd00::/8")
	require.Zero(t, code, stderr)
	key, line, _ := strings.Cut(stdout, "\n")
	require.NoError(t, os.WriteFile(filepath.Join(s.folder, "other.yaml"), []byte("auth:\n  keys:\n  "+line), 0o600))
	code, stdout, stderr = s.runWith([]string{"ARI_RECORDER_API_KEY=" + key}, "keys", "list", "--config", "other.yaml", "--json")
	require.Zero(t, code, stderr)
	require.JSONEq(t, `{"keys": [{"name": "crm", "scopes": ["record", "retrieve"], "networks": ["10.0.0.0/8", "fd00::/8"]}]}`, stdout)
}

func TestOperatorsWithoutASite(t *testing.T) {
	s := newSite(t)
	for _, args := range [][]string{{"recordings", "list"}, {"recordings", "show", fine}, {"recordings", "get", fine}, {"recordings", "verify"}} {
		code, stdout, stderr := s.run(args...)
		require.Equal(t, exitFailed, code, args)
		require.Contains(t, stderr, "there is no database at data/ari-recorder.db")
		require.Empty(t, stdout)
	}
	require.NoDirExists(t, filepath.Join(s.folder, "data"))
	s.fill(func(*recording.Recording) {})
	require.NoError(t, os.RemoveAll(filepath.Join(s.folder, "data", "recordings")))
	code, _, stderr := s.run("recordings", "verify")
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "storage folder")
	require.NoDirExists(t, filepath.Join(s.folder, "data", "recordings"))
	code, _, stderr = s.run("resolve", "410", "--url", "http://127.0.0.1:1")
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "cannot be reached")
	code, _, stderr = s.run("resolve", "410")
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "--url")
}

// A doctor exits with 2 on a bad configuration, with 1 where a recording would not work; programs read both alike.
func TestDoctorOnABadSite(t *testing.T) {
	var doc struct {
		Status string
		Checks []struct{ Name, Status, Seen, Advice string }
	}
	s := newSite(t)
	code, stdout, stderr := s.run("doctor", "--json", "--http-listen", "here", "--recording-format", "mp3")
	require.Equal(t, exitUsage, code)
	require.Equal(t, 2, strings.Count(stderr, "\n"), stderr)
	require.NoError(t, json.Unmarshal([]byte(stdout), &doc))
	require.Equal(t, "fault", doc.Status)
	require.Len(t, doc.Checks, 2)
	require.Equal(t, "configuration", doc.Checks[0].Name)

	code, stdout, stderr = s.run("doctor", "--asterisk-url", "http://127.0.0.1:1/ari")
	require.Equal(t, exitFailed, code)
	require.Equal(t, "ari-recorder: a recording would not work: 1 fault\n", stderr)
	require.Contains(t, stdout, "fault    asterisk:connectivity default")
	require.Contains(t, stdout, "→ start Asterisk")
	require.NoDirExists(t, filepath.Join(s.folder, "data"))
}
