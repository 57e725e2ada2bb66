package lab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// What follows breaks an Asterisk, for those who must notice, and mends it again.

// without leaves names out of a list.
func without(all, names []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(name string) bool { return slices.Contains(names, name) })
}

// bootedWithoutARI asks on the console whether Asterisk is up: where modules are left out, ARI may be, too.
func (a *Asterisk) bootedWithoutARI(ctx context.Context) bool {
	_, err := a.Command(ctx, "core waitfullybooted")
	return err == nil
}

// Rewrite replaces a text in one of Asterisk's configuration files, where it must stand, and has the module read the file
// again.
func (a *Asterisk) Rewrite(ctx context.Context, file, before, after, module string) error {
	name := filepath.Join(a.dir, "conf", file)
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if !strings.Contains(string(text), before) {
		return fmt.Errorf("%s does not hold %q", file, before)
	}
	if err := os.WriteFile(name, []byte(strings.ReplaceAll(string(text), before, after)), 0o644); err != nil {
		return err
	}
	_, err = a.Command(ctx, "module reload "+module)
	return err
}

// Unload takes modules out of the running Asterisk, those first that need the later ones.
func (a *Asterisk) Unload(ctx context.Context, names ...string) error {
	return a.modules(ctx, "unload", names)
}

// Load puts modules back, in the given order.
func (a *Asterisk) Load(ctx context.Context, names ...string) error {
	return a.modules(ctx, "load", names)
}

func (a *Asterisk) modules(ctx context.Context, verb string, names []string) error {
	for _, name := range names {
		out, err := a.Command(ctx, "module "+verb+" "+name+".so")
		if err != nil {
			return err
		}
		if !strings.Contains(out, "oaded "+name) { // Loaded, Unloaded
			return fmt.Errorf("%s %s: %s", verb, name, strings.TrimSpace(out))
		}
	}
	return nil
}

// FillRecordingDisk puts a disk without room in the place of the recording folder, as Asterisk sees it.
func (a *Asterisk) FillRecordingDisk(ctx context.Context) error {
	return a.inNamespace(ctx, `mount -t tmpfs -o size=4k,mode=777 tmpfs "$1" && head -c 4096 /dev/zero >"$1/filler"`)
}

// EmptyRecordingDisk takes that disk away again.
func (a *Asterisk) EmptyRecordingDisk(ctx context.Context) error {
	return a.inNamespace(ctx, `umount "$1"`)
}

// inNamespace runs a line of shell as root in the mounts that Asterisk sees and nobody else; $1 is the recording folder.
func (a *Asterisk) inNamespace(ctx context.Context, line string) error {
	out, err := exec.CommandContext(ctx, "nsenter", "--target", strconv.Itoa(a.jail.first.Process.Pid), "--mount", "--",
		"/bin/sh", "-c", line, "sh", path.Join(a.jail.root, "srv/spool/recording")).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", line, err, out)
	}
	return nil
}
