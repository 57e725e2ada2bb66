package archive

import (
	"context"
	"io"
	"strings"

	"github.com/minio/minio-go/v7"

	"ari-recorder/pkg/recording"
)

// Open opens the object for reading at any place: see recording.Archive. Each jump costs a request, each read in a row
// none.
func (b *Bucket) Open(ctx context.Context, key string) (io.ReadSeekCloser, error) {
	return b.open(context.WithoutCancel(ctx), key)
}

// open asks for the object until ctx ends, or it is closed.
func (b *Bucket) open(ctx context.Context, key string) (*minio.Object, error) {
	name, err := b.object(key)
	if err != nil {
		return nil, err
	}
	object, err := b.client.Client.GetObject(ctx, b.name, name, minio.GetObjectOptions{})
	if err != nil {
		return nil, err
	}
	if _, err := object.Stat(); err != nil {
		_ = object.Close() // what it says after that is that error again
		return nil, b.gone(ctx, err)
	}
	return object, nil
}

// MeasureKey reads the object under the key again: see Archive.
func (b *Bucket) MeasureKey(ctx context.Context, key string) (audio *recording.Audio, err error) {
	object, err := b.open(ctx, key)
	if err != nil {
		return nil, err
	}
	defer closing(object, &err)
	if audio, err = measure(ctx, object); err != nil {
		return nil, err
	}
	audio.Key = key
	return audio, nil
}

// Walk lists the objects: see Archive.
func (b *Bucket) Walk(ctx context.Context, visit func(key string, size int64) error) error {
	return b.list(ctx, func(o minio.ObjectInfo, key string) error {
		if !isAudioObject(key) {
			return nil
		}
		return visit(key, o.Size)
	})
}

// list visits every object below the prefix.
func (b *Bucket) list(ctx context.Context, visit func(o minio.ObjectInfo, key string) error) error {
	for o := range b.client.ListObjectsIter(ctx, b.name, minio.ListObjectsOptions{Prefix: b.prefix, Recursive: true}) {
		if o.Err != nil {
			return o.Err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := visit(o, strings.TrimPrefix(o.Key, b.prefix)); err != nil {
			return err
		}
	}
	return ctx.Err()
}
