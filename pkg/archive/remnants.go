package archive

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/minio/minio-go/v7"

	"ari-recorder/pkg/recording"
)

// The beginnings of names of leftovers that are no objects.
const (
	inOutbox = "outbox:" // a file of the outbox
	upload   = "upload:" // an unfinished upload of an object
)

// Leftovers lists what is in the bucket below the prefix and no audio, unfinished uploads, and all of this instance's outbox:
// see Archive.
func (b *Bucket) Leftovers(ctx context.Context, visit func(name, id string) error) error {
	err := b.list(ctx, func(_ minio.ObjectInfo, key string) error {
		if isAudioObject(key) {
			return nil
		}
		return visit(key, "")
	})
	if err != nil {
		return err
	}
	if err := b.uploads(ctx, b.prefix, func(key string) error { return visit(upload+key, idOf(key)) }); err != nil {
		return err
	}
	waiting := b.outbox.Walk(ctx, func(key string, _ int64) error { return visit(inOutbox+key, idOf(key)) })
	if waiting != nil {
		return waiting
	}
	return b.outbox.Leftovers(ctx, func(name, id string) error { return visit(inOutbox+name, id) })
}

// idOf is the id of the recording that a key was made for.
func idOf(key string) string { return strings.TrimSuffix(path.Base(key), suffix) }

// uploads visits the keys of unfinished uploads of objects that begin with the prefix.
func (b *Bucket) uploads(ctx context.Context, prefix string, visit func(key string) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the listing, if visit has enough
	for u := range b.client.ListIncompleteUploads(ctx, b.name, prefix, true) {
		if u.Err != nil {
			return u.Err
		}
		if err := visit(strings.TrimPrefix(u.Key, b.prefix)); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Look asks for the object, the upload or the file of the name: see Archive. Objects are always ordinary.
func (b *Bucket) Look(ctx context.Context, name string) (bool, error) {
	if file, found := strings.CutPrefix(name, inOutbox); found {
		return b.outbox.Look(ctx, file)
	}
	if key, found := strings.CutPrefix(name, upload); found {
		there := false
		err := b.uploads(ctx, b.prefix+key, func(k string) error { there = there || k == key; return nil })
		if err == nil && !there {
			err = recording.ErrNoAudioFile
		}
		return true, err
	}
	object, err := b.object(name)
	if err != nil {
		return false, err
	}
	_, err = b.client.StatObject(ctx, b.name, object, minio.StatObjectOptions{})
	if err != nil {
		return false, b.gone(ctx, err)
	}
	return true, nil
}

// Delete removes the recording's object for good, older versions, unfinished uploads and what waits in the outbox included:
// see recording.Archive.
func (b *Bucket) Delete(ctx context.Context, r *recording.Recording) error {
	keys, err := keys(r)
	if err != nil {
		return err
	}
	if err := b.outbox.Delete(ctx, r); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	for _, key := range keys {
		object, err := b.object(key)
		if err == nil {
			err = b.delete(ctx, object)
		}
		if err != nil {
			return fmt.Errorf("delete audio: %w", err)
		}
	}
	return nil
}

func (b *Bucket) delete(ctx context.Context, object string) error {
	if err := b.client.RemoveIncompleteUpload(ctx, b.name, object); err != nil {
		return err
	}
	marked, err := b.remove(ctx, []minio.ObjectInfo{{Key: object}})
	if err != nil || !marked {
		return err
	}
	return b.deleteVersions(ctx, object)
}

// deleteVersions removes what a bucket with versions still has of an object that was removed.
func (b *Bucket) deleteVersions(ctx context.Context, object string) error {
	var versions []minio.ObjectInfo
	for o := range b.client.ListObjectsIter(ctx, b.name, minio.ListObjectsOptions{Prefix: object, WithVersions: true, Recursive: true}) {
		if o.Err != nil {
			return o.Err
		}
		if o.Key == object {
			versions = append(versions, o)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err := b.remove(ctx, versions)
	return err
}

// remove removes objects, or the versions that are named, and tells whether the server has only marked one as removed. What is
// not there is no error.
func (b *Bucket) remove(ctx context.Context, objects []minio.ObjectInfo) (marked bool, err error) {
	results, err := b.client.RemoveObjectsWithIter(ctx, b.name, slices.Values(objects), minio.RemoveObjectsOptions{})
	if err != nil {
		return false, err
	}
	for r := range results {
		marked = marked || r.DeleteMarker
		if r.Err != nil && minio.ToErrorResponse(r.Err).Code != "NoSuchKey" {
			err = errors.Join(err, r.Err)
		}
	}
	return marked, errors.Join(err, ctx.Err())
}
