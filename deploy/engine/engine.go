// Package engine gives a bare Debian machine a Docker engine with Compose, from Debian's packages, and the base images that a stack names.
//
// Nothing on the machine is touched but the package mmdebstrap and the user's cache folder: the engine runs in a root folder, in mount, pid and
// network namespaces of its own, so that neither its ports nor its firewall rules are the machine's, and two never meet. It ends with all its
// containers when the program that started it ends, however it ends.
package engine

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"ari-recorder/deploy/lab"
)

//go:embed engine.sh
var script string

// root is what the engine runs in: Docker as Debian 12 has it, and Compose v2, which only the next Debian has.
var root = lab.Debian{
	Suite:    "bookworm",
	Packages: []string{"docker.io", "iptables", "iproute2", "ca-certificates", "curl"},
	Hooks: []string{
		`mkdir -p "$1/var/lib/docker" "$1/etc/docker" "$1/opt/containerd"`,
		`sed s/bookworm/trixie/g "$1/etc/apt/sources.list" >"$1/etc/apt/sources.list.d/compose.list"`,
		`printf 'Package: *\nPin: release n=trixie*\nPin-Priority: -1\n\nPackage: docker-compose\nPin: release n=trixie\nPin-Priority: 990\n' >"$1/etc/apt/preferences.d/compose"`,
		`APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"; export APT_CONFIG; apt-get update && apt-get install -y -o DPkg::Chroot-Directory="$1" docker-compose`,
	},
}

const (
	bridgeAddress = "172.17.0.1" // of the engine's own end of its default network
	startTime     = 60 * time.Second
	stopTime      = 20 * time.Second
)

// Engine is a running Docker engine.
type Engine struct {
	store   *store
	first   *exec.Cmd // process 1 of its namespaces
	input   io.Closer // its end is theirs
	log     *os.File
	proxy   *proxy
	cgroups string
}

// errSpoilt is returned of a store that an engine cannot work with: one that was killed may leave its build cache half written.
var errSpoilt = errors.New("its store is spoilt")

// Start installs what is missing and starts an engine that sees project, a folder, as /srv; what it changes there is lost with it. What is being
// done is told on out.
func Start(ctx context.Context, out io.Writer, project string) (*Engine, error) {
	folder, err := root.Install(ctx, out, "docker")
	if err != nil {
		return nil, fmt.Errorf("this machine has no Docker engine and none can be made: %w", err)
	}
	held, err := openStore()
	if err != nil {
		return nil, err
	}
	e, err := start(ctx, held, folder, project)
	if errors.Is(err, errSpoilt) {
		if _, err := fmt.Fprintf(out, "%v: its images are made anew\n", err); err != nil {
			return nil, errors.Join(err, held.close())
		}
		if err := held.empty(); err != nil {
			return nil, errors.Join(err, held.close())
		}
		e, err = start(ctx, held, folder, project)
	}
	if err != nil {
		return nil, errors.Join(err, held.close())
	}
	return e, nil
}

// start starts an engine on a store, which stays the caller's if that fails.
func start(ctx context.Context, held *store, folder, project string) (_ *Engine, err error) {
	e := &Engine{store: held}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("start the Docker engine: %w", err), e.stop())
		}
	}()
	if err := e.enter(folder, project); err != nil {
		return nil, err
	}
	if err := e.answers(ctx); err != nil {
		return nil, fmt.Errorf("%w: %s", err, e.complaint())
	}
	if err := e.tidy(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", errSpoilt, err)
	}
	e.proxy, err = startProxy(ctx, e.listen)
	return e, err
}

// enter starts the engine in its namespaces.
func (e *Engine) enter(folder, project string) (err error) {
	if e.log, err = os.Create(filepath.Join(e.store.dir, "engine.log")); err != nil {
		return err
	}
	e.cgroups = "ari-recorder-engine-" + filepath.Base(e.store.dir)
	e.first = exec.CommandContext(context.Background(), "/bin/sh", "-c", script, "engine", folder, e.store.data(), project, bridgeAddress+"/16", "/"+e.cgroups)
	// Unshareflags, not Cloneflags: with these Go makes / private first, or the mounts would spread to the host.
	e.first.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Unshareflags: syscall.CLONE_NEWNS, Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNET}
	e.first.Stdout, e.first.Stderr, e.first.ExtraFiles = e.log, e.log, []*os.File{e.store.lock}
	if e.input, err = e.first.StdinPipe(); err != nil {
		return err
	}
	return e.first.Start()
}

// answers waits until the engine takes commands, or has ended.
func (e *Engine) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if e.Command(ctx, "docker", "version").Run() == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if !e.alive() {
			return errors.New("it ended at once")
		}
	}
}

// alive tells whether process 1 still runs.
func (e *Engine) alive() bool { return runs(e.first.Process.Pid) }

// runs tells whether a process has not ended; until it is waited for, one that has stays a zombie.
func runs(process int) bool {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process))
	return err == nil && !strings.Contains(string(status), ") Z ")
}

// complaint is the end of the engine's log.
func (e *Engine) complaint() string {
	text, err := os.ReadFile(e.log.Name())
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], " | ")
}

// Command is a program beside the engine, such as docker, in the project's folder. Cancelling the context kills it.
func (e *Engine) Command(ctx context.Context, argv ...string) *exec.Cmd {
	args := []string{"--target", strconv.Itoa(e.first.Process.Pid), "--mount", "--pid", "--net", "--root", "--wdns=/srv", "--"}
	cmd := exec.CommandContext(ctx, "nsenter", append(args, argv...)...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/tmp", "TERM=dumb", "LC_ALL=C.UTF-8"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// Run runs a program beside the engine and returns what it prints.
func (e *Engine) Run(ctx context.Context, argv ...string) (string, error) {
	out, err := e.Command(ctx, argv...).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", strings.Join(argv, " "), err, out)
	}
	return strings.TrimSpace(string(out)), err
}

// BuildArgs are the arguments of docker build and docker compose build that let their steps reach Debian's packages and Go's modules as the machine
// does.
func (e *Engine) BuildArgs() []string { return e.proxy.buildArgs() }

// tidy removes what an engine that was killed has left in the same store; images and the build cache stay.
func (e *Engine) tidy(ctx context.Context) error {
	_, err := e.Run(ctx, "sh", "-ec", `
		docker ps -aq | xargs -r docker rm -fv
		docker volume prune -f
		docker network prune -f
		docker image prune -f
		docker builder prune -f --keep-storage 8GB`)
	return err
}

// Close ends the engine with all its containers. Images and the build cache stay in the cache folder for the next one.
func (e *Engine) Close() error { return errors.Join(e.stop(), e.store.close()) }

// stop is Close but for the store.
func (e *Engine) stop() error {
	var errs []error
	if e.proxy != nil {
		errs = append(errs, e.proxy.close())
	}
	if e.first != nil && e.first.Process != nil {
		errs = append(errs, e.end())
	}
	if e.log != nil {
		errs = append(errs, e.log.Close())
	}
	return errors.Join(errs...)
}

// end asks the engine to end in order, and kills what does not.
func (e *Engine) end() error {
	err := e.input.Close()
	kill := time.AfterFunc(stopTime, func() { _ = e.first.Process.Kill() }) // one that has ended needs none
	defer kill.Stop()
	var exit *exec.ExitError
	if wait := e.first.Wait(); wait != nil && !errors.As(wait, &exit) {
		err = errors.Join(err, wait)
	}
	return errors.Join(err, removeCgroups(e.cgroups))
}
