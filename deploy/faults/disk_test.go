package faults

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// fill leaves so many bytes free in a folder that is a file system of its own, and returns what frees it again.
func fill(t *testing.T, folder string, leave int64) (empty func()) {
	t.Helper()
	var space syscall.Statfs_t
	require.NoError(t, syscall.Statfs(folder, &space))
	ballast := filepath.Join(folder, "ballast")
	require.NoError(t, os.WriteFile(ballast, make([]byte, int64(space.Bavail)*space.Bsize-leave), 0o644))
	return func() { require.NoError(t, os.Remove(ballast)) }
}

// Asterisk's disk is full while it records: what it could still write is kept, and what it could not is no longer than that took.
func TestTheDiskIsFullWhileRecording(t *testing.T) {
	t.Parallel()
	s := open(t, SiteOptions{PBX: lab.NewAsterisk(t, lab.AsteriskOptions{RecordingSpace: 4 << 20})})
	a, b := s.call(), s.call()
	stopped, ended := s.record(a, "stopped", Span{}), s.record(b, "ended", Span{})
	s.speak(3 * time.Second)
	empty := fill(t, s.PBX.RecordingDir, 0)
	full := time.Now()
	s.speak(4 * time.Second)
	c := s.call()
	hollow, _, err := s.Record(t.Context(), c.Callee, "on a full disk", Span{}) // the file is made all the same: ARI does not tell that it cannot grow
	require.NoError(t, err)
	s.finish(stopped)
	s.hangUp(b, ended)
	for _, e := range []*Entry{stopped, ended} {
		e.Lost = e.Ended.To.Sub(full) + CutByAsterisk // what it had buffered finds no room either
	}
	empty()
	if hollow != nil {
		s.hangUp(c, hollow)
		hollow.Lost, hollow.Causes = hollow.Ended.To.Sub(hollow.Began.From), []string{"no_audio", "no_file"}
	}
	after := s.record(s.call(), "after", Span{})
	s.speak(time.Second)
	s.finish(after)
	s.settle()
}

// The archive's disk is full when recordings end: they wait in Asterisk until there is room.
func TestTheDiskIsFullWhileArchiving(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	seen, wrapper := narrowFolder(t, data, 8<<20)
	s := open(t, SiteOptions{Binary: wrapper, Folder: data, Settings: []string{"STORAGE_MIN_FREE=0"}})
	s.folder = seen
	a, b := s.call(), s.call()
	stopped, ended := s.record(a, "stopped", Span{}), s.record(b, "ended", Span{})
	empty := fill(t, seen, 8<<10)
	s.speak(1500 * time.Millisecond)
	s.finish(stopped)
	s.hangUp(b, ended)
	s.speak(time.Second)
	rows, err := s.List(t.Context(), "archiving")
	require.NoError(t, err)
	require.Len(t, rows, 2, "they wait")
	empty()
	s.settle()
}

// Before the archive's disk is full starts are refused, and leave nothing behind; what runs is kept.
func TestStartsAreRefusedBeforeTheDiskIsFull(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	seen, wrapper := narrowFolder(t, data, 16<<20)
	s := open(t, SiteOptions{Binary: wrapper, Folder: data, Settings: []string{"STORAGE_MIN_FREE=4MiB"}})
	s.folder = seen
	running := s.record(s.call(), "runs", Span{})
	c := s.call()
	empty := fill(t, seen, 3<<20)
	refused, answer, err := s.Record(t.Context(), c.Callee, "refused", Span{})
	require.NoError(t, err)
	require.Nil(t, refused)
	require.Equal(t, http.StatusServiceUnavailable, answer.Status)
	require.Contains(t, answer.Body, `"code":"storage_full"`)
	ready, err := s.Get(t.Context(), "/health/ready")
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, ready.Status)
	s.speak(1500 * time.Millisecond)
	s.finish(running)
	s.within(again, func() bool {
		rows, err := s.List(t.Context(), "available")
		return err == nil && len(rows) == 1
	}, "what ran is not kept")
	empty()
	after := s.record(c, "after", Span{})
	s.speak(time.Second)
	s.finish(after)
	s.settle()
}

// narrowFolder gives the folder a small file system in a name space of its own. It returns where that is seen from outside, and a program that
// runs the service inside.
func narrowFolder(t *testing.T, folder string, bytes int) (seen, wrapper string) {
	t.Helper()
	holder := exec.Command("/bin/sh", "-c", `mount -t tmpfs -o "size=$1" tmpfs "$0" && echo ready && read -r _`, folder, fmt.Sprint(bytes))
	holder.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	in, err := holder.StdinPipe()
	require.NoError(t, err)
	out, err := holder.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, holder.Start())
	t.Cleanup(func() {
		require.NoError(t, in.Close()) // which is its end
		_ = holder.Wait()              // read has met the end of its input
	})
	_, err = bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	wrapper = filepath.Join(t.TempDir(), "ari-recorder")
	script := fmt.Sprintf("#!/bin/sh\nexec nsenter --target %d --mount -- %s \"$@\"\n", holder.Process.Pid, program)
	require.NoError(t, os.WriteFile(wrapper, []byte(script), 0o755))
	return fmt.Sprintf("/proc/%d/root%s", holder.Process.Pid, folder), wrapper
}
