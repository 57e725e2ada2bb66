package legacy

import (
	"encoding/base64"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime/metrics"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

const retrieveQuery = "method=retrieve&tag=22&username=fred"

// noise is audio that no encoder gets right by chance.
func noise(size int) []byte {
	data := make([]byte, size)
	source := rand.NewChaCha8([32]byte{1})
	_, err := source.Read(data)
	if err != nil {
		panic(err)
	}
	return data
}

func TestAudioArrivesWhole(t *testing.T) {
	for _, size := range []int{0, 1, 2, 3, 44, plainSize - 1, plainSize, plainSize + 1, 3*plainSize + 2, 1 << 20} {
		for _, query := range []string{retrieveQuery, "method=RetrieveByUniqueId&uniqueId=1.2&username=fred"} {
			data := noise(size)
			file := newFile(data)
			r := serve(t, &fakeService{audio: file, size: int64(size)}, Options{}).get(query)
			require.Equal(t, 200, r.StatusCode)
			require.Equal(t, "text/plain", r.Header.Get("Content-Type"))
			require.Equal(t, strconv.Itoa(len(r.body)), r.Header.Get("Content-Length"))
			require.Equal(t, someID, r.Header.Get("X-Recording-Id"))
			require.Equal(t, "3", r.Header.Get("X-Recording-Count"))
			require.Equal(t, base64.StdEncoding.EncodeToString(data), r.body)
			<-file.closed
		}
	}
}

func TestAudioAsWAV(t *testing.T) {
	data := noise(100_001)
	for query, accept := range map[string]string{
		retrieveQuery: "audio/x-wav", retrieveQuery + "&format=wav": "", retrieveQuery + "&Format=WAV": "text/xml",
	} {
		r := serve(t, &fakeService{audio: newFile(data), size: 100_001}, Options{}).get(query, "Accept", accept)
		require.Equal(t, 200, r.StatusCode)
		require.Equal(t, "audio/wav", r.Header.Get("Content-Type"))
		require.Equal(t, "100001", r.Header.Get("Content-Length"))
		require.Equal(t, `attachment; filename="`+someID+`.wav"`, r.Header.Get("Content-Disposition"))
		require.Equal(t, string(data), r.body)
	}
}

// breaking is a file on a disk that fails at a place.
type breaking struct {
	*file
	at int64
}

func (b *breaking) Read(p []byte) (int, error) {
	where, err := b.Seek(0, io.SeekCurrent)
	if err != nil || where >= b.at {
		return 0, errors.Join(err, errors.New("input/output error"))
	}
	return b.Reader.Read(p[:min(int64(len(p)), b.at-where)])
}

func TestADownloadThatBreaksDoesNotLookComplete(t *testing.T) {
	s := serve(t, &fakeService{audio: &breaking{newFile(noise(1 << 20)), 500_000}, size: 1 << 20}, Options{})
	resp, err := http.Get(s.URL + Path + "?" + retrieveQuery)
	require.NoError(t, err)
	defer func() { require.NoError(t, resp.Body.Close()) }()
	_, err = io.ReadAll(resp.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	s.Close()
	require.Contains(t, s.log.String(), "level=ERROR")
	require.Contains(t, s.log.String(), "input/output error")
	require.Contains(t, s.log.String(), someID)
}

func TestAClientThatGoesAwayIsNoError(t *testing.T) {
	const size = 64 << 20
	file := &zeros{size: size, closed: make(chan struct{})}
	s := serve(t, &fakeService{audio: file, size: size}, Options{})
	resp, err := http.Get(s.URL + Path + "?" + retrieveQuery)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	<-file.closed
	s.Close()
	require.NotContains(t, s.log.String(), "level=ERROR")
	require.NotContains(t, s.log.String(), "level=WARN")
	require.Contains(t, s.log.String(), "the client went away during a download")
}

// zeros is a long, silent file that takes no memory.
type zeros struct {
	size, at int64
	closed   chan struct{}
}

func (z *zeros) Read(p []byte) (int, error) {
	n := int(min(int64(len(p)), z.size-z.at))
	if n == 0 {
		return 0, io.EOF
	}
	clear(p[:n])
	z.at += int64(n)
	return n, nil
}

func (z *zeros) Seek(offset int64, whence int) (int64, error) {
	z.at = offset + map[int]int64{io.SeekCurrent: z.at, io.SeekEnd: z.size}[whence]
	return z.at, nil
}

func (z *zeros) Close() error {
	if z.closed != nil {
		close(z.closed)
	}
	return nil
}

// mapped is all memory that the Go runtime has ever taken from the system, in bytes: it does not shrink.
func mapped() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func TestALongRecordingTakesNoMemory(t *testing.T) {
	const size, most = 64 << 20, 8 << 20 // a GiB takes a minute with the race detector
	for _, format := range []string{"", "&format=wav"} {
		s := serve(t, &fakeService{audio: &zeros{size: size}, size: size}, Options{})
		before := mapped()
		resp, err := http.Get(s.URL + Path + "?" + retrieveQuery + format)
		require.NoError(t, err)
		n, err := io.Copy(io.Discard, resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, resp.ContentLength, n)
		require.Less(t, mapped()-before, uint64(most))
	}
}
