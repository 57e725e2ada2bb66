package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"ari-recorder/pkg/recording"
)

// BucketOptions say which bucket of which server.
type BucketOptions struct {
	Bucket    string
	Prefix    string // before every object's name, with a slash between; empty: none
	Endpoint  string // host, or host:port
	Insecure  bool   // plain http
	Region    string // empty: the server is asked
	PathStyle *bool  // the bucket in the path (true) or in the host's name (false); nil: as the server is known to want it
	CAFile    string // PEM file with the certificates to trust; empty: the system's
	AccessKey string // empty: the environment's AWS_… variables, ~/.aws/credentials, or the machine's role
	SecretKey string
	Outbox    string // local folder, for this instance alone, in which audio waits until the bucket has it; made if it is missing
}

// Bucket is an Archive in a bucket of an S3 server. What is put is a file in the outbox first, and stays there until the
// server has proven that it has the same: a crash at any moment leaves the audio in one place at least, and the next Put
// or Measure leaves it in the bucket alone.
type Bucket struct {
	name   string
	prefix string // empty, or with a slash at its end
	client minio.Core
	outbox *Folder
	web    *http.Transport
}

var _ Archive = (*Bucket)(nil)

// OpenBucket opens the outbox. The server is not asked yet. Close must be called.
func OpenBucket(o BucketOptions) (*Bucket, error) {
	b, err := o.connect()
	if err != nil {
		return nil, err
	}
	if b.outbox, err = Open(o.Outbox); err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	return b, nil
}

// connect prepares requests.
func (o BucketOptions) connect() (*Bucket, error) {
	web, err := newTransport(o.CAFile)
	if err != nil {
		return nil, err
	}
	client, err := minio.NewCore(o.Endpoint, &minio.Options{
		Creds: o.credentials(web), Secure: !o.Insecure, Transport: web, Region: o.Region, BucketLookup: o.lookup(), MaxRetries: attempts,
		TrailingHeaders: true, // without it no checksums may be sent, not even in the header
	})
	if err != nil {
		return nil, fmt.Errorf("storage.url: %w", err)
	}
	b := &Bucket{name: o.Bucket, client: *client, web: web}
	if o.Prefix != "" {
		b.prefix = strings.Trim(o.Prefix, "/") + "/"
	}
	return b, nil
}

// credentials are those that were written down, else what programs that use S3 look for.
func (o BucketOptions) credentials(web http.RoundTripper) *credentials.Credentials {
	if o.AccessKey != "" {
		return credentials.NewStaticV4(o.AccessKey, o.SecretKey, "")
	}
	return credentials.NewChainCredentials([]credentials.Provider{
		&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}, &credentials.IAM{Client: &http.Client{Transport: web}},
	})
}

func (o BucketOptions) lookup() minio.BucketLookupType {
	switch {
	case o.PathStyle == nil:
		return minio.BucketLookupAuto
	case *o.PathStyle:
		return minio.BucketLookupPath
	default:
		return minio.BucketLookupDNS
	}
}

// Close lets go of the outbox and of the connections.
func (b *Bucket) Close() error {
	b.web.CloseIdleConnections()
	return b.outbox.Close()
}

// Space asks the server whether the bucket is there, and the file system about the outbox: nobody knows how much a bucket
// takes. See Archive.
func (b *Bucket) Space(ctx context.Context) (Space, error) {
	there, err := b.client.BucketExists(ctx, b.name)
	if err != nil {
		return Space{}, fmt.Errorf("bucket %s: %w", b.name, err)
	}
	if !there {
		return Space{}, fmt.Errorf("%s: %w", b.name, ErrNoBucket)
	}
	return b.outbox.Space(ctx)
}

// object is the name of a key's object. A key that would leave the prefix is refused.
func (b *Bucket) object(key string) (string, error) {
	if !fs.ValidPath(key) || key == "." {
		return "", fmt.Errorf("%q is no key of the archive", key)
	}
	return b.prefix + key, nil
}

// gone tells a missing object from a bucket that is missing as a whole: HEAD answers both alike, and whoever takes the one
// for the other gives up audio that is only out of reach.
func (b *Bucket) gone(ctx context.Context, err error) error {
	if minio.ToErrorResponse(err).StatusCode != http.StatusNotFound {
		return err
	}
	there, askErr := b.client.BucketExists(ctx, b.name)
	switch {
	case askErr != nil:
		return errors.Join(err, askErr)
	case !there:
		return fmt.Errorf("%w: %w", ErrNoBucket, err)
	default:
		return fmt.Errorf("%w: %w", recording.ErrNoAudioFile, err)
	}
}

// isAudioObject tells audio by its name, as isAudio does with files.
func isAudioObject(key string) bool {
	name := path.Base(key)
	return strings.HasSuffix(name, suffix) && !strings.HasPrefix(name, ".")
}
