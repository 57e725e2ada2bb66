package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/access"
	"ari-recorder/pkg/archive"
	"ari-recorder/pkg/asterisk/asterisktest"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
	"ari-recorder/pkg/sqlstore"
)

var programFolder string // empty: no test has asked for the program

// program is the built binary, made when the first test asks for it.
var program = sync.OnceValues(func() (path string, err error) {
	if programFolder, err = os.MkdirTemp("", "ari-recorder-cli-"); err != nil {
		return "", err
	}
	path = filepath.Join(programFolder, "ari-recorder")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return string(out), err
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if programFolder != "" {
		_ = os.RemoveAll(programFolder) // the system clears its temporary files sooner or later
	}
	os.Exit(code)
}

// site is a folder with a configuration, a database and an archive, and the program that works on them.
type site struct {
	t       *testing.T
	program string
	folder  string
	key     string // of scope record
	pbx     *asterisktest.Server
}

func newSite(t *testing.T) *site {
	t.Helper()
	path, err := program()
	require.NoError(t, err, path)
	s := &site{t: t, program: path, folder: t.TempDir(), key: access.NewKey(), pbx: asterisktest.NewServer(t)}
	text := "asterisk: {url: \"" + s.pbx.URL + "\", username: \"" + s.pbx.Username + "\", password: \"" + s.pbx.Password + "\"}\n" +
		"http: {listen: \"127.0.0.1:0\"}\nlog: {format: json}\n" +
		"auth: {keys: [{name: operator, hash: \"" + access.HashOf(s.key) + "\", scopes: [record]}]}\n"
	require.NoError(t, os.WriteFile(filepath.Join(s.folder, "ari-recorder.yaml"), []byte(text), 0o600))
	return s
}

// command prepares the program with the variables on top of nothing but a path.
func (s *site) command(args []string, variables ...string) *exec.Cmd {
	cmd := exec.Command(s.program, args...)
	cmd.Dir, cmd.Env = s.folder, append([]string{"PATH=" + os.Getenv("PATH"), "TZ=Asia/Kolkata"}, variables...)
	return cmd
}

// run runs the program to its end.
func (s *site) run(args ...string) (code int, stdout, stderr string) {
	s.t.Helper()
	return s.runWith(nil, args...)
}

func (s *site) runWith(variables []string, args ...string) (code int, stdout, stderr string) {
	s.t.Helper()
	cmd := s.command(args, variables...)
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	if runErr := cmd.Run(); cmd.ProcessState == nil {
		require.NoError(s.t, runErr)
	}
	return cmd.ProcessState.ExitCode(), out.String(), err.String()
}

// serve runs the service until the test ends and returns its URL.
func (s *site) serve() (url string) {
	s.t.Helper()
	cmd := s.command([]string{"serve"})
	log, err := cmd.StderrPipe()
	require.NoError(s.t, err)
	require.NoError(s.t, cmd.Start())
	lines := bufio.NewScanner(log)
	for url == "" && lines.Scan() {
		var said struct{ Msg, Address string }
		require.NoError(s.t, json.Unmarshal(lines.Bytes(), &said), lines.Text())
		if said.Msg == "listening" {
			url = "http://" + said.Address
		}
	}
	require.NotEmpty(s.t, url)
	drained := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, log)
		drained <- err
	}()
	s.t.Cleanup(func() {
		require.NoError(s.t, cmd.Process.Signal(syscall.SIGTERM))
		require.NoError(s.t, <-drained)
		require.NoError(s.t, cmd.Wait())
	})
	return url
}

// fill makes the database and the archive with one whole recording of each id; change sees each row before it is written.
func (s *site) fill(change func(*recording.Recording), ids ...string) {
	s.t.Helper()
	data := filepath.Join(s.folder, "data")
	store, err := sqlstore.Open(sqlstore.Options{URL: "sqlite:" + filepath.Join(data, "ari-recorder.db")})
	require.NoError(s.t, err)
	require.NoError(s.t, store.Migrate(s.t.Context()))
	files, err := archive.Open(filepath.Join(data, "recordings"))
	require.NoError(s.t, err)
	for i, id := range ids {
		at := time.Date(2026, 11, 23, 7, 17+i, 2, 694e6, time.UTC)
		r := &recording.Recording{
			ID: id, State: recording.Available, Tag: "tag " + id[len(id)-1:], Node: "default", UniqueID: "1795418220." + id[len(id)-1:],
			Channel: "PJSIP/410-00000002", Extension: "410", CreatedAt: at, StartedAt: at, EndedAt: at, CallEndedAt: at, SourceDeletedAt: at, Format: recording.FormatWAV,
		}
		sound := recordingtest.WAV(recording.FormatWAV, time.Second)
		r.Audio, err = files.Put(s.t.Context(), r, bytes.NewReader(sound), int64(len(sound)))
		require.NoError(s.t, err)
		change(r)
		require.NoError(s.t, store.Create(s.t.Context(), r, recording.Event{At: at, Kind: recording.EventRequested, State: recording.Starting, Actor: "crm"}))
	}
	require.NoError(s.t, files.Close())
	require.NoError(s.t, store.Close())
}

// stored is where the recording's file is.
func (s *site) stored(id string) string {
	return filepath.Join(s.folder, "data", "recordings", "2026", "11", "23", id+".wav")
}

// lines decodes one JSON value a line.
func lines(t *testing.T, text string) (list []map[string]any) {
	t.Helper()
	for line := range strings.Lines(text) {
		var value map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &value), line)
		list = append(list, value)
	}
	return list
}
