// Package lab gives a bare Debian machine a real Asterisk with phones that talk, a real MariaDB, a real MySQL, a real Prometheus and real client
// programs, for tests, the demo and benchmarks.
//
// Nothing on the machine is touched but the package mmdebstrap and the user's cache folder. Servers run in root folders made there, in mount
// and pid namespaces of their own, and end when the program that started them ends, however it ends.
package lab

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Root names a root folder: a small Debian that holds one kind of server.
type Root string

// The root folders that Install can make.
const (
	RootAsterisk   Root = "asterisk"   // Asterisk 22
	RootAsterisk16 Root = "asterisk16" // Asterisk 16, the last with a chan_sip that Debian has
	RootMariaDB    Root = "mariadb"
	RootMySQL      Root = "mysql"
	RootPrometheus Root = "prometheus"
	RootSystemd    Root = "systemd"  // a Debian that boots: see Machine
	RootClients    Root = "clients"  // what calls the service: see Clients and Nginx
	RootOperator   Root = "operator" // what an operator works with: see Operator
)

// recipe is all that decides what a root folder holds. Its digest is the marker: a changed recipe makes the folder anew.
type recipe struct {
	suite    string
	packages []string
	hooks    []string // shell commands that finish it, with the folder as $1
}

var recipes = map[Root]recipe{
	RootAsterisk:   {suite: "forky", packages: []string{"asterisk", "sip-tester"}},
	RootAsterisk16: {suite: "bullseye", packages: []string{"asterisk"}}, // its phones are RootAsterisk's
	RootMariaDB:    {suite: "bookworm", packages: []string{"mariadb-server"}},
	RootMySQL:      {suite: "sid", packages: []string{"mysql-server"}},
	RootPrometheus: {suite: "bookworm", packages: []string{"prometheus"}},
	RootClients: {suite: "bookworm", packages: []string{
		"php-cli", "php-soap", "python3-zeep", "python3-requests", "openjdk-17-jdk-headless", "libaxis-java", "libsoap-lite-perl",
		"chromium-headless-shell", "libnss3-tools", "curl", "jq", "nginx-light", "ca-certificates",
	}},
	RootSystemd:  {suite: "bookworm", packages: []string{"systemd", "systemd-sysv", "dbus", "curl", "ca-certificates", "rpm"}},
	RootOperator: {suite: "bookworm", packages: []string{"nginx-light", "caddy", "sqlite3", "mariadb-client", "rsync", "nftables"}},
}

// marker is the last file written into a root folder; without it the folder is not trusted.
const marker = ".lab-recipe"

// errNotRoot is returned where the lab is used without the rights to chroot and mount.
var errNotRoot = errors.New("the lab makes mount namespaces and root folders: run it as root")

// args are mmdebstrap's. Check-Valid-Until: a mirror that stands still has a Release file that has run out; its signature is verified all the same.
func (r recipe) args(folder string) []string {
	args := []string{
		"--mode=root", "--variant=minbase",
		"--aptopt=Acquire::Check-Valid-Until \"false\"",
		"--dpkgopt=force-unsafe-io",
		// What each jail mounts its own over.
		`--customize-hook=touch "$1/etc/hosts"`,
	}
	for _, hook := range r.hooks {
		args = append(args, "--customize-hook="+hook)
	}
	if len(r.packages) > 0 {
		args = append(args, "--include="+strings.Join(r.packages, ","))
	}
	return append(args, r.suite, folder)
}

func (r recipe) digest() string {
	sum := sha256.Sum256([]byte(strings.Join(r.args(""), "\n")))
	return hex.EncodeToString(sum[:])
}

// Install makes the root folders that are missing or were made by another recipe; all of them if none is named. It may be called by several
// processes at once: one builds, the others wait. What is being done is told on out.
func Install(ctx context.Context, out io.Writer, roots ...Root) error {
	if os.Geteuid() != 0 {
		return errNotRoot
	}
	if len(roots) == 0 {
		roots = slices.Sorted(maps.Keys(recipes))
	}
	for _, root := range roots {
		if err := installOne(ctx, out, root); err != nil {
			return fmt.Errorf("install root folder %s: %w", root, err)
		}
	}
	return nil
}

func installOne(ctx context.Context, out io.Writer, root Root) error {
	r, known := recipes[root]
	if !known {
		return errors.New("no recipe of that name")
	}
	folder, err := root.folder()
	if err != nil {
		return err
	}
	return installAt(ctx, out, r, folder)
}

func installAt(ctx context.Context, out io.Writer, r recipe, folder string) (err error) {
	if installed(folder, r) {
		return nil
	}
	unlock, err := lock(ctx, folder+".lock")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if installed(folder, r) {
		return nil
	}
	if err := needMmdebstrap(ctx, out); err != nil {
		return err
	}
	return build(ctx, out, r, folder)
}

// folder is where a root folder is or will be.
func (r Root) folder() (string, error) {
	cache, err := labCache()
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, string(r)), nil
}

func labCache() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w", err)
	}
	cache = filepath.Join(cache, "ari-recorder", "lab")
	return cache, os.MkdirAll(cache, 0o755)
}

func installed(folder string, r recipe) bool {
	digest, err := os.ReadFile(filepath.Join(folder, marker))
	return err == nil && string(digest) == r.digest()
}

// build makes the folder beside its place and renames it, so that no half-made one is ever found. What a killed build left is removed first;
// nothing is mounted there: mmdebstrap's mounts lived in a namespace of its own that ended with it.
func build(ctx context.Context, out io.Writer, r recipe, folder string) error {
	fresh, old := folder+".new", folder+".old"
	if err := errors.Join(os.RemoveAll(fresh), os.RemoveAll(old)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "making a root folder of Debian %s with %s (once; a minute or two)\n", r.suite, strings.Join(r.packages, ", ")); err != nil {
		return err
	}
	if err := runIsolated(ctx, "mmdebstrap", r.args(fresh)...); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(fresh, marker), []byte(r.digest()), 0o644); err != nil {
		return err
	}
	if err := os.Rename(folder, old); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Rename(fresh, folder); err != nil {
		return err
	}
	return os.RemoveAll(old)
}

// needMmdebstrap installs the one package that the lab needs on the machine itself. A fresh machine has no package lists yet.
func needMmdebstrap(ctx context.Context, out io.Writer) error {
	if _, err := exec.LookPath("mmdebstrap"); err == nil {
		return nil
	}
	if _, err := fmt.Fprintln(out, "installing Debian's package mmdebstrap"); err != nil {
		return err
	}
	apt := []string{"-o", "Acquire::Check-Valid-Until=false", "-o", "DPkg::Lock::Timeout=120"}
	if err := runIsolated(ctx, "apt-get", append(slices.Clone(apt), "update")...); err != nil {
		return err
	}
	return runIsolated(ctx, "apt-get", append(apt, "install", "-y", "--no-install-recommends", "mmdebstrap")...)
}

// runIsolated runs a program of the machine in a mount namespace of its own; its words are kept for the error only. Cancelled, it gets the
// chance to clean up (SIGTERM to its group).
func runIsolated(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGTERM}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	said, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, lastLines(string(said), 5))
	}
	return nil
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], " | ")
}
