package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// usage is what a process has used and holds, as the kernel tells.
type usage struct {
	cpu     time.Duration // user and system time since it was started
	threads int
	resident,
	peak float64 // MiB that it holds, and the most it ever held
}

// ticks is how many units of /proc's times make a second: on every Linux of today.
const ticks = 100

// usageOf looks at a process of this machine.
func usageOf(pid int) (u usage, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return u, err
	}
	figures := map[string]float64{}
	for line := range strings.Lines(string(status)) {
		name, rest, _ := strings.Cut(line, ":")
		if words := strings.Fields(rest); len(words) > 0 {
			if figure, err := strconv.ParseFloat(words[0], 64); err == nil {
				figures[name] = figure
			}
		}
	}
	u.threads, u.resident, u.peak = int(figures["Threads"]), figures["VmRSS"]/1024, figures["VmHWM"]/1024
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return u, err
	}
	_, rest, found := strings.Cut(string(stat), ") ") // the program's name may hold anything
	words := strings.Fields(rest)
	if !found || len(words) < 13 {
		return u, fmt.Errorf("what the kernel says of process %d cannot be read", pid)
	}
	for _, word := range words[11:13] { // utime and stime
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return u, err
		}
		u.cpu += time.Duration(n) * time.Second / ticks
	}
	return u, nil
}
