//go:build !stack

package e2e

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// finding is a check of a doctor's report.
type finding struct{ Name, Node, Status, Seen, Advice string }

// diagnosis is what a doctor has said, and the exit code.
type diagnosis struct {
	t      *testing.T
	code   int
	stderr string
	Status string
	Checks []finding
}

// consult runs `ari-recorder doctor` with the settings of a service, as the user with that number.
func consult(t *testing.T, program string, user uint32, settings []string, more ...string) diagnosis {
	t.Helper()
	cmd := as(t, user, program, append(slices.Clone(settings), more...), "doctor", "--json")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); cmd.ProcessState == nil {
		require.NoError(t, err)
	}
	d := diagnosis{t: t, code: cmd.ProcessState.ExitCode(), stderr: errs.String()}
	require.NoError(t, json.Unmarshal(out.Bytes(), &d), "%s%s", out.String(), errs.String())
	return d
}

// as prepares the program for the user with that number.
func as(t *testing.T, user uint32, program string, settings []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir, cmd.Env = filepath.Dir(program), []string{"PATH=" + os.Getenv("PATH"), "GORACE=halt_on_error=1"}
	for _, setting := range settings {
		cmd.Env = append(cmd.Env, "ARI_RECORDER_"+setting)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
	return cmd
}

// says insists on a check.
func (d diagnosis) says(name, status, seen, advice string) {
	d.t.Helper()
	i := slices.IndexFunc(d.Checks, func(f finding) bool { return f.Name == name })
	require.GreaterOrEqual(d.t, i, 0, "%s was not looked at", name)
	require.Equal(d.t, status, d.Checks[i].Status, "%+v", d.Checks[i])
	require.Contains(d.t, d.Checks[i].Seen, seen)
	require.Contains(d.t, d.Checks[i].Advice, advice)
}

// A doctor comes again and again while a call is recorded: nobody notices.
func TestDoctorBesideTheService(t *testing.T) { onAsterisks(t, doctorBesideTheService) }

func doctorBesideTheService(t *testing.T, options lab.AsteriskOptions) {
	s := openOn(t, options, nil)
	before := consult(t, binary, 0, s.settings, "HTTP_LISTEN=127.0.0.1:0")
	call := s.call(lab.CallOptions{})
	id := s.record("410", "doctored")
	at, err := url.Parse(s.URL)
	require.NoError(t, err)
	began := time.Now()
	for range 3 {
		d := consult(t, binary, 0, s.settings, "HTTP_LISTEN="+at.Host)
		require.Zero(t, d.code, d.stderr)
		require.Equal(t, "ok", d.Status, "%+v", d.Checks)
		d.says("service:address", "ok", "runs and listens on "+at.Host, "")
		d.says("database:write", "ok", "taken back", "")
		d.says("asterisk:application", "ok", "is connected", "")
		d.says("asterisk:recording", "ok", "read, and deleted", "")
		d.says("asterisk:sessions", "skipped", "beside a service", "")
		d.says("asterisk:linkedid", "hint", "does not come with the channels", "channelvars = CHANNEL(linkedid)")
	}
	took := time.Since(began)
	s.speak(500 * time.Millisecond)
	require.Equal(t, id, s.stop("410"))
	s.hangUp(call)
	_, wav := s.hear("doctored")
	s.holds(wav, call.Caller.Tone, call.Callee.Tone)
	require.Greater(t, length(wav), took, "nothing of it is missing")
	require.Zero(t, before.code, before.stderr)
	if options.Root == lab.RootAsterisk16 { // it remembers applications that have gone
		before.says("asterisk:application", "hint", "has been used", "another instance")
	} else {
		before.says("asterisk:application", "warning", "is used already", "another instance")
	}

	require.NotContains(t, s.log.tail(), "events are not connected")
	s.noSnoops()
	left, err := os.ReadDir(s.pbx.RecordingDir)
	require.NoError(t, err)
	require.Empty(t, left)
	require.Eventually(t, func() bool {
		rows, err := s.pbx.CDRs()
		return err == nil && len(rows) == 1
	}, 5*time.Second, 10*time.Millisecond, "one row, the call's")
	rows, err := s.pbx.CELs()
	require.NoError(t, err)
	for _, row := range rows {
		require.True(t, strings.HasPrefix(row.ChanName, string(s.pbx.Technology)+"/") || strings.HasPrefix(row.ChanName, "Snoop/"), row.ChanName)
	}
	bridges, err := s.pbx.Command(t.Context(), "bridge show all")
	require.NoError(t, err)
	require.NotContains(t, bridges, "doctor")
}

// What root may, the service's user may not: a doctor says so, whoever calls it.
func TestDoctorKnowsWhoItIs(t *testing.T) {
	const nobody = 65534
	pbx := asterisk(t)
	folder, err := os.MkdirTemp("", "ari-recorder-doctor-") // those of tests are for their owner only
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(folder)) })
	require.NoError(t, os.Chmod(folder, 0o755))
	program := filepath.Join(folder, "ari-recorder")
	require.NoError(t, os.Link(binary, program))
	data, theirs := filepath.Join(folder, "data"), filepath.Join(folder, "theirs")
	require.NoError(t, os.Mkdir(data, 0o700))
	require.NoError(t, os.Mkdir(theirs, 0o700))
	require.NoError(t, os.Chown(data, nobody, nobody))
	settings := []string{
		"ASTERISK_URL=" + pbx.URL, "ASTERISK_USERNAME=" + pbx.Username, "ASTERISK_PASSWORD=" + pbx.Password, "HTTP_LISTEN=127.0.0.1:0", "DATA_DIR=" + data,
	}
	d := consult(t, program, nobody, settings)
	require.Zero(t, d.code, d.stderr)
	require.Equal(t, "ok", d.Status, "%+v", d.Checks)
	d.says("service:user", "ok", "nobody", "")
	d = consult(t, program, 0, settings)
	require.Zero(t, d.code, d.stderr)
	d.says("service:user", "hint", "belongs to nobody", "sudo -u nobody ari-recorder doctor")
	left, err := os.ReadDir(data)
	require.NoError(t, err)
	require.Empty(t, left)

	out, err := as(t, nobody, program, settings, "migrate").CombinedOutput()
	require.NoError(t, err, string(out))
	d = consult(t, program, 0, settings)
	require.Zero(t, d.code, d.stderr)
	d.says("database:schema", "ok", "up to date", "")
	d = consult(t, program, nobody, settings)
	require.Zero(t, d.code, "root has left something that locks the owner out: %s", d.stderr)

	year := filepath.Join(data, "recordings", time.Now().UTC().Format("2006"))
	require.NoError(t, os.MkdirAll(year, 0o700))
	require.NoError(t, os.Chown(filepath.Dir(year), nobody, nobody))
	d = consult(t, program, nobody, settings)
	require.Equal(t, 1, d.code, "root has made the year's folder")
	d.says("storage:folder", "fault", "permission denied", "chown -R SERVICE_USER "+filepath.Dir(year))
	require.NoError(t, os.Chown(year, nobody, nobody))
	d = consult(t, program, nobody, settings)
	require.Zero(t, d.code, d.stderr)

	d = consult(t, program, nobody, settings, "DATA_DIR="+filepath.Join(theirs, "data"), "ASTERISK_SPOOL_DIR="+theirs)
	require.Equal(t, 1, d.code)
	require.Equal(t, "fault", d.Status)
	require.Contains(t, d.stderr, "a recording would not work: ")
	d.says("storage:folder", "fault", "permission denied", "install -d -o nobody")
	d.says("database:connectivity", "fault", "permission denied", "install -d -o nobody")
	d.says("asterisk:spool", "fault", "cannot be read by this user", "spool_dir")
	d.says("asterisk:recording", "ok", "recorded", "")

	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_unprivileged_port_start")
	require.NoError(t, err)
	first, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(t, err)
	if d = consult(t, program, nobody, settings, "HTTP_LISTEN=127.0.0.1:80"); first > 80 {
		require.Equal(t, 1, d.code)
		d.says("service:address", "fault", "may not listen on 127.0.0.1:80", "AmbientCapabilities=CAP_NET_BIND_SERVICE")
	}
}
