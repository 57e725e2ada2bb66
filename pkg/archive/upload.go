package archive

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/minio/minio-go/v7"

	"ari-recorder/pkg/recording"
)

// partSize is what goes to the server in one request: 17 minutes of audio. Larger files go in parts of it, of which S3
// takes 10,000. Nothing of it is held in memory.
const partSize = 16 << 20

// The headers with which S3 is told, and tells, what the bytes are.
const (
	headerSHA256    = "X-Amz-Checksum-Sha256"
	headerAlgorithm = "X-Amz-Checksum-Algorithm"
)

// uploadWhole sends a file in one request. The server refuses it if a byte has changed on the way: the signature covers
// the sum. It returns the sum that the server must tell of the object from now on.
func (b *Bucket) uploadWhole(ctx context.Context, object string, f io.Reader, audio *recording.Audio) (string, error) {
	raw, err := hex.DecodeString(audio.SHA256)
	if err != nil {
		return "", err
	}
	sum := base64.StdEncoding.EncodeToString(raw)
	_, err = b.client.PutObject(ctx, b.name, object, f, audio.Size, "", audio.SHA256, minio.PutObjectOptions{
		ContentType: "audio/wav", UserMetadata: map[string]string{headerSHA256: sum},
	})
	return sum, err
}

// uploadParts sends a large file in parts, and makes an object of them only when the server has all of them. What killed
// attempts have left is removed before: it costs as much as audio does. The sum of an object in parts is the sum of the
// parts' sums.
func (b *Bucket) uploadParts(ctx context.Context, object string, f io.ReaderAt, size int64) (string, error) {
	if err := b.client.RemoveIncompleteUpload(ctx, b.name, object); err != nil {
		return "", fmt.Errorf("remove an unfinished upload: %w", err)
	}
	upload, err := b.client.NewMultipartUpload(ctx, b.name, object, minio.PutObjectOptions{
		ContentType: "audio/wav", UserMetadata: map[string]string{headerAlgorithm: "SHA256"},
	})
	if err != nil {
		return "", err
	}
	sum, err := b.sendParts(ctx, object, upload, f, size)
	if err != nil && ctx.Err() == nil { // else there is no time left; the next Put or Delete does it
		err = errors.Join(err, b.client.AbortMultipartUpload(ctx, b.name, object, upload))
	}
	return sum, err
}

func (b *Bucket) sendParts(ctx context.Context, object, upload string, f io.ReaderAt, size int64) (string, error) {
	var parts []minio.CompletePart
	all := sha256.New()
	for offset := int64(0); offset < size; offset += partSize {
		section := io.NewSectionReader(f, offset, min(partSize, size-offset))
		part, err := b.sendPart(ctx, object, upload, len(parts)+1, section, all)
		if err != nil {
			return "", fmt.Errorf("part %d: %w", len(parts)+1, err)
		}
		parts = append(parts, part)
	}
	_, err := b.client.CompleteMultipartUpload(ctx, b.name, object, upload, parts, minio.PutObjectOptions{})
	return base64.StdEncoding.EncodeToString(all.Sum(nil)), err
}

// sendPart sends one part and adds its sum to all.
func (b *Bucket) sendPart(ctx context.Context, object, upload string, number int, section *io.SectionReader, all io.Writer) (minio.CompletePart, error) {
	own := sha256.New()
	if _, err := io.Copy(own, section); err != nil {
		return minio.CompletePart{}, err
	}
	if _, err := section.Seek(0, io.SeekStart); err != nil {
		return minio.CompletePart{}, err
	}
	raw := own.Sum(nil)
	if _, err := all.Write(raw); err != nil {
		return minio.CompletePart{}, err
	}
	sum := base64.StdEncoding.EncodeToString(raw)
	part, err := b.client.PutObjectPart(ctx, b.name, object, upload, number, section, section.Size(), minio.PutObjectPartOptions{
		Sha256Hex: hex.EncodeToString(raw), CustomHeader: http.Header{headerSHA256: {sum}},
	})
	return minio.CompletePart{PartNumber: number, ETag: part.ETag, ChecksumSHA256: sum}, err
}
