package httpapi

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"
)

func TestHugeHeadersAreRefused(t *testing.T) {
	s := serve(t, Options{}).open()
	require.Equal(t, 200, s.get("/health/live?tag="+strings.Repeat("x", 10<<10)).StatusCode)
	require.Equal(t, 431, s.get("/health/live?tag="+strings.Repeat("x", 40<<10)).StatusCode)
}

// raw sends bytes as they are and returns the answer.
func (s *site) raw(request string) (status int, body string, closes bool) {
	s.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	require.NoError(s.t, err)
	defer conn.Close() //nolint:errcheck // the answer is what counts
	require.NoError(s.t, conn.SetDeadline(time.Now().Add(5*time.Second)))
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = io.WriteString(conn, request) // the server may hang up before it has all
	}()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(s.t, err)
	text, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	require.NoError(s.t, resp.Body.Close())
	require.NoError(s.t, conn.Close())
	<-sent
	return resp.StatusCode, string(text), resp.Close
}

func TestTenThousandHeaderLinesAreRefusedInBoundedMemory(t *testing.T) {
	s := serve(t, Options{}).open()
	request := "GET /health/live HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X-Filler: yes\r\n", 10_000) + "\r\n"
	s.raw(request)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	const times = 20
	for range times {
		status, _, closes := s.raw(request)
		require.Equal(t, 431, status)
		require.True(t, closes)
	}
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(times<<20), "the whole of what was allocated for all of them")
}

func TestABodyOnGETIsRefusedWithoutReadingIt(t *testing.T) {
	s := serve(t, Options{}).open()
	for _, length := range []string{"Content-Length: 1000000000", "Transfer-Encoding: chunked"} {
		status, body, closes := s.raw("GET /health/live HTTP/1.1\r\nHost: x\r\n" + length + "\r\n\r\n")
		require.Equal(t, 400, status)
		require.Equal(t, "GET takes no body; put the parameters into the query\n", body)
		require.True(t, closes)
	}
}

func TestLargeBodiesAreRefused(t *testing.T) {
	s := serve(t, Options{})
	s.Handle(http.MethodPost, "/echo", func(c echo.Context) error {
		body, err := io.ReadAll(c.Request().Body)
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, len(body))
	})
	s.open()
	post := func(length string) int {
		status, body, _ := s.raw("POST /echo HTTP/1.1\r\nHost: localhost\r\n" + length)
		if status == 413 {
			require.Equal(t, bodyTooLarge+"\n", body)
		}
		return status
	}
	require.Equal(t, 200, post("Content-Length: 1048576\r\n\r\n"+strings.Repeat("x", maxBody)))
	require.Equal(t, 413, post("Content-Length: 100000000\r\n\r\n"))
	require.Equal(t, 413, post("Transfer-Encoding: chunked\r\n\r\n"+strings.Repeat("10000\r\n"+strings.Repeat("x", 1<<16)+"\r\n", 17)))
}

// deadlined is a response that remembers its connection's time limit.
type deadlined struct {
	http.ResponseWriter
	limits []time.Time
}

func (d *deadlined) SetReadDeadline(t time.Time) error {
	d.limits = append(d.limits, t)
	return nil
}

func TestABodyHasATimeLimitThatEndsWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := echo.New()
		e.POST("/", func(c echo.Context) error {
			_, err := io.ReadAll(c.Request().Body)
			return err
		}, limitBody)
		w := &deadlined{ResponseWriter: httptest.NewRecorder()}
		e.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"tag":"22"}`)))
		require.Equal(t, []time.Time{time.Now().Add(bodyBound), {}}, w.limits)
	})
}

func TestALongAnswerToABodyIsNotCut(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for bodyBound")
	}
	s := serve(t, Options{})
	s.Handle(http.MethodPost, "/slow", func(c echo.Context) error {
		var in map[string]string
		if err := json.NewDecoder(c.Request().Body).Decode(&in); err != nil {
			return err
		}
		select {
		case <-time.After(bodyBound + time.Second):
			return c.String(http.StatusOK, in["tag"])
		case <-c.Request().Context().Done():
			return c.String(http.StatusOK, "cut")
		}
	})
	s.open()
	r, err := s.client.Post(s.url+"/slow", "application/json", strings.NewReader(`{"tag":"22"}`))
	require.NoError(t, err)
	body, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	require.NoError(t, r.Body.Close())
	require.Equal(t, "22", string(body))
}
