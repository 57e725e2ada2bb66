package lab

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
)

// limitSpool gives the recording folder a file system of its own, of so many bytes. It is seen in the jail only, and goes with it.
func (a *Asterisk) limitSpool(bytes int) error {
	first := strconv.Itoa(a.jail.first.Process.Pid)
	options := fmt.Sprintf("size=%d,uid=%d,gid=%d,mode=755", bytes, a.jail.uid, a.jail.gid)
	out, err := exec.Command("nsenter", "--target", first, "--mount", "mount", "-t", "tmpfs", "-o", options, "tmpfs",
		filepath.Join(a.jail.root, "srv/spool/recording")).CombinedOutput()
	if err != nil {
		return fmt.Errorf("limit the recording folder: %w: %s", err, out)
	}
	a.RecordingDir = filepath.Join("/proc", first, "root/srv/spool/recording")
	return nil
}
