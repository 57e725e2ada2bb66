package app

import (
	"context"
	"net/url"

	"ari-recorder/config"
	"ari-recorder/pkg/archive"
)

// openStorage opens what keeps finished audio: a folder, which is made if it is missing, or a bucket, of which nothing is
// asked yet.
func openStorage(s config.Storage) (archive.Archive, error) {
	if s.Bucket != nil {
		return opened(archive.OpenBucket(bucketOptions(s)))
	}
	return opened(archive.Open(s.Path))
}

// opened makes sure that what could not be opened is nil: an Archive that holds a nil pointer would be closed.
func opened[A archive.Archive](a A, err error) (archive.Archive, error) {
	if err != nil {
		return nil, err
	}
	return a, nil
}

// room is how many bytes are free for a node's audio: where it is kept or waits for its bucket, and where Asterisk writes it
// if we can see that. The file systems are asked, and may hang with them.
func (a *App) room(node string) (free uint64, err error) {
	here, err := archive.SpaceIn(a.config.Storage.Path)
	if err != nil {
		return 0, err
	}
	for _, n := range a.config.Asterisk.Nodes {
		if n.Name == node && n.SpoolDir != "" {
			there, err := archive.SpaceIn(n.SpoolDir)
			return min(here.Free, there.Free), err
		}
	}
	return here.Free, nil
}

// tidy removes what an earlier process of this instance has left on its way to the bucket, where that has it.
func (a *App) tidy(ctx context.Context) {
	if b, ok := a.archive.(*archive.Bucket); ok {
		if err := b.Tidy(ctx); err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "what waits for the bucket could not be compared with it", "error", err)
		}
	}
}

// bucketOptions say what was written down about the bucket.
func bucketOptions(s config.Storage) archive.BucketOptions {
	b := s.Bucket
	o := archive.BucketOptions{
		Bucket: b.Name, Prefix: b.Prefix, Region: b.Region, PathStyle: b.PathStyle, CAFile: b.CAFile,
		AccessKey: b.AccessKey, SecretKey: b.SecretKey.Reveal(), Outbox: s.Path,
	}
	if endpoint, err := url.Parse(b.Endpoint); err == nil { // as config has made sure
		o.Endpoint, o.Insecure = endpoint.Host, endpoint.Scheme == "http"
	}
	return o
}
