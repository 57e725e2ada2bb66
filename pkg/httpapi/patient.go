package httpapi

import (
	"io"
	"net"
	"syscall"
	"time"
)

const (
	stallBound = time.Minute // for a client that takes nothing of what is sent to it
	// sendChunk is how much of a file is handed to the operating system at once: a client has to take as much within
	// stallBound, and larger ones are not faster.
	sendChunk = 256 << 10
)

// patient is a listener whose connections are given up when the other side takes nothing for a while: without that a
// client could keep one open, and a file with it, for ever.
type patient struct{ net.Listener }

// Accept waits for the next connection.
func (p patient) Accept() (net.Conn, error) {
	conn, err := p.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return patientConn{conn}, nil
}

type patientConn struct{ net.Conn }

// Write fails if the other side takes too long to make room.
func (p patientConn) Write(b []byte) (int, error) {
	if err := p.renew(); err != nil {
		return 0, err
	}
	return p.Conn.Write(b)
}

func (p patientConn) renew() error { return p.SetWriteDeadline(time.Now().Add(stallBound)) }

// ReadFrom sends what src has. A part of a file goes from the disk to the network without passing through this process,
// in chunks with a time limit each; everything else is written.
func (p patientConn) ReadFrom(src io.Reader) (sent int64, err error) {
	part, ok := src.(*io.LimitedReader)
	if !ok {
		return io.Copy(writerOnly{p}, src)
	}
	_, isFile := part.R.(syscall.Conn)
	direct, able := p.Conn.(io.ReaderFrom)
	if !isFile || !able {
		return io.Copy(writerOnly{p}, src)
	}
	for part.N > 0 {
		if err := p.renew(); err != nil {
			return sent, err
		}
		chunk := min(part.N, sendChunk)
		n, err := direct.ReadFrom(&io.LimitedReader{R: part.R, N: chunk})
		sent, part.N = sent+n, part.N-n
		if err != nil || n < chunk {
			return sent, err
		}
	}
	return sent, nil
}

// writerOnly hides ReadFrom from io.Copy.
type writerOnly struct{ io.Writer }

// CloseWrite lets the server say that it is done before it closes: else a client that is still sending may lose the answer.
func (p patientConn) CloseWrite() error {
	if half, ok := p.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
