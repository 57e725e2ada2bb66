package main

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// machine says on what all is measured: figures of another one cannot be compared.
func (b *bench) machine() error {
	var memory syscall.Sysinfo_t
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err := errors.Join(err, syscall.Sysinfo(&memory)); err != nil {
		return err
	}
	sync, err := syncing()
	if err != nil {
		return err
	}
	b.print("%s, on %s, %d cores, %d MiB; Linux %s, %s; one fdatasync takes %.2f ms", time.Now().Format(time.DateOnly), processor(), runtime.NumCPU(),
		memory.Totalram*uint64(memory.Unit)>>20, strings.TrimSpace(string(kernel)), runtime.Version(), milliseconds(sync))
	b.keep(result{What: "fdatasync", Of: "this machine", MedianMS: milliseconds(sync)})
	return nil
}

// processor is its name as the kernel tells it.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "an unknown processor"
	}
	for line := range strings.Lines(string(text)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "a processor without a name"
}

// syncing is how long the disk takes to make a small addition to a file durable: the median of many.
func syncing() (time.Duration, error) {
	folder, remove, err := freshFolder()
	if err != nil {
		return 0, err
	}
	defer join(&err, remove)
	f, err := os.Create(filepath.Join(folder, "sync"))
	if err != nil {
		return 0, err
	}
	defer join(&err, f.Close)
	times := make([]time.Duration, 100)
	for i := range times {
		if _, err := f.Write(make([]byte, 512)); err != nil {
			return 0, err
		}
		began := time.Now()
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			return 0, err
		}
		times[i] = time.Since(began)
	}
	slices.Sort(times)
	return times[len(times)/2], err
}
