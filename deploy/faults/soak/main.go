// Soak records calls for half an hour while faults happen at random, and judges every recording that was acknowledged.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"ari-recorder/deploy/faults"
	"ari-recorder/deploy/lab"
)

func main() {
	seed := flag.Uint64("seed", uint64(time.Now().Unix()), "decides on calls and faults: the same seed, the same schedule")
	minutes := flag.Float64("minutes", 30, "how long")
	callers := flag.Int("callers", 10, "calls at once")
	transfers := flag.Bool("transfers", true, "transfer some of the calls")
	binary := flag.String("binary", "bin/ari-recorder", "the service's program")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := soak(ctx, *binary, &faults.Soak{Seed: *seed, Callers: *callers, Transfers: *transfers, Out: os.Stdout}, time.Duration(*minutes*float64(time.Minute))); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func soak(ctx context.Context, binary string, run *faults.Soak, d time.Duration) (err error) {
	if err := lab.Install(ctx, os.Stderr, lab.RootAsterisk, lab.RootMariaDB); err != nil {
		return err
	}
	pbx, err := lab.StartAsterisk(ctx, lab.AsteriskOptions{SessionLimit: 500})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pbx.Close()) }()
	db, err := lab.StartMariaDB(ctx, lab.DBOptions{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	folder, err := os.MkdirTemp("", "ari-recorder-soak-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	site, err := faults.NewSite(ctx, faults.SiteOptions{Binary: binary, Folder: folder, PBX: pbx, Database: db.URL, Application: "soak"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, site.Close()) }()
	fmt.Printf("seed %d, %s, %d calls at once\n", run.Seed, d, run.Callers)
	run.Site, run.DB, run.Time = site, db, d
	waited := pressure()
	tally, err := run.Run(ctx)
	fmt.Println(tally)
	fmt.Printf("for %s something had to wait for a processor, by which Asterisk loses audio if it is much\n", (pressure() - waited).Round(time.Second))
	if err != nil {
		return fmt.Errorf("%w\nthe end of the service's log:\n%s", err, site.Log)
	}
	fmt.Println("recordings verify finds nothing; nothing is left behind")
	return nil
}

// pressure is how long, since the machine is up, something had to wait for a processor; 0 if the kernel does not count that.
func pressure() time.Duration {
	text, _ := os.ReadFile("/proc/pressure/cpu") // not every kernel has it
	_, total, _ := strings.Cut(string(text), "total=")
	total, _, _ = strings.Cut(total, "\n")
	microseconds, _ := strconv.ParseInt(total, 10, 64) // 0 is as good as none
	return time.Duration(microseconds) * time.Microsecond
}
