package lab

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

//go:embed jail.sh
var jailScript string

// jail is a root folder entered in namespaces of its own, with one private folder at /srv. All that runs in it ends when it is closed or when
// this program ends.
type jail struct {
	root  string // root folder on the host
	dir   string // the host's path of /srv
	uid   int    // the server's unprivileged user
	gid   int
	first *exec.Cmd // process 1, and its standard input
}

// openJail enters the root folder with dir as /srv, which is given to user, a name in the root folder's passwd.
func openJail(root Root, dir, user string) (*jail, error) {
	folder, err := root.folder()
	if err != nil {
		return nil, err
	}
	j := &jail{root: folder, dir: dir}
	if j.uid, j.gid, err = lookUser(folder, user); err != nil {
		return nil, err
	}
	if err := j.start(); err != nil {
		return nil, fmt.Errorf("enter root folder %s: %w", root, err)
	}
	return j, nil
}

// noJail is a folder in which programs run as those of the machine, by this program's user. It needs no closing.
func noJail(dir string) *jail { return &jail{dir: dir} }

// seen is where programs in the jail see its folder.
func (j *jail) seen() string {
	if j.first == nil {
		return j.dir
	}
	return "/srv"
}

func (j *jail) start() error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	j.first = exec.CommandContext(context.Background(), "/bin/sh", "-c", jailScript, "jail", j.root, j.dir, host)
	// Unshareflags, not Cloneflags: with these Go makes / private first, or the mounts would spread to the host.
	j.first.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Unshareflags: syscall.CLONE_NEWNS, Cloneflags: syscall.CLONE_NEWPID}
	if _, err := j.first.StdinPipe(); err != nil {
		return err
	}
	out, err := j.first.StdoutPipe()
	if err != nil {
		return err
	}
	var complaint strings.Builder
	j.first.Stderr = &complaint
	if err := j.first.Start(); err != nil {
		return err
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		return fmt.Errorf("%w: %s", errors.Join(err, j.close()), complaint.String())
	}
	return nil
}

// close ends every process of the jail and waits for it.
func (j *jail) close() error {
	if j.first == nil {
		return nil
	}
	err := j.first.Process.Kill()
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	var exit *exec.ExitError
	if wait := j.first.Wait(); wait != nil && !errors.As(wait, &exit) {
		err = errors.Join(err, wait)
	}
	return err
}

// command is a program inside the jail, run by the server's user with /srv as its folder. Cancelling the context kills it.
func (j *jail) command(ctx context.Context, argv ...string) *exec.Cmd {
	if j.first == nil {
		cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
		cmd.Dir = j.dir
		return bounded(cmd)
	}
	args := []string{
		"--target", strconv.Itoa(j.first.Process.Pid), "--mount", "--pid", "--root", "--wdns=/srv",
		"--setuid", strconv.Itoa(j.uid), "--setgid", strconv.Itoa(j.gid), "--",
	}
	cmd := exec.CommandContext(ctx, "nsenter", append(args, argv...)...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/tmp", "TERM=dumb", "LC_ALL=C"}
	return bounded(cmd)
}

// bounded lets a program end with its context, and with all that it has started.
func bounded(cmd *exec.Cmd) *exec.Cmd {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// lookUser finds a user's ids in the root folder: they are not the host's.
func lookUser(folder, user string) (uid, gid int, err error) {
	passwd, err := os.ReadFile(filepath.Join(folder, "etc", "passwd"))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(passwd)) {
		fields := strings.Split(line, ":")
		if len(fields) < 4 || fields[0] != user {
			continue
		}
		uid, err = strconv.Atoi(fields[2])
		if err != nil {
			return 0, 0, err
		}
		gid, err = strconv.Atoi(fields[3])
		return uid, gid, err
	}
	return 0, 0, fmt.Errorf("no user %s in %s", user, folder)
}

// give hands files under dir to the jail's user.
func (j *jail) give(dir string) error {
	return filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, j.uid, j.gid)
	})
}
