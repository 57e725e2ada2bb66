package lab

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// What can be started to be killed: an Asterisk with a call, a machine.
const (
	victimCall    = "call"
	victimMachine = "machine"
)

func TestMain(m *testing.M) {
	BeVictim(victim)
	goleak.VerifyTestMain(m)
}

func victim(ctx context.Context, what string) (string, error) {
	if what == victimMachine {
		m, err := StartMachine(ctx)
		if err != nil {
			return "", err
		}
		return m.Dir, nil
	}
	a, err := StartAsterisk(ctx, AsteriskOptions{})
	if err != nil {
		return "", err
	}
	_, err = a.Call(ctx, CallOptions{})
	return a.URL, err
}

func TestInstallIsIdempotent(t *testing.T) {
	require.NoError(t, Install(t.Context(), os.Stderr, RootAsterisk))
	var said strings.Builder
	require.NoError(t, Install(t.Context(), &said, RootAsterisk))
	require.Empty(t, said.String(), "nothing is made twice")
	require.ErrorContains(t, Install(t.Context(), &said, "nothing"), "no recipe")
}

// asterisks are those that the lab's promises are held against.
func asterisks(t *testing.T, test func(*testing.T, AsteriskOptions)) {
	for _, options := range []AsteriskOptions{
		{Root: RootAsterisk, Technology: PJSIP}, {Root: RootAsterisk16, Technology: PJSIP}, {Root: RootAsterisk16, Technology: SIP},
	} {
		t.Run(fmt.Sprintf("%s, %s", options.Root, options.Technology), func(t *testing.T) {
			t.Parallel()
			test(t, options)
		})
	}
}

func TestAsteriskOptions(t *testing.T) { asterisks(t, asteriskOptions) }

func asteriskOptions(t *testing.T, options AsteriskOptions) {
	options.SystemName, options.ChannelVars, options.SessionLimit = "node-7", true, 33
	a := NewAsterisk(t, options)
	version, err := a.Command(t.Context(), "core show version")
	require.NoError(t, err)
	require.Regexp(t, map[Root]string{RootAsterisk: `^Asterisk 2[0-9]\.`, RootAsterisk16: `^Asterisk 16\.`}[options.Root], version)
	status, err := a.Command(t.Context(), "http show status")
	require.NoError(t, err)
	require.Contains(t, status, "127.0.0.1:")
	modules, err := a.Command(t.Context(), "module show")
	require.NoError(t, err)
	require.NotContains(t, modules, "Not Running")

	call := a.NewCall(t, CallOptions{})
	require.Contains(t, call.Caller.ID, "node-7-")
	var channel struct{ ChannelVars map[string]string }
	require.NoError(t, a.request(t.Context(), http.MethodGet, "/channels/"+url.PathEscape(call.Callee.ID), &channel))
	require.Equal(t, map[string]string{"CHANNEL(linkedid)": call.Caller.ID}, channel.ChannelVars)
}

func TestAsteriskWithoutTheTechnology(t *testing.T) {
	_, err := StartAsterisk(t.Context(), AsteriskOptions{Technology: SIP})
	require.ErrorContains(t, err, "cannot connect phones by SIP", "Asterisk 22 has no chan_sip")
	_, err = StartAsterisk(t.Context(), AsteriskOptions{Technology: "sip"})
	require.ErrorContains(t, err, `no technology is called "sip"`)
}

func TestReadOnlyUser(t *testing.T) {
	a := NewAsterisk(t, AsteriskOptions{})
	call := a.NewCall(t, CallOptions{To: "602"})
	viewer := &Asterisk{URL: a.URL, Username: a.ReadOnlyUsername, Password: a.ReadOnlyPassword, http: a.http}
	channels, err := viewer.Channels(t.Context())
	require.NoError(t, err)
	require.Len(t, channels, 1)
	require.ErrorContains(t, viewer.HangUp(t.Context(), call.Caller.ID), "403")
}

func TestCallDetailRecords(t *testing.T) { asterisks(t, callDetailRecords) }

func callDetailRecords(t *testing.T, options AsteriskOptions) {
	a := NewAsterisk(t, options)
	rows, err := a.CDRs()
	require.NoError(t, err)
	require.Empty(t, rows)
	next := events(t, a)
	call := a.NewCall(t, CallOptions{From: "412", To: "north-office"})
	require.NoError(t, call.HangUp(t.Context()))
	next(of("ChannelDestroyed", call.Callee))

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, until(ctx, 10*time.Millisecond, func() (bool, error) {
		rows, err = a.CDRs()
		return len(rows) > 0, err
	}))
	require.Len(t, rows, 1)
	require.Equal(t, "412", rows[0].Src)
	require.Equal(t, "north-office", rows[0].Dst)
	require.Equal(t, "ANSWERED", rows[0].Disposition)
	require.Equal(t, []string{call.Caller.Name, call.Callee.Name}, []string{rows[0].Channel, rows[0].DstChannel})
	require.Equal(t, []string{call.Caller.ID, call.Caller.ID}, []string{rows[0].UniqueID, rows[0].LinkedID})

	log, err := a.CELs()
	require.NoError(t, err)
	require.Equal(t, CEL{"CHAN_START", call.Caller.Name, call.Caller.ID, call.Caller.ID}, log[0])
}

func TestRecordingFolderReadOnly(t *testing.T) {
	a := NewAsterisk(t, AsteriskOptions{})
	next := events(t, a)
	call := a.NewCall(t, CallOptions{})
	require.NoError(t, a.SetRecordingReadOnly(true))
	snoop := url.Values{"spy": {"both"}, "app": {"lab-test"}, "snoopId": {"s"}}
	require.NoError(t, a.request(t.Context(), http.MethodPost, "/channels/"+call.Callee.ID+"/snoop?"+snoop.Encode(), nil))
	next(of("StasisStart", Leg{ID: "s"}))
	require.NoError(t, a.request(t.Context(), http.MethodPost, "/channels/s/record?name=refused&format=wav", nil))
	next(func(e event) bool { return e.Type == "RecordingFinished" && e.Recording.Name == "refused" })
	require.NoFileExists(t, filepath.Join(a.RecordingDir, "refused.wav"))

	require.NoError(t, a.SetRecordingReadOnly(false))
	require.NoError(t, a.HangUp(t.Context(), "s"))
	record(t, a, next, call.Callee, "both")
}

func TestAsteriskKilledAndRestarted(t *testing.T) {
	a := NewAsterisk(t, AsteriskOptions{})
	address := a.URL
	a.NewCall(t, CallOptions{})
	require.NoError(t, os.WriteFile(filepath.Join(a.RecordingDir, "kept.wav"), nil, 0o644))
	require.NoError(t, a.Kill())
	require.NoError(t, a.Kill(), "killing the dead is no error")
	_, err := a.Channels(t.Context())
	require.Error(t, err)

	require.NoError(t, a.Restart(t.Context()))
	require.Equal(t, address, a.URL)
	require.FileExists(t, filepath.Join(a.RecordingDir, "kept.wav"))
	channels, err := a.Channels(t.Context())
	require.NoError(t, err)
	require.Empty(t, channels)
	a.NewCall(t, CallOptions{})
}

func TestTwoAsterisks(t *testing.T) {
	a, b := NewAsterisk(t, AsteriskOptions{SystemName: "a"}), NewAsterisk(t, AsteriskOptions{SystemName: "b"})
	require.NotEqual(t, a.URL, b.URL)
	require.NotEqual(t, a.RecordingDir, b.RecordingDir)
	onA, onB := a.NewCall(t, CallOptions{}), b.NewCall(t, CallOptions{})
	require.Contains(t, onA.Callee.ID, "a-")
	require.Contains(t, onB.Callee.ID, "b-")
}

// A test program that is killed must leave nothing that runs.
func TestNothingOutlivesItsProgram(t *testing.T) {
	require.NoError(t, Install(t.Context(), os.Stderr, RootAsterisk))
	program, said := StartVictim(t, victimCall)
	orphan := &Asterisk{URL: said, http: &http.Client{}}
	defer orphan.http.CloseIdleConnections()
	require.ErrorContains(t, orphan.request(t.Context(), http.MethodGet, "/channels", nil), "401", said)
	children := descendants(t, program.Process.Pid)
	require.GreaterOrEqual(t, len(children), 4, "a jail, Asterisk, two phones")
	dieTogether(t, program, children)
}

// dieTogether kills the program and waits until its children are gone, too.
func dieTogether(t *testing.T, program *exec.Cmd, children []string) {
	t.Helper()
	require.NoError(t, program.Process.Kill())
	require.Error(t, program.Wait())
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, until(ctx, 10*time.Millisecond, func() (bool, error) {
		for _, child := range children {
			if _, err := os.Stat("/proc/" + child); err == nil {
				return false, nil
			}
		}
		return true, nil
	}))
}

// descendants are the ids of all processes below one.
func descendants(t *testing.T, pid int) (ids []string) {
	t.Helper()
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	require.NoError(t, err)
	for _, list := range lists {
		text, err := os.ReadFile(list)
		require.NoError(t, err)
		for _, id := range strings.Fields(string(text)) {
			var child int
			_, err := fmt.Sscan(id, &child)
			require.NoError(t, err)
			ids = append(append(ids, id), descendants(t, child)...)
		}
	}
	return ids
}
