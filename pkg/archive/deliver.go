package archive

import (
	"context"
	"errors"
	"fmt"
	"io"

	"ari-recorder/pkg/recording"
)

// Put writes the audio into the outbox, as a Folder would keep it, and delivers it from there. It returns the errors of
// Folder.Put; any other one leaves the audio in the outbox, from where Measure delivers it, too.
func (b *Bucket) Put(ctx context.Context, r *recording.Recording, src io.Reader, size int64) (*recording.Audio, error) {
	audio, err := b.outbox.Put(ctx, r, src, size)
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	return audio, b.deliver(ctx, r, audio)
}

// Measure reads again what an earlier Put has made for the recording. Audio that did not get further than the outbox is
// the latest that there is: it is delivered first.
func (b *Bucket) Measure(ctx context.Context, r *recording.Recording) (*recording.Audio, error) {
	audio, err := b.outbox.Measure(ctx, r)
	switch {
	case err == nil:
		return audio, b.deliver(ctx, r, audio)
	case errors.Is(err, recording.ErrNoAudioFile):
		return b.MeasureKey(ctx, key(r))
	default:
		return nil, fmt.Errorf("outbox: %w", err)
	}
}

// deliver brings a file of the outbox into the bucket. The file goes only when the server has proven that it has the same.
func (b *Bucket) deliver(ctx context.Context, r *recording.Recording, audio *recording.Audio) error {
	object, err := b.object(audio.Key)
	if err != nil {
		return err
	}
	sum, err := b.upload(ctx, object, audio)
	if err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	if err := b.prove(ctx, object, audio, sum); err != nil {
		return fmt.Errorf("prove the upload: %w", err)
	}
	return b.outbox.Delete(ctx, r)
}

func (b *Bucket) upload(ctx context.Context, object string, audio *recording.Audio) (sum string, err error) {
	f, err := b.outbox.open(audio.Key)
	if err != nil {
		return "", err
	}
	defer closing(f, &err)
	if audio.Size <= partSize {
		return b.uploadWhole(ctx, object, f, audio)
	}
	return b.uploadParts(ctx, object, f, audio.Size)
}
