package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// orders is the file that is read at each SIGUSR1; the linker sets it.
var orders string

// This file is part of the service only where its test builds it so, together with changes to packages time and os: the process obeys orders to step
// its clock by some seconds, or to kill itself before or after the next time that a file gets its name.
func init() {
	usr := make(chan os.Signal, 1)
	signal.Notify(usr, syscall.SIGUSR1)
	go func() {
		for range usr {
			obey()
		}
	}()
}

func obey() {
	text, err := os.ReadFile(orders)
	if err != nil {
		panic(err)
	}
	var what string
	var seconds int64
	if _, err := fmt.Sscan(string(text), &what, &seconds); err != nil {
		panic(err)
	}
	switch what {
	case "clock":
		time.Stepped.Store(seconds)
	case "before":
		os.BeforeRename.Store(true)
	case "after":
		os.AfterRename.Store(true)
	}
	if err := os.Remove(orders); err != nil { // tells that it was obeyed
		panic(err)
	}
}
