package legacy

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"
)

// BenchmarkRetrieve sets our downloads beside the plainest handler that the standard library allows.
func BenchmarkRetrieve(b *testing.B) {
	const size = 64 << 20
	e := echo.New()
	Register(e.Group(""), &endless{size}, Options{})
	for _, c := range []struct {
		name, query string
		handler     http.Handler
	}{
		{"base64", retrieveQuery, e},
		{"base64-plain", "", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			encoder := base64.NewEncoder(base64.StdEncoding, w)
			_, err := io.Copy(encoder, &zeros{size: size})
			require.NoError(b, err)
			require.NoError(b, encoder.Close())
		})},
		{"wav", retrieveQuery + "&format=wav", e},
		{"wav-plain", "", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, err := io.Copy(w, &zeros{size: size})
			require.NoError(b, err)
		})},
	} {
		b.Run(c.name, func(b *testing.B) {
			server := httptest.NewServer(c.handler)
			defer server.Close()
			b.SetBytes(size)
			for b.Loop() {
				resp, err := server.Client().Get(server.URL + Path + "?" + c.query)
				require.NoError(b, err)
				_, err = io.Copy(io.Discard, resp.Body)
				require.NoError(b, err)
				require.NoError(b, resp.Body.Close())
			}
		})
	}
}

// A download takes the same buffers however long the recording is. (With the race detector a pool forgets now and then.)
func TestADownloadAllocatesWithinItsBudget(t *testing.T) {
	for _, size := range []int64{1 << 20, 4 << 20} {
		from := &zeros{}
		require.LessOrEqual(t, testing.AllocsPerRun(5, func() {
			from.size, from.at = size, 0
			_ = transmit(io.Discard, from, size)
		}), 1.0, size)
	}
}

func BenchmarkTransmit(b *testing.B) {
	const size = 64 << 20
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, transmit(io.Discard, &zeros{size: size}, size))
	}
}
