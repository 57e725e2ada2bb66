package recording

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"

	"ari-recorder/pkg/mix"
)

// mixdown makes one file of a recording's tracks and puts it into the archive. A track of which there is nothing is a line
// in the ledger; only if there is nothing at all the recording has failed. Errors that may pass are returned: the tracks
// are still there.
func (s *Service) mixdown(ctx context.Context, r *Recording, pauses times) (*Audio, []Gap, error) {
	if err := s.endTracks(ctx, r); err != nil { // whoever has ended the recording may have died before he came to this
		return nil, nil, fmt.Errorf("end the tracks: %w", err)
	}
	tracks := make(loaded, len(r.Tracks))
	defer tracks.close(ctx, s)
	audio, err := s.load(ctx, r, tracks)
	if err != nil {
		return nil, nil, err
	}
	r.backdate(audio[0], pauses)
	c := newScore(r, pauses, audio)
	voices := c.voices(c.write())
	parts := make([]mix.Track, len(voices))
	for i, v := range voices {
		parts[i] = v.Track
	}
	mixed, err := mix.New(r.Format.SampleRate(), max(1, r.Channels), parts...)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrBadAudio, err)
	}
	done, err := s.archive.Put(ctx, r, mixed, mixed.Size())
	if err != nil {
		return nil, nil, fmt.Errorf("archive: %w", err)
	}
	c.listen(voices, mixed.Peak)
	slices.SortStableFunc(c.gaps, func(a, b Gap) int { return cmp.Compare(a.From, b.From) })
	return done, c.gaps, nil
}

// loaded are the files of a recording's tracks, by track, while they are mixed.
type loaded []io.Closer

func (l loaded) close(ctx context.Context, s *Service) {
	for _, file := range l {
		if file == nil {
			continue
		}
		if err := file.Close(); err != nil {
			s.Log.DebugContext(ctx, "closing a track", "error", err)
		}
	}
}

// load fetches the tracks that may be heard and reads their headers; nil stands for one of which there is nothing. If
// there is none at all it returns what is wrong with the first.
func (s *Service) load(ctx context.Context, r *Recording, tracks loaded) ([]*mix.Audio, error) {
	audio := make([]*mix.Audio, len(r.Tracks))
	var first error
	found := false
	for i, t := range r.Tracks {
		if i > 0 && t.Direction == DirectionIn && !r.joined(t.UniqueID) {
			continue // it was called and has not come
		}
		a, file, err := s.loadTrack(ctx, r, t)
		tracks[i] = file
		switch {
		case err == nil:
			audio[i], found = a, true
		case lostFor(err) == nil:
			return nil, err
		case t.StartedAt.IsZero(), errors.Is(err, ErrNoSamples):
			first = errors.Join(first, err) // it was planned, and not begun, or ended as it began
		default:
			s.Log.LogAttrs(ctx, slog.LevelWarn, "there is nothing of a track of the recording",
				append(attributes(r), slog.String("snoop", t.Name), slog.String("party", t.UniqueID), slog.Any("error", err))...)
			first = errors.Join(first, err)
		}
	}
	if !found {
		return nil, first
	}
	return audio, nil
}

func (s *Service) loadTrack(ctx context.Context, r *Recording, t Track) (*mix.Audio, io.Closer, error) {
	body, size, err := s.phones.Fetch(ctx, r.Node, t.Name, r.Format)
	if err != nil {
		return nil, nil, fmt.Errorf("fetch from Asterisk: %w", err)
	}
	at, here := body.(io.ReaderAt)
	if !here || size < 0 {
		file, copied, err := s.keepAside(body, size)
		if err = errors.Join(err, body.Close()); err != nil {
			return nil, file, fmt.Errorf("fetch from Asterisk: %w", err)
		}
		body, at, size = file, file, copied
	}
	a, err := mix.Open(at, size)
	switch {
	case errors.Is(err, mix.ErrUnfit):
		err = fmt.Errorf("%w: %w", ErrBadAudio, err)
	case err == nil && a.Rate() != r.Format.SampleRate():
		err = fmt.Errorf("%w: it has %d Hz", ErrBadAudio, a.Rate())
	case err == nil && a.Duration() == 0:
		err = ErrNoSamples
	}
	return a, body, err
}

// keepAside copies a track to a file that nobody else sees and that is gone when it is closed, and with the process.
func (s *Service) keepAside(src io.Reader, size int64) (*os.File, int64, error) {
	file, err := os.CreateTemp(s.WorkDir, "track-*")
	if err != nil {
		return nil, 0, err
	}
	err = os.Remove(file.Name())
	var n int64
	if err == nil {
		n, err = io.Copy(file, src)
	}
	if err == nil && size >= 0 && n != size {
		err = fmt.Errorf("%d of %d bytes: %w", n, size, io.ErrUnexpectedEOF)
	}
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, n, nil
}
