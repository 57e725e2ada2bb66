package httpapi

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"
)

// stalled is a connection whose other side takes nothing.
type stalled struct {
	net.Conn
	deadline time.Time
}

func (s *stalled) SetWriteDeadline(t time.Time) error {
	s.deadline = t
	return nil
}

var errStalled = errors.New("i/o timeout")

func (s *stalled) Write([]byte) (int, error)         { return 0, errStalled }
func (s *stalled) ReadFrom(io.Reader) (int64, error) { return 0, errStalled }

// counted is a connection that tells what it was asked to do.
type counted struct {
	*net.TCPConn
	mu        sync.Mutex
	deadlines int
	chunks    []int64
}

func (c *counted) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadlines++
	return c.TCPConn.SetWriteDeadline(t)
}

func (c *counted) ReadFrom(src io.Reader) (int64, error) {
	n, err := c.TCPConn.ReadFrom(src)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.chunks = append(c.chunks, n)
	return n, err
}

// counting is a listener of such connections.
type counting struct {
	net.Listener
	conns chan *counted
}

func (l counting) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &counted{TCPConn: conn.(*net.TCPConn)}
	l.conns <- c
	return c, nil
}

func fileOf(t testing.TB, size int) *os.File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "audio.wav")
	require.NoError(t, os.WriteFile(name, []byte(strings.Repeat("0123456789abcdef", size/16)), 0o600))
	f, err := os.Open(name)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Close()) })
	return f
}

func TestEveryWriteHasItsOwnTimeLimit(t *testing.T) {
	file := fileOf(t, 1<<20)
	for _, send := range []func(patientConn) error{
		func(p patientConn) error { _, err := p.Write([]byte("x")); return err },
		func(p patientConn) error { _, err := p.ReadFrom(io.LimitReader(file, 1<<20)); return err },
		func(p patientConn) error { _, err := p.ReadFrom(strings.NewReader("x")); return err },
		func(p patientConn) error { _, err := p.ReadFrom(io.LimitReader(strings.NewReader("x"), 1)); return err },
	} {
		conn := &stalled{}
		began := time.Now()
		require.ErrorIs(t, send(patientConn{conn}), errStalled)
		require.WithinRange(t, conn.deadline, began.Add(stallBound), time.Now().Add(stallBound))
	}
}

func TestFilesAreHandedToTheOperatingSystemInChunks(t *testing.T) {
	const size = 3*sendChunk + 1024
	file := fileOf(t, size)
	s := serve(t, Options{})
	s.Handle(http.MethodGet, "/audio", func(c echo.Context) error {
		http.ServeContent(c.Response().Writer, c.Request(), "audio.wav", time.Time{}, file)
		return nil
	})
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := counting{inner, make(chan *counted, 1)}
	s.url = "http://" + inner.Addr().String()
	go func() { s.ended <- s.Start(l) }()
	r := s.get("/audio", "Range", "bytes=16-")
	require.Equal(t, 206, r.StatusCode)
	require.Equal(t, strings.Repeat("0123456789abcdef", (size-16)/16), r.body)
	s.stop()
	conn := <-l.conns
	sent := int64(0)
	for _, n := range conn.chunks {
		require.LessOrEqual(t, n, int64(sendChunk))
		sent += n
	}
	require.Greater(t, sent, int64(size-sendChunk), "most of the file")
	require.Greater(t, conn.deadlines, len(conn.chunks))
	require.Regexp(t, `path=/audio status=206 bytes=787440 `, s.log.String())
}

func TestAFileThatIsShorterThanItWasEndsTheAnswer(t *testing.T) {
	client, server := tcpPair(t)
	go func() { _, _ = io.Copy(io.Discard, client) }()
	n, err := patientConn{server}.ReadFrom(io.LimitReader(fileOf(t, 1<<20), 2<<20))
	require.NoError(t, err)
	require.EqualValues(t, 1<<20, n)
}

func tcpPair(t testing.TB) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	client, err = net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	server, err = l.Accept()
	require.NoError(t, err)
	require.NoError(t, l.Close())
	t.Cleanup(func() { require.NoError(t, errors.Join(client.Close(), server.Close())) })
	return client, server
}

// The same file with and without sendfile.
func BenchmarkAudio(b *testing.B) {
	const size = 64 << 20
	file := fileOf(b, size)
	for name, writer := range map[string]func(echo.Context) http.ResponseWriter{
		"sendfile": func(c echo.Context) http.ResponseWriter { return c.Response().Writer },
		"copy":     func(c echo.Context) http.ResponseWriter { return c.Response() },
	} {
		b.Run(name, func(b *testing.B) {
			s := serve(b, Options{})
			s.Handle(http.MethodGet, "/audio", func(c echo.Context) error {
				http.ServeContent(writer(c), c.Request(), "audio.wav", time.Time{}, file)
				return nil
			})
			s.open()
			b.SetBytes(size)
			conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
			require.NoError(b, err)
			rest := make([]byte, 1<<20) // a client that costs little, so that the server is what is measured
			for b.Loop() {
				_, err = io.WriteString(conn, "GET /audio HTTP/1.1\r\nHost: localhost\r\n\r\n")
				require.NoError(b, err)
				for left := size; left > 0; {
					n, err := conn.Read(rest)
					require.NoError(b, err)
					if left == size {
						n -= strings.Index(string(rest[:n]), "\r\n\r\n") + 4
					}
					left -= n
				}
			}
			require.NoError(b, conn.Close())
			s.stop()
		})
	}
}
