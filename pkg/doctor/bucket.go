package doctor

import (
	"errors"

	"ari-recorder/config"
	"ari-recorder/pkg/archive"
)

// bucket tells what has come of a trial in the bucket.
func (n *notes) bucket(b *config.Bucket, err error) {
	const name = "storage:bucket"
	switch {
	case err == nil:
		n.ok(name, "in %s at %s an object was stored, read, listed and deleted", b, b.Endpoint)
	case errors.Is(err, archive.ErrNoBucket):
		n.fault(name, b.Endpoint+" has no bucket "+b.Name, "make the bucket, or name another in storage.url; if it is there, look at storage.region and storage.path_style")
	case errors.Is(err, archive.ErrDenied):
		n.fault(name, b.String()+": "+err.Error(),
			"look at storage.access_key and storage.secret_key; the key needs s3:PutObject, GetObject, DeleteObject, DeleteObjectVersion, ListBucket, ListBucketVersions, ListBucketMultipartUploads and AbortMultipartUpload")
	default:
		n.fault(name, b.String()+" at "+b.Endpoint+": "+err.Error(), "look at storage.endpoint and storage.ca_file, and whether the server runs: curl -v "+b.Endpoint)
	}
}
