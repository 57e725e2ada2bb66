package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"ari-recorder/config"
	"ari-recorder/pkg/archive"
)

// storage does in the folder of finished audio what the archive does there, and looks how much room is left.
func (o Options) storage(ctx context.Context) []Check {
	const folderName, freeName = "storage:folder", "storage:free"
	n := &notes{}
	if o.Bucket != nil {
		n.bucket(o.Config.Storage.Bucket, o.Bucket(ctx))
	}
	folder := o.Config.Storage.Path
	there, err := archive.Nearest(folder)
	if err == nil {
		err = archive.Try(there)
	}
	if err != nil {
		n.fault(folderName, "audio cannot be kept in "+folder+": "+err.Error(), o.giveFolder(folder))
		n.skip("needs the folder", freeName)
		return n.list
	}
	switch today := o.today(); {
	case there != folder:
		n.ok(folderName, "%s will be made in %s", folder, there)
	case today != nil:
		n.fault(folderName, "today's audio cannot be kept: "+today.Error(),
			"give the service's user all that is in the folder, such as after a restore: chown -R SERVICE_USER "+folder)
	default:
		n.ok(folderName, "%s can be written, synced and renamed in", folder)
	}
	o.free(n, freeName, there)
	return n.list
}

// today tries out the folder of the day, as far as it is there: it may be somebody else's.
func (o Options) today() error {
	folder, err := archive.Nearest(filepath.Join(o.Config.Storage.Path, archive.Day(o.Now())))
	if err == nil {
		err = archive.Try(folder)
	}
	return err
}

// giveFolder says how the service gets a folder.
func (o Options) giveFolder(folder string) string {
	return fmt.Sprintf("give the service's user the folder: install -d -o %s -m 0750 %s; or name another in storage.url or data_dir", userName(uint32(os.Geteuid())), folder) //nolint:gosec // a user's number
}

// From here on room is scarce, as in /health.
const (
	littleSpace = 2 << 30
	noSpace     = 256 << 20
	littleShare = 0.05
)

func (o Options) free(n *notes, name, folder string) {
	space, err := archive.SpaceIn(folder)
	if err != nil {
		n.warning(name, err.Error(), "look at the disk: df "+folder)
		return
	}
	status := room(space, o.Config.Storage.MinFree)
	seen := fmt.Sprintf("%.1f of %.1f GiB are free%s", gib(space.Free), gib(space.Total), o.shared(folder))
	if status == OK {
		n.ok(name, "%s", seen)
		return
	}
	n.add(name, status, seen, "make room on the disk of "+folder+", or set recording.retention; an hour of audio takes 58 MB (116 MB as wav16)")
}

func room(s archive.Space, minFree uint64) Status {
	switch {
	case s.Free < noSpace, s.Free < minFree:
		return Fault
	case s.Free < max(littleSpace, 4*minFree) || float64(s.Free) < littleShare*float64(s.Total):
		return Warning
	default:
		return OK
	}
}

func gib(bytes uint64) float64 { return float64(bytes) / (1 << 30) }

// shared tells if audio that fills the disk stops the database, too.
func (o Options) shared(folder string) string {
	if o.Config.Database.Driver != config.SQLite {
		return ""
	}
	other, err := archive.Nearest(filepath.Dir(o.Config.Database.Path))
	if err != nil || device(other) != device(folder) {
		return ""
	}
	return "; the database is on the same disk"
}

func device(folder string) uint64 {
	info, err := os.Stat(folder)
	if err != nil {
		return 0
	}
	return uint64(info.Sys().(*syscall.Stat_t).Dev) //nolint:unconvert // of another type on other machines
}
