package asterisk

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// Sessions opens as many connections as wanted, one after the other, and closes them all as soon as Asterisk lets in no
// more. It returns how many were let in: those of http.conf's sessionlimit that nobody else uses. What was closed a moment
// ago may still count there, so where they are too few it looks twice.
func (e *Examiner) Sessions(ctx context.Context, want int) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, e.node.timeouts.List)
	defer cancel()
	e.Close()
	first, err := e.sessions(ctx, want)
	if err != nil || first == want || !pause(ctx, e.node.timeouts.Poll) {
		return first, err
	}
	again, err := e.sessions(ctx, want)
	return max(first, again), err
}

func (e *Examiner) sessions(ctx context.Context, want int) (count int, err error) {
	var open []net.Conn
	defer func() {
		for _, conn := range open {
			err = errors.Join(err, conn.Close())
		}
	}()
	for range want {
		conn, err := e.session(ctx)
		if conn != nil {
			open = append(open, conn)
		}
		if Full(err) {
			return count, nil
		}
		if err != nil {
			return count, err
		}
		count++
	}
	return count, nil
}

// session opens a connection, which counts once a question on it is answered.
func (e *Examiner) session(ctx context.Context) (net.Conn, error) {
	conn, err := e.dial(ctx)
	if err != nil {
		return nil, err
	}
	limit, _ := ctx.Deadline()
	if err := conn.SetDeadline(limit); err != nil {
		return conn, err
	}
	n := e.node
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, n.url("/asterisk/info", "").String(), nil)
	if err != nil {
		return conn, err
	}
	r.SetBasicAuth(n.options.Username, n.options.Password)
	if err := r.Write(conn); err != nil {
		return conn, err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), r)
	if err != nil {
		return conn, err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(response.Body, maxEvent))
	return conn, errors.Join(err, response.Body.Close())
}

func (e *Examiner) dial(ctx context.Context) (net.Conn, error) {
	base, dialer := e.node.base, &net.Dialer{Timeout: 5 * time.Second}
	if base.Scheme == "https" {
		address := net.JoinHostPort(base.Hostname(), cmp.Or(base.Port(), "443"))
		return (&tls.Dialer{NetDialer: dialer, Config: e.node.calls.TLSClientConfig}).DialContext(ctx, "tcp", address)
	}
	return dialer.DialContext(ctx, "tcp", net.JoinHostPort(base.Hostname(), cmp.Or(base.Port(), "80")))
}

// Full tells whether a connection was closed without an answer: what Asterisk does once sessionlimit is reached.
func Full(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
