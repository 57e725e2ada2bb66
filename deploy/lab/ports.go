package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
)

// Ports are leased by lock files, below the ports that the kernel hands out by itself: a server that was killed finds its port free when it
// starts again, and Asterisks of several test programs never meet in their RTP ranges, which they only bind call by call.
const (
	serverPorts, serverPortsEnd     = 9000, 10000
	asteriskPorts, asteriskPortsEnd = 10000, 32000
)

var errNoPorts = errors.New("no free ports: too many labs run at once")

// portBlock is a range of ports that no other lab of this machine uses while it is held.
type portBlock struct {
	base int
	file *os.File

	mu   sync.Mutex
	busy map[int]bool // slots in use
}

// leasePorts takes the first block of this size whose first ports, probe of them, can be bound; 0 probes none.
func leasePorts(ctx context.Context, from, to, size, probe int) (*portBlock, error) {
	cache, err := labCache()
	if err != nil {
		return nil, err
	}
	for base := from; base+size <= to; base += size {
		file, err := tryLock(filepath.Join(cache, fmt.Sprintf("ports-%d.lock", base)))
		if err != nil {
			return nil, fmt.Errorf("lease ports: %w", err)
		}
		if file == nil {
			continue
		}
		if allFree(ctx, base, base+probe) {
			return &portBlock{base: base, file: file, busy: map[int]bool{}}, nil
		}
		if err := file.Close(); err != nil {
			return nil, err
		}
	}
	return nil, errNoPorts
}

func (b *portBlock) release() error { return b.file.Close() }

// takeSlot reserves the lowest free number below count; it is given back by freeSlot.
func (b *portBlock) takeSlot(count int) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for slot := range count {
		if !b.busy[slot] {
			b.busy[slot] = true
			return slot, nil
		}
	}
	return 0, errNoPorts
}

func (b *portBlock) freeSlot(slot int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.busy, slot)
}

// allFree tells whether all ports from first up to, not including, end can be bound now, by UDP and TCP.
func allFree(ctx context.Context, first, end int) bool {
	var config net.ListenConfig
	for port := first; port < end; port++ {
		address := fmt.Sprintf("127.0.0.1:%d", port)
		udp, err := config.ListenPacket(ctx, "udp", address)
		if err != nil {
			return false
		}
		tcp, err := config.Listen(ctx, "tcp", address)
		if err == nil {
			err = tcp.Close()
		}
		if errors.Join(err, udp.Close()) != nil {
			return false
		}
	}
	return true
}
