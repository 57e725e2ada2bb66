package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// process is a program that runs in a jail, or a machine's first.
type process struct {
	cmd    *exec.Cmd
	said   *tail
	exited chan struct{} // closed when it has ended
	ending error         // how it ended; to be read after that
}

// run starts a program in the jail; what it says goes to log, if not nil.
func (j *jail) run(log io.Writer, argv ...string) (*process, error) {
	p, err := startProcess(j.command(context.Background(), argv...), log)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", argv[0], err)
	}
	return p, nil
}

func startProcess(cmd *exec.Cmd, log io.Writer) (*process, error) {
	p := &process{cmd: cmd, said: &tail{next: log}, exited: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.said, p.said
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.exited)
		p.ending = p.cmd.Wait()
	}()
	return p, nil
}

// kill ends the process as a power cut would and waits until its ports and locks are free. Killing the dead is no error.
func (p *process) kill() error {
	select {
	case <-p.exited:
		return nil
	default:
	}
	pid, err := p.pid()
	if err == nil {
		err = syscall.Kill(pid, syscall.SIGKILL)
	}
	if err != nil && !errors.Is(err, syscall.ESRCH) && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("kill %s: %w", p.cmd.Path, err)
	}
	<-p.exited
	return nil
}

// pid is of the program itself, not of nsenter, which started it: nsenter ends when the program has ended, so that waiting for the one waits
// for the other. Killed in its stead, nsenter would leave the program to the jail.
func (p *process) pid() (int, error) {
	own := p.cmd.Process.Pid
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", own, own))
	if err != nil {
		return 0, err
	}
	if child, _, found := strings.Cut(string(children), " "); found {
		return strconv.Atoi(child)
	}
	return own, nil
}

// tail keeps the last words of a process for error messages.
type tail struct {
	next io.Writer

	mu   sync.Mutex
	kept []byte
}

// tailSize is how many bytes of a process's words are kept.
const tailSize = 8 << 10

// Write never fails because of the writer behind it, which is given up if it does: the process would be blocked or killed by that.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next != nil {
		if _, err := t.next.Write(p); err != nil {
			t.next = nil
		}
	}
	t.kept = append(t.kept, p...)
	if len(t.kept) > tailSize {
		t.kept = append(t.kept[:0], t.kept[len(t.kept)-tailSize/2:]...)
	}
	return len(p), nil
}

// String is the last few lines, in one.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return lastLines(string(t.kept), 6)
}
