package sqlstore

import (
	"errors"
	"io/fs"
	"os"

	"github.com/ncruces/go-sqlite3/vfs"
)

// privately is the name by which SQLite finds privateFiles.
const privately = "private"

// privateFiles has SQLite open files as usual, but that nobody else may read them: SQLite by itself leaves that to the umask,
// for the database as for what it keeps beside it, in which rows stand, too.
type privateFiles struct{ vfs.VFSFilename }

func init() {
	if system, able := vfs.Find("").(vfs.VFSFilename); able {
		vfs.Register(privately, privateFiles{system})
	}
}

// OpenFilename makes the file before it is opened, since rights that are taken away later stay with who was quick.
// Temporary files have no name, and are private anyway.
func (p privateFiles) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	const create = vfs.OPEN_CREATE | vfs.OPEN_READWRITE
	if name != nil && flags&create == create && flags&vfs.OPEN_EXCLUSIVE == 0 {
		if err := keepPrivate(name.String()); err != nil {
			return nil, flags, err
		}
	}
	if name != nil && flags&vfs.OPEN_MAIN_DB != 0 { // only the database says where its shared memory is
		if err := keepPrivate(name.String() + "-shm"); err != nil {
			return nil, flags, err
		}
	}
	return p.VFSFilename.OpenFilename(name, flags)
}

// keepPrivate makes the file, or takes from others what rights they have to it.
func keepPrivate(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		return file.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&^0o600 == 0 {
		return err
	}
	return os.Chmod(path, 0o600)
}
