package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// stores are how many engines may run at once on one machine, each with images of its own.
const stores = 8

// store is a folder with an engine's images, build cache and volumes, which no other engine uses while it is held.
type store struct {
	dir  string
	lock *os.File
}

// openStore takes the first store that is free, so that one that has been filled already is preferred. The kernel drops the lock of a program that dies.
func openStore() (*store, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("find the cache folder: %w", err)
	}
	for i := range stores {
		s := &store{dir: filepath.Join(cache, "ari-recorder", "docker", fmt.Sprint(i))}
		if err := os.MkdirAll(s.data(), 0o711); err != nil {
			return nil, err
		}
		if s.lock, err = os.OpenFile(filepath.Join(s.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644); err != nil {
			return nil, err
		}
		err := syscall.Flock(int(s.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return s, nil
		}
		if err := errors.Join(ignore(err, syscall.EWOULDBLOCK), s.close()); err != nil {
			return nil, err
		}
	}
	return nil, errors.New("too many Docker engines run at once")
}

func (s *store) data() string { return filepath.Join(s.dir, "data") }

// empty removes all that is in the store, which no engine uses.
func (s *store) empty() error {
	return errors.Join(os.RemoveAll(s.data()), os.MkdirAll(s.data(), 0o711))
}

func (s *store) close() error { return s.lock.Close() }

// removeCgroups removes the control groups that the engine has left empty, under every hierarchy of the machine.
func removeCgroups(name string) error {
	left, err := filepath.Glob("/sys/fs/cgroup/*/" + name)
	if err != nil {
		return err
	}
	left = append(left, "/sys/fs/cgroup/"+name)
	var errs []error
	for _, top := range left {
		errs = append(errs, removeTree(top))
	}
	return errors.Join(errs...)
}

// removeTree removes folders from the leaves up; the files of a control group go with it.
func removeTree(top string) error {
	var folders []string
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			folders = append(folders, path)
		}
		return ignore(err, fs.ErrNotExist)
	})
	for _, folder := range slices.Backward(folders) {
		err = errors.Join(err, ignore(syscall.Rmdir(folder), syscall.ENOENT))
	}
	return err
}

func ignore(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}
