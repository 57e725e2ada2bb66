package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/minio/minio-go/v7"

	"ari-recorder/pkg/recording"
)

var errDiffers = errors.New("the server has something else than was sent")

// prove makes sure that the server has what was sent: by the size and the SHA-256 that it tells itself, and where it tells no
// such sum, or one made in another way, by reading the object again.
func (b *Bucket) prove(ctx context.Context, object string, audio *recording.Audio, sum string) error {
	info, err := b.client.StatObject(ctx, b.name, object, minio.StatObjectOptions{Checksum: true})
	if err != nil {
		return err
	}
	if info.Size != audio.Size {
		return fmt.Errorf("%w: %d bytes instead of %d", errDiffers, info.Size, audio.Size)
	}
	told, _, _ := strings.Cut(info.ChecksumSHA256, "-") // what follows is the number of the parts
	if sum != "" && told == sum {
		return nil
	}
	return b.readBack(ctx, object, audio)
}

func (b *Bucket) readBack(ctx context.Context, object string, audio *recording.Audio) (err error) {
	body, _, _, err := b.client.GetObject(ctx, b.name, object, minio.GetObjectOptions{})
	if err != nil {
		return err
	}
	defer closing(body, &err)
	sum := sha256.New()
	size, err := io.Copy(sum, body)
	if err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); size != audio.Size || got != audio.SHA256 {
		return fmt.Errorf("%w: %d bytes with SHA-256 %s instead of %d with %s", errDiffers, size, got, audio.Size, audio.SHA256)
	}
	return nil
}
