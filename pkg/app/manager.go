package app

import (
	"context"
	"errors"
	"net"
	"os"
)

// States that a service manager is told, in the words of sd_notify(3).
const (
	managerReady    = "READY=1"    // listening: units that are ordered after this one may start
	managerStopping = "STOPPING=1" // the end is on its way, and is meant
)

// tellManager tells systemd, or whoever else started the service with NOTIFY_SOCKET set, how it is. Where that fails the service goes on: it
// is the manager that waits in vain, and says so.
func (a *App) tellManager(ctx context.Context, state string) {
	socket := os.Getenv("NOTIFY_SOCKET")
	if socket == "" {
		return
	}
	if err := sendDatagram(context.WithoutCancel(ctx), socket, state); err != nil {
		a.log.WarnContext(ctx, "the service manager cannot be told", "state", state, "error", err)
	}
}

// sendDatagram sends one to a Unix socket; a name that begins with @ is in Linux's abstract namespace.
func sendDatagram(ctx context.Context, socket, text string) error {
	var dialer net.Dialer
	connection, err := dialer.DialContext(ctx, "unixgram", socket)
	if err != nil {
		return err
	}
	_, err = connection.Write([]byte(text))
	return errors.Join(err, connection.Close())
}
