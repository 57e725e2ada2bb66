package wav_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/wav"
)

var (
	list  = chunk("LIST", []byte("INFOISFT\x05\x00\x00\x00Lavf\x00\x00"))
	odd   = chunk("note", []byte("abc"))
	plain = format(1, 1, 8000, 16, 2)
)

func TestInspectMeasures(t *testing.T) {
	second := tone(16000)
	tests := map[string]struct {
		file   []byte
		rate   int
		offset int64
		bytes  int64
		length time.Duration
		repair bool
	}{
		"wav":                     {recording(narrow, second), 8000, 44, 16000, time.Second, false},
		"wav16":                   {recording(wide, second), 16000, 44, 16000, 500 * time.Millisecond, false},
		"empty":                   {recording(narrow, nil), 8000, 44, 0, 0, false},
		"one frame":               {recording(narrow, second[:2]), 8000, 44, 2, 125 * time.Microsecond, false},
		"killed Asterisk":         {sized(recording(narrow, second), 0, 0), 8000, 44, 16000, time.Second, true},
		"killed before any sound": {sized(recording(narrow, nil), 0, 0), 8000, 44, 0, 0, true},
		"killed within a sample":  {sized(recording(narrow, second[:15999]), 0, 0), 8000, 44, 15998, 999875 * time.Microsecond, true},
		"only one odd byte":       {sized(recording(narrow, second[:1]), 0, 0), 8000, 44, 0, 0, true},
		"streamed":                {sized(recording(narrow, second), 0xFFFFFFFF, 0xFFFFFFFF), 8000, 44, 16000, time.Second, true},
		"data size only is 0":     {sized(recording(narrow, second), 16036, 0), 8000, 44, 16000, time.Second, true},
		"RIFF size only is 0":     {sized(recording(narrow, second), 0, 16000), 8000, 44, 16000, time.Second, true},
		"RIFF size is too large":  {sized(recording(narrow, second), 99999, 16000), 8000, 44, 16000, time.Second, true},
		"data size is too large":  {sized(recording(narrow, second), 16036, 99999), 8000, 44, 16000, time.Second, true},
		"file was cut":            {recording(narrow, second)[:8044], 8000, 44, 8000, 500 * time.Millisecond, true},
		"sizes of a while ago":    {sized(recording(narrow, second), 8036, 8000), 8000, 44, 16000, time.Second, true},
		"one byte behind the end": {append(recording(narrow, second), 7), 8000, 44, 16000, time.Second, true},

		"LIST before the samples":     {riff(plain, list, chunk("data", second)), 8000, 44 + 26, 16000, time.Second, false},
		"odd chunk before":            {riff(odd, plain, odd, chunk("data", second)), 8000, 44 + 24, 16000, time.Second, false},
		"LIST behind the samples":     {riff(plain, chunk("data", second), list), 8000, 44, 16000, time.Second, false},
		"odd chunk behind":            {riff(plain, chunk("data", second), list, odd), 8000, 44, 16000, time.Second, false},
		"LIST behind no samples":      {riff(plain, chunk("data", nil), list), 8000, 44, 0, 0, false},
		"second fmt chunk":            {riff(plain, format(1, 2, 44100, 16, 4), chunk("data", second)), 8000, 44 + 24, 16000, time.Second, false},
		"chunk behind is cut":         {riff(plain, chunk("data", second), list)[:16060], 8000, 44, 16016, 1001 * time.Millisecond, true},
		"LIST behind, no RIFF size":   {sized(riff(plain, chunk("data", second), list), 0, 16000), 8000, 44, 16000, time.Second, true},
		"LIST behind a cut sample":    {riff(plain, chunk("data", second[:15999]), list), 8000, 44, 15998, 999875 * time.Microsecond, true},
		"fmt chunk of 18 bytes":       {riff(format(1, 1, 8000, 16, 2, 0, 0), chunk("data", second)), 8000, 46, 16000, time.Second, false},
		"fmt chunk of 19 bytes":       {riff(format(1, 1, 8000, 16, 2, 0, 0, 9), chunk("data", second)), 8000, 48, 16000, time.Second, false},
		"extensible":                  {riff(format(0xFFFE, 1, 8000, 16, 2, extension(1)...), chunk("data", second)), 8000, 68, 16000, time.Second, false},
		"stereo":                      {riff(format(1, 2, 8000, 16, 4), chunk("data", second)), 8000, 44, 16000, 500 * time.Millisecond, false},
		"stereo, cut within a frame":  {sized(riff(format(1, 2, 8000, 16, 4), chunk("data", second[:15998])), 0, 0), 8000, 44, 15996, 499875 * time.Microsecond, true},
		"24 bit":                      {riff(format(1, 1, 8000, 24, 3), chunk("data", second[:9])), 8000, 44, 9, 375 * time.Microsecond, false},
		"8 bit without padding":       {riff(format(1, 1, 8000, 8, 1), chunk("data", second[:9]))[:53], 8000, 44, 9, 1125 * time.Microsecond, true},
		"8 bit, killed":               {sized(riff(format(1, 1, 8000, 8, 1), chunk("data", second[:9]))[:53], 0, 0), 8000, 44, 9, 1125 * time.Microsecond, true},
		"rate that no duration meets": {riff(format(1, 1, 44100, 16, 2), chunk("data", second[:2])), 44100, 44, 2, 22675 * time.Nanosecond, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			info := inspect(t, test.file)
			require.Equal(t, wav.PCM, info.Format)
			require.Equal(t, test.rate, info.SampleRate)
			require.Equal(t, test.offset, info.DataOffset)
			require.Equal(t, test.bytes, info.DataBytes)
			require.Equal(t, test.length, info.Duration)
			require.Equal(t, test.repair, info.NeedsRepair)
			require.Equal(t, info.DataBytes, info.Frames*int64(info.Channels*info.BitsPerSample/8))
			requireRepairable(t, test.file, info)
		})
	}
}

func TestInspectRefuses(t *testing.T) {
	good := recording(narrow, tone(100))
	tests := map[string]struct {
		file []byte
		want error
	}{
		"nothing":                  {nil, wav.ErrNotWAV},
		"eleven bytes":             {good[:11], wav.ErrNotWAV},
		"another container":        {append([]byte("RIFF\x00\x00\x00\x00AVI "), good[12:]...), wav.ErrNotWAV},
		"an error page":            {[]byte(`{"message": "Recording not found"}`), wav.ErrNotWAV},
		"FORM":                     {append([]byte("FORM"), good[4:]...), wav.ErrNotWAV},
		"big endian":               {append([]byte("RIFX"), good[4:]...), wav.ErrUnsupported},
		"64 bit":                   {append([]byte("RF64"), good[4:]...), wav.ErrUnsupported},
		"nothing behind WAVE":      {good[:12], wav.ErrTruncated},
		"cut within fmt":           {good[:30], wav.ErrTruncated},
		"cut behind fmt":           {good[:36], wav.ErrTruncated},
		"cut within data's header": {good[:43], wav.ErrTruncated},
		"no data":                  {riff(plain, list), wav.ErrTruncated},
		"no fmt":                   {riff(list, chunk("data", tone(10))), wav.ErrTruncated},
		"fmt behind data":          {riff(chunk("data", tone(10)), plain), wav.ErrTruncated},
		"chunk beyond the end":     {append(append(riff(plain), "LIST\xff\xff\xff\xff"...), chunk("data", tone(10))...), wav.ErrTruncated},
		"fmt of 14 bytes":          {riff(chunk("fmt ", make([]byte, 14)), chunk("data", tone(10))), wav.ErrUnsupported},
		"GSM":                      {riff(format(0x31, 1, 8000, 0, 65), chunk("data", tone(65))), wav.ErrUnsupported},
		"µ-law":                    {riff(format(7, 1, 8000, 8, 1), chunk("data", tone(10))), wav.ErrUnsupported},
		"extensible float":         {riff(format(0xFFFE, 1, 8000, 32, 4, extension(3)...), chunk("data", tone(8))), wav.ErrUnsupported},
		"extensible of 18 bytes":   {riff(format(0xFFFE, 1, 8000, 16, 2, 0, 0), chunk("data", tone(8))), wav.ErrUnsupported},
		"no channels":              {riff(format(1, 0, 8000, 16, 0), chunk("data", tone(8))), wav.ErrUnsupported},
		"no rate":                  {riff(format(1, 1, 0, 16, 2), chunk("data", tone(8))), wav.ErrUnsupported},
		"no bits":                  {riff(format(1, 1, 8000, 0, 0), chunk("data", tone(8))), wav.ErrUnsupported},
		"12 bits":                  {riff(format(1, 1, 8000, 12, 2), chunk("data", tone(8))), wav.ErrUnsupported},
		"64 bits":                  {riff(format(1, 1, 8000, 64, 8), chunk("data", tone(8))), wav.ErrUnsupported},
		"block align 0":            {riff(format(1, 1, 8000, 16, 0), chunk("data", tone(8))), wav.ErrUnsupported},
		"block align 4":            {riff(format(1, 1, 8000, 16, 4), chunk("data", tone(8))), wav.ErrUnsupported},
		"endless small chunks":     {riff(bytes.Repeat(chunk("junk", nil), 2000), plain, chunk("data", tone(8))), wav.ErrUnsupported},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			info, err := wav.Inspect(bytes.NewReader(test.file), int64(len(test.file)))
			require.ErrorIs(t, err, test.want)
			require.Zero(t, info)
		})
	}
}

// Thousands of tiny chunks behind the samples are taken for samples, and do not keep Inspect busy.
func TestEndlessChunksBehindTheSamples(t *testing.T) {
	file := riff(plain, chunk("data", tone(8)), bytes.Repeat(chunk("junk", nil), 2000))
	require.Equal(t, int64(8+16000), inspect(t, file).DataBytes)
}

// sparse is a file of any length whose first bytes are given; the rest is silence.
type sparse []byte

func (s sparse) ReadAt(b []byte, offset int64) (int, error) {
	clear(b)
	if offset < int64(len(s)) {
		copy(b, s[offset:])
	}
	return len(b), nil
}

func TestLargestFile(t *testing.T) {
	header := sparse(narrow.Header())
	info, err := wav.Inspect(header, math.MaxUint32-1)
	require.NoError(t, err)
	require.Equal(t, int64(math.MaxUint32-1-44), info.DataBytes)
	require.InDelta(t, 74.56, info.Duration.Hours(), 0.01)

	info, err = wav.Inspect(header, math.MaxUint32)
	require.NoError(t, err)
	require.Equal(t, int64(math.MaxUint32-1), info.Size(), "the odd byte is dropped")

	_, err = wav.Inspect(header, math.MaxUint32+1)
	require.ErrorIs(t, err, wav.ErrTooLarge)
	_, err = wav.Inspect(header, -1)
	require.ErrorIs(t, err, wav.ErrNotWAV)
}

// failing gives out an error from a place on.
type failing struct {
	file []byte
	from int64
	err  error
}

func (f failing) ReadAt(b []byte, offset int64) (int, error) {
	if offset+int64(len(b)) > f.from {
		return 0, f.err
	}
	return copy(b, f.file[offset:]), nil
}

func TestErrorsOfTheReader(t *testing.T) {
	file := riff(plain, chunk("data", tone(100)), list)
	broken := errors.New("disk broken")
	for _, from := range []int64{0, 12, 20, 36, 44} {
		_, err := wav.Inspect(failing{file, from, broken}, int64(len(file)))
		require.ErrorIs(t, err, broken, "from %d", from)
	}
	_, err := wav.Inspect(failing{file, 20, io.EOF}, int64(len(file)))
	require.ErrorIs(t, err, wav.ErrTruncated, "the file is shorter than was said")
}
