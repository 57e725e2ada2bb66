package archive

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/minio/minio-go/v7"
)

// Why a bucket cannot be used, as far as its server tells.
var (
	ErrNoBucket = errors.New("there is no such bucket")
	ErrDenied   = errors.New("the access key is wrong or may not do that")
)

// TryBucket does in a bucket what a Bucket does there: it stores a small object, lists, reads and deletes it; then nothing
// of it is left. The outbox is not touched. It returns ErrNoBucket, ErrDenied, or whatever else was in the way.
func TryBucket(ctx context.Context, o BucketOptions) error {
	b, err := o.connect()
	if err != nil {
		return err
	}
	defer b.web.CloseIdleConnections()
	name, text := b.prefix+".trial-"+strings.ToLower(rand.Text()), []byte(rand.Text())
	if _, err := b.client.Client.PutObject(ctx, b.name, name, bytes.NewReader(text), int64(len(text)), minio.PutObjectOptions{}); err != nil {
		return b.named("store", err)
	}
	return errors.Join(b.named("read", b.readTrial(ctx, name, text)), b.named("list", b.listed(ctx, name)), b.named("delete", b.delete(context.WithoutCancel(ctx), name)))
}

func (b *Bucket) readTrial(ctx context.Context, name string, text []byte) (err error) {
	body, _, _, err := b.client.GetObject(ctx, b.name, name, minio.GetObjectOptions{})
	if err != nil {
		return err
	}
	defer closing(body, &err)
	got, err := io.ReadAll(io.LimitReader(body, int64(len(text))+1))
	if err == nil && !bytes.Equal(got, text) {
		err = errors.New("it holds something else than was stored")
	}
	return err
}

func (b *Bucket) listed(ctx context.Context, name string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for o := range b.client.ListObjectsIter(ctx, b.name, minio.ListObjectsOptions{Prefix: name, Recursive: true}) {
		return o.Err
	}
	return errors.New("what was stored is not listed")
}

// named says at which step a trial has failed, and why in words of ours where the server's are known.
func (b *Bucket) named(step string, err error) error {
	if err == nil {
		return nil
	}
	answer := minio.ToErrorResponse(err)
	switch {
	case answer.Code == "NoSuchBucket":
		err = fmt.Errorf("%w: %w", ErrNoBucket, err)
	case answer.StatusCode == http.StatusForbidden || answer.StatusCode == http.StatusUnauthorized:
		err = fmt.Errorf("%w: %w", ErrDenied, err)
	}
	return fmt.Errorf("%s an object: %w", step, err)
}
