package engine

import (
	"context"
	"fmt"
	"net"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Dial connects to an address as the engine's own network sees it: 127.0.0.1 is where published ports are.
func (e *Engine) Dial(ctx context.Context, network, address string) (conn net.Conn, err error) {
	inside := e.within(func() {
		var dialer net.Dialer
		conn, err = dialer.DialContext(ctx, network, address)
	})
	if inside != nil {
		return nil, inside
	}
	return conn, err
}

// listen takes a free TCP port of the engine's network.
func (e *Engine) listen(ctx context.Context) (listener net.Listener, err error) {
	inside := e.within(func() {
		var config net.ListenConfig
		listener, err = config.Listen(ctx, "tcp4", ":0")
	})
	if inside != nil {
		return nil, inside
	}
	return listener, err
}

// within runs do in the engine's network. A socket stays in the network in which it was made, whoever uses it later.
func (e *Engine) within(do func()) error {
	network, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", e.first.Process.Pid))
	if err != nil {
		return err
	}
	defer func() { _ = network.Close() }() // it was only looked at
	done := make(chan error, 1)
	go func() {
		// Never unlocked: the thread, which is now in the other network, ends with this goroutine.
		runtime.LockOSThread()
		err := unix.Setns(int(network.Fd()), syscall.CLONE_NEWNET)
		if err == nil {
			do()
		}
		done <- err
	}()
	return <-done
}
