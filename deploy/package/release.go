package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// release is what is packaged: its version, in the form that both dpkg and rpm sort rightly, and the time that all its files bear.
type release struct {
	version string
	time    time.Time
}

// currentRelease asks git. SOURCE_DATE_EPOCH overrides the commit's time.
func currentRelease(ctx context.Context, dir string) (release, error) {
	head, err := git(ctx, dir, "log", "-1", "--format=%ct %h")
	if err != nil {
		return release{}, fmt.Errorf("the version and the time come from git's last commit: %w", err)
	}
	seconds, commit, _ := strings.Cut(head, " ")
	if epoch := os.Getenv("SOURCE_DATE_EPOCH"); epoch != "" {
		seconds = epoch
	}
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return release{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	// Without a tag of that form git fails; an empty description stands for that.
	description, _ := git(ctx, dir, "describe", "--tags", "--long", "--match=v[0-9]*")
	changed, err := git(ctx, dir, "status", "--porcelain", "--untracked-files=no")
	r := release{time: time.Unix(unix, 0).UTC()}
	r.version = packageVersion(description, commit, r.time, changed != "")
	return r, err
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...).Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w", args[0], err)
	}
	return strings.TrimSpace(string(out)), nil
}

// described is git's long description: the tag, how many commits ago it was set, and the commit.
var described = regexp.MustCompile(`^v(.+)-(\d+)-g([0-9a-f]+)$`)

// packageVersion translates git's description into a version without hyphens, which both kinds of packages need for themselves. The tilde sorts
// before anything, even the end, the plus sign after the end: 0.0.0~git… < 1.2.0~rc.1 < 1.2.0 < 1.2.0+5.g1a2b3c4 < 1.2.1.
func packageVersion(description, commit string, committed time.Time, changed bool) string {
	version := "0.0.0~git" + committed.Format("20060102150405") + "." + commit
	if parts := described.FindStringSubmatch(description); parts != nil {
		base, pre, isPre := strings.Cut(parts[1], "-")
		version = base
		if isPre {
			version += "~" + strings.ReplaceAll(pre, "-", ".")
		}
		if parts[2] != "0" {
			version += "+" + parts[2] + ".g" + parts[3]
		}
	}
	if changed {
		version += "+dirty"
	}
	return version
}
