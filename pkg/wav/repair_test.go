package wav_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/wav"
)

// requireRepairable checks that both ways of repair give the same file, that it needs none any more, and that it
// holds the same samples.
func requireRepairable(t *testing.T, file []byte, info wav.Info) {
	t.Helper()
	streamed, err := io.ReadAll(info.Reader(bytes.NewReader(file)))
	require.NoError(t, err)
	require.Len(t, streamed, int(info.Size()))
	if !info.NeedsRepair {
		require.Equal(t, file, streamed, "a right file comes out as it is")
	}

	again := inspect(t, streamed)
	require.False(t, again.NeedsRepair)
	require.Equal(t, info.Duration, again.Duration)
	require.Equal(t, samples(file, info), samples(streamed, again))

	inPlace := &memory{bytes.Clone(file)}
	require.NoError(t, info.Fix(inPlace))
	require.Equal(t, streamed, inPlace.b)
}

func samples(file []byte, info wav.Info) []byte {
	return file[info.DataOffset : info.DataOffset+info.DataBytes]
}

// memory is a file in memory.
type memory struct{ b []byte }

func (m *memory) WriteAt(b []byte, offset int64) (int, error) {
	if end := offset + int64(len(b)); end > int64(len(m.b)) {
		m.resize(end)
	}
	return copy(m.b[offset:], b), nil
}

func (m *memory) Truncate(size int64) error {
	m.resize(size)
	return nil
}

func (m *memory) resize(size int64) {
	m.b = append(m.b, make([]byte, max(0, size-int64(len(m.b))))...)[:size]
}

func TestFixOnDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "killed.wav")
	require.NoError(t, os.WriteFile(path, sized(recording(narrow, tone(15999)), 0, 0), 0o600))
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	info, err := wav.Inspect(f, 44+15999)
	require.NoError(t, err)
	require.NoError(t, info.Fix(f))

	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, recording(narrow, tone(15998)), got)
	info, err = wav.Inspect(f, int64(len(got)))
	require.NoError(t, err)
	require.NoError(t, info.Fix(readOnly{}), "what is right is not written to")
}

type readOnly struct{}

func (readOnly) WriteAt([]byte, int64) (int, error) { return 0, os.ErrPermission }
func (readOnly) Truncate(int64) error               { return os.ErrPermission }

// budget is a file that can be changed a few times only.
type budget struct {
	memory
	changes int
}

var errSpent = errors.New("disk gone")

func (f *budget) WriteAt(b []byte, offset int64) (int, error) {
	if f.changes--; f.changes < 0 {
		return 0, errSpent
	}
	return f.memory.WriteAt(b, offset)
}

func (f *budget) Truncate(size int64) error {
	if f.changes--; f.changes < 0 {
		return errSpent
	}
	return f.memory.Truncate(size)
}

func TestFixMayBeRepeatedAfterEachStep(t *testing.T) {
	broken := sized(recording(narrow, tone(15999)), 0, 0)
	for changes := range 4 {
		f := &budget{memory{bytes.Clone(broken)}, changes}
		require.ErrorIs(t, inspect(t, f.b).Fix(f), errSpent)
		f.changes = 4
		require.NoError(t, inspect(t, f.b).Fix(f))
		require.Equal(t, recording(narrow, tone(15998)), f.b, "after %d changes", changes)
	}
}

func TestReaderGivesOutErrors(t *testing.T) {
	file := sized(recording(narrow, tone(100)), 0, 0)
	broken := errors.New("disk broken")
	_, err := io.ReadAll(inspect(t, file).Reader(failing{file, 60, broken}))
	require.ErrorIs(t, err, broken)
	require.NoError(t, iotest.TestReader(inspect(t, file).Reader(bytes.NewReader(file)), recording(narrow, tone(100))))
}

func TestHeaderIsAsterisks(t *testing.T) {
	want := "RIFF\xa4\x3e\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\x80\x3e\x00\x00"
	format := narrow
	format.DataBytes = 16000
	require.Equal(t, want, string(format.Header()))
	require.Equal(t, uint32(36+10), binary.LittleEndian.Uint32(wav.Info{Channels: 1, SampleRate: 8000, BitsPerSample: 8, DataBytes: 9}.Header()[4:]),
		"the padding counts")
}

func FuzzInspect(f *testing.F) {
	f.Add(recording(narrow, tone(64)))
	f.Add(recording(wide, nil))
	f.Add(sized(recording(narrow, tone(63)), 0, 0))
	f.Add(sized(recording(narrow, tone(64)), 0xFFFFFFFF, 0xFFFFFFFF))
	f.Add(riff(odd, plain, list, chunk("data", tone(7)), list, odd))
	f.Add(riff(format(1, 1, 8000, 8, 1), chunk("data", tone(9))))
	f.Add(riff(format(0xFFFE, 2, 8000, 16, 4, extension(1)...), chunk("data", tone(16))))
	f.Add(riff(format(7, 1, 8000, 8, 1), chunk("data", tone(9))))
	f.Add(append(riff(format(1, 1, 8000, 8, 1), chunk("data", tone(9)))[:53], '=')) // padded with something else than 0
	f.Add([]byte("RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\xff"))
	f.Add([]byte("<html>not found</html>"))
	f.Add(recording(narrow, tone(64))[:60])
	f.Add(riff(plain, chunk("data", nil), list))
	f.Add(riff(plain, chunk("data", tone(63)), list))
	f.Add(riff(chunk("data", tone(64)), plain))
	f.Add(riff(format(1, 3, 8000, 24, 9), chunk("data", tone(64))))
	known := []error{wav.ErrNotWAV, wav.ErrTruncated, wav.ErrUnsupported}
	f.Fuzz(func(t *testing.T, file []byte) {
		info, err := wav.Inspect(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			require.True(t, errors.Is(err, known[0]) || errors.Is(err, known[1]) || errors.Is(err, known[2]), "%v", err)
			return
		}
		require.GreaterOrEqual(t, info.DataOffset, int64(28))
		require.LessOrEqual(t, info.DataOffset+info.DataBytes, int64(len(file)))
		require.GreaterOrEqual(t, info.Duration, time.Duration(0))
		requireRepairable(t, file, info)
	})
}

// tenMinutes is what a call of ten minutes leaves when Asterisk is killed: 9.6 MB.
func tenMinutes() []byte { return sized(recording(narrow, tone(10*60*16000)), 0, 0) }

func BenchmarkInspect(b *testing.B) {
	file := tenMinutes()
	r := bytes.NewReader(file)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := wav.Inspect(r, int64(len(file))); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRepairedCopy(b *testing.B) {
	file := tenMinutes()
	r := bytes.NewReader(file)
	info, err := wav.Inspect(r, int64(len(file)))
	require.NoError(b, err)
	b.SetBytes(info.Size())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := io.Copy(io.Discard, info.Reader(r)); err != nil {
			b.Fatal(err)
		}
	}
}
