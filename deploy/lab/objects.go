package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// The S3 server is a Go program. It is built from source, once, and no part of this module.
const (
	objectsModule  = "github.com/versity/versitygw/cmd/versitygw"
	objectsVersion = "v1.8.0"
)

// Objects is a running S3 server of its own, with a throw-away folder behind it.
type Objects struct {
	Endpoint  string // 127.0.0.1:PORT, plain http
	Region    string
	AccessKey string
	SecretKey string
	Folder    string // each folder in it is a bucket, and each file below that an object

	dir     string
	program string
	port    *portBlock
	process *process // nil before the first start
	made    atomic.Int32
}

// StartObjects builds the server if it is missing, starts it and waits until it answers.
func StartObjects(ctx context.Context, out io.Writer) (*Objects, error) {
	program, err := InstallObjects(ctx, out)
	if err != nil {
		return nil, err
	}
	o := &Objects{program: program, Region: "us-east-1", AccessKey: "lab", SecretKey: "s/ecret+key"}
	if err := o.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare the S3 server: %w", err), o.Close())
	}
	if err := o.Restart(ctx); err != nil {
		return nil, errors.Join(err, o.Close())
	}
	return o, nil
}

// InstallObjects builds the S3 server if it is missing, and returns its path. Several processes may call it at once.
func InstallObjects(ctx context.Context, out io.Writer) (_ string, err error) {
	cache, err := labCache()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "versitygw-"+objectsVersion)
	program := filepath.Join(folder, "versitygw")
	unlock, err := lock(ctx, folder+".lock")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if _, err := os.Stat(program); !errors.Is(err, fs.ErrNotExist) {
		return program, err
	}
	if _, err := fmt.Fprintln(out, "building an S3 server (once; a minute or two)"); err != nil {
		return "", err
	}
	// The linker's last step is a rename: a killed build leaves no half of a program.
	cmd := exec.CommandContext(ctx, "go", "install", "-trimpath", objectsModule+"@"+objectsVersion)
	cmd.Dir, cmd.Env = os.TempDir(), append(os.Environ(), "GOBIN="+folder, "GOFLAGS=", "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the S3 server: %w: %s", err, lastLines(string(said), 5))
	}
	return program, nil
}

func (o *Objects) prepare(ctx context.Context) (err error) {
	if o.port, err = leasePorts(ctx, serverPorts, serverPortsEnd, 1, 1); err != nil {
		return err
	}
	o.Endpoint = "127.0.0.1:" + strconv.Itoa(o.port.base)
	if o.dir, err = instanceDir("objects", o.port.base); err != nil {
		return err
	}
	o.Folder = filepath.Join(o.dir, "buckets")
	return errors.Join(os.Mkdir(o.Folder, 0o755), os.Mkdir(o.facts(), 0o755), os.Mkdir(o.versions(), 0o755))
}

// facts is where the server keeps what it knows of objects besides their bytes: not every file system has attributes.
func (o *Objects) facts() string { return filepath.Join(o.dir, "facts") }

func (o *Objects) versions() string { return filepath.Join(o.dir, "versions") }

// NewBucket makes an empty bucket and returns its name.
func (o *Objects) NewBucket() (string, error) {
	name := "bucket-" + strconv.Itoa(int(o.made.Add(1)))
	return name, os.Mkdir(filepath.Join(o.Folder, name), 0o755)
}

// Kill ends the server as a crash would, with SIGKILL.
func (o *Objects) Kill() error {
	if o.process == nil {
		return nil
	}
	return o.process.kill()
}

// Restart starts the server again after Kill, on the same port and data, and waits until it answers. One that runs is killed
// first.
func (o *Objects) Restart(ctx context.Context) error {
	if err := o.Kill(); err != nil {
		return err
	}
	cmd := exec.CommandContext(context.Background(), o.program, "--port", o.Endpoint, "--region", o.Region, "--quiet",
		"posix", "--sidecar", o.facts(), "--versioning-dir", o.versions(), o.Folder)
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+o.AccessKey, "ROOT_SECRET_KEY="+o.SecretKey)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	var err error
	if o.process, err = startProcess(cmd, nil); err != nil {
		return fmt.Errorf("start the S3 server: %w", err)
	}
	return until(ctx, 20*time.Millisecond, o.answers)
}

// answers tells whether the server answers at all; it refuses who shows no key.
func (o *Objects) answers() (bool, error) {
	select {
	case <-o.process.exited:
		return false, fmt.Errorf("the S3 server ended at once: %w: %s", o.process.ending, o.process.said)
	default:
	}
	client := http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get("http://" + o.Endpoint + "/")
	if err != nil {
		return false, nil //nolint:nilerr // not yet
	}
	return answer.StatusCode == http.StatusForbidden, answer.Body.Close()
}

// Close ends the server and removes its data.
func (o *Objects) Close() error {
	errs := []error{o.Kill()}
	if o.dir != "" {
		errs = append(errs, os.RemoveAll(o.dir))
	}
	if o.port != nil {
		errs = append(errs, o.port.release())
	}
	return errors.Join(errs...)
}

// NewObjects gives a test an S3 server of its own, building it first if it is missing, and ends it with the test.
func NewObjects(t testing.TB) *Objects {
	t.Helper()
	if _, err := InstallObjects(t.Context(), os.Stderr); err != nil {
		t.Fatal(err)
	}
	return started(t, func(ctx context.Context) (*Objects, error) { return StartObjects(ctx, os.Stderr) })
}
