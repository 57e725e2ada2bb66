package lab

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

//go:embed machine.sh
var machineScript string

// Machine is a booted Debian: systemd as process 1, its own users, packages, network (loopback only) and journal. What is installed or written
// there is gone when it is closed; only Dir is a folder of the host, which the machine sees as /srv. It ends with this program at the latest.
type Machine struct {
	Dir string // the host's path of the machine's /srv

	port       *portBlock // names it; no port is used
	mountPoint string     // where it is put together, in its own mount namespace: on the host the folder stays empty
	init       *process
}

// StartMachine boots and waits until systemd has started all that it starts. The root folder must have been installed.
func StartMachine(ctx context.Context) (*Machine, error) {
	m := &Machine{}
	if err := m.boot(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("boot Debian: %w", err), m.Close())
	}
	return m, nil
}

func (m *Machine) boot(ctx context.Context) (err error) {
	if m.port, err = leasePorts(ctx, serverPorts, serverPortsEnd, 1, 0); err != nil {
		return err
	}
	if m.Dir, err = instanceDir(RootSystemd, m.port.base); err != nil {
		return err
	}
	m.mountPoint = m.Dir + ".mounts"
	if err := os.MkdirAll(m.mountPoint, 0o755); err != nil {
		return err
	}
	socket := &net.UnixAddr{Name: filepath.Join(m.Dir, ".booted"), Net: "unixgram"}
	booted, err := net.ListenUnixgram(socket.Net, socket)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, booted.Close()) }()
	if err := m.start(); err != nil {
		return err
	}
	return m.started(ctx, booted)
}

func (m *Machine) start() error {
	folder, err := RootSystemd.folder()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(context.Background(), "/bin/sh", "-c", machineScript, "machine", folder, m.Dir, m.mountPoint, m.controlGroup())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setsid: true, Pdeathsig: syscall.SIGKILL, Unshareflags: syscall.CLONE_NEWNS,
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWNET,
	}
	m.init, err = startProcess(cmd, nil)
	return err
}

func (m *Machine) controlGroup() string { return fmt.Sprintf("ari-recorder-lab-%d", m.port.base) }

// removeControlGroup removes the groups that systemd made, which are empty now, from the host's hierarchy.
func (m *Machine) removeControlGroup() error {
	const script = `mount -t cgroup2 cgroup2 "$1" && cd "$1" && { [ ! -d "$2" ] || find "$2" -depth -type d -exec rmdir {} +; }`
	return runIsolated(context.Background(), "sh", "-c", script, "sh", m.mountPoint, m.controlGroup())
}

// started waits for systemd's word that it has booted.
func (m *Machine) started(ctx context.Context, booted *net.UnixConn) error {
	said := make(chan error, 1)
	go func() { said <- waitReady(booted) }()
	// In the other cases the socket is closed by boot, which ends waitReady.
	select {
	case err := <-said:
		return err
	case <-m.init.exited:
		return fmt.Errorf("it ended: %w: %s", m.init.ending, m.init.said)
	case <-ctx.Done():
		return fmt.Errorf("%w: %s", ctx.Err(), m.init.said)
	}
}

// waitReady reads what systemd tells until it is that it has booted.
func waitReady(socket *net.UnixConn) error {
	message := make([]byte, 4<<10)
	for {
		n, err := socket.Read(message)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(message[:n])) {
			if strings.TrimSpace(line) == "READY=1" {
				return nil
			}
		}
	}
}

// Command is a program on the machine, run by its root in /srv. Cancelling the context kills it.
func (m *Machine) Command(ctx context.Context, argv ...string) *exec.Cmd {
	args := []string{"--target", strconv.Itoa(m.init.cmd.Process.Pid), "--all", "--root", "--wdns=/srv", "--"}
	cmd := exec.CommandContext(ctx, "nsenter", append(args, argv...)...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "TERM=dumb", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// Close pulls the plug: all processes of the machine end at once.
func (m *Machine) Close() error {
	var errs []error
	if m.init != nil {
		// The kernel ends the rest of the pid namespace before it says that process 1 has ended.
		if err := m.init.cmd.Process.Kill(); !errors.Is(err, os.ErrProcessDone) {
			errs = append(errs, err)
		}
		<-m.init.exited
		errs = append(errs, m.removeControlGroup())
	}
	if m.Dir != "" {
		errs = append(errs, os.RemoveAll(m.Dir), os.Remove(m.mountPoint))
	}
	if m.port != nil {
		errs = append(errs, m.port.release())
	}
	return errors.Join(errs...)
}
