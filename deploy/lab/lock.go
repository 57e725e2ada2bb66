package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// lock waits for the lock file and returns what gives it back. The kernel drops the lock of a process that dies, so none is ever left over.
func lock(ctx context.Context, path string) (unlock func() error, err error) {
	var file *os.File
	err = until(ctx, 100*time.Millisecond, func() (bool, error) {
		file, err = tryLock(path)
		return file != nil, err
	})
	if err != nil {
		return nil, fmt.Errorf("wait for %s: %w", path, err)
	}
	return file.Close, nil
}

// tryLock takes the lock file if it is free; a nil file means that another holds it.
func tryLock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return file, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = nil
	}
	return nil, errors.Join(err, file.Close())
}

// until asks again and again, for what no event tells, and returns at the first yes or error.
func until(ctx context.Context, every time.Duration, done func() (bool, error)) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
