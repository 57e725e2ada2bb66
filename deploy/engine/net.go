package engine

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
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

// Forward hands connections to an address of the machine on to one of the engine's network until it is closed.
func (e *Engine) Forward(ctx context.Context, from, to string) (*Forward, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", from)
	if err != nil {
		return nil, err
	}
	f := &Forward{listener: listener}
	f.ending, f.end = context.WithCancel(context.Background())
	f.served.Go(func() {
		for {
			here, err := listener.Accept()
			if err != nil {
				return
			}
			f.served.Go(func() { f.join(here, func(ctx context.Context) (net.Conn, error) { return e.Dial(ctx, "tcp", to) }) })
		}
	})
	return f, nil
}

// Forward is a listener whose connections are joined with others.
type Forward struct {
	listener net.Listener
	ending   context.Context
	end      context.CancelFunc
	served   sync.WaitGroup
}

func (f *Forward) join(here net.Conn, dial func(context.Context) (net.Conn, error)) {
	defer context.AfterFunc(f.ending, func() { _ = here.Close() })()
	defer func() { _ = here.Close() }() // both have said what they had to say
	there, err := dial(f.ending)
	if err != nil {
		return
	}
	defer func() { _ = there.Close() }()
	defer context.AfterFunc(f.ending, func() { _ = there.Close() })()
	var back sync.WaitGroup
	back.Go(func() { pipe(here, there) })
	pipe(there, here)
	back.Wait()
}

// Addr is where it listens.
func (f *Forward) Addr() net.Addr { return f.listener.Addr() }

// Close ends all connections.
func (f *Forward) Close() error {
	err := f.listener.Close()
	f.end()
	f.served.Wait()
	return err
}

// pipe copies until the end and passes that on; a connection that breaks is for its ends to notice.
func pipe(to net.Conn, from net.Conn) {
	_, _ = io.Copy(to, from)
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}
