package archive

import (
	"context"
	"errors"
	"fmt"

	"ari-recorder/pkg/recording"
)

// Tidy removes from the outbox what the bucket is proven to hold: files that a killed process has left, and whose
// recordings another instance has stored since. Everything else stays, for the next Put or Measure.
func (b *Bucket) Tidy(ctx context.Context) error {
	return b.outbox.Walk(ctx, func(key string, _ int64) error {
		switch err := b.delivered(ctx, key); {
		case errors.Is(err, errDiffers), errors.Is(err, recording.ErrNoAudioFile):
			return nil
		case err != nil:
			return fmt.Errorf("outbox: %s: %w", key, err)
		}
		return b.outbox.delete(key)
	})
}

// delivered returns nil if the bucket holds exactly what the outbox holds under the key, errDiffers or
// recording.ErrNoAudioFile if it does not.
func (b *Bucket) delivered(ctx context.Context, key string) error {
	audio, err := b.outbox.MeasureKey(ctx, key)
	if err != nil {
		return fmt.Errorf("%w: %w", errDiffers, err)
	}
	object, err := b.object(key)
	if err != nil {
		return err
	}
	if err := b.prove(ctx, object, audio, ""); err != nil {
		return b.gone(ctx, err)
	}
	return nil
}
