package asterisk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"

	"github.com/CyCoreSystems/ari/v6"
	"github.com/CyCoreSystems/ari/v6/client/native"

	"ari-recorder/pkg/recording"
)

// stored tells whether Asterisk has the file.
func (n *node) stored(ctx context.Context, name string, f recording.Format) (bool, error) {
	if n.options.SpoolDir != "" {
		return n.inSpool(ctx, name, f)
	}
	err := n.call(ctx, opStored, func(c *native.Client) error {
		_, err := c.StoredRecording().Data(storedKey(name))
		return err
	})
	if notFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("stored recording: %w", err)
	}
	return true, nil
}

// discard deletes Asterisk's file over ARI, also where the spool is shared: we may be allowed to read only.
func (n *node) discard(ctx context.Context, name string) error {
	err := n.call(ctx, opDiscard, func(c *native.Client) error {
		return c.StoredRecording().Delete(storedKey(name))
	})
	if err != nil && !notFound(err) {
		return fmt.Errorf("discard: %w", err)
	}
	return nil
}

// fetch opens Asterisk's file.
func (n *node) fetch(ctx context.Context, name string, f recording.Format) (io.ReadCloser, int64, error) {
	if n.options.SpoolDir != "" {
		return n.openSpool(ctx, name, f)
	}
	body, size, err := n.download(ctx, name)
	if notFound(err) {
		err = fmt.Errorf("%w: %w", recording.ErrNoSuchStored, err)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("fetch: %w", err)
	}
	return body, size, nil
}

func storedKey(name string) *ari.Key {
	return ari.NewKey(ari.StoredRecordingKey, url.PathEscape(name))
}

func (n *node) inSpool(ctx context.Context, name string, f recording.Format) (bool, error) {
	file, _, err := n.openSpool(ctx, name, f)
	if errors.Is(err, recording.ErrNoSuchStored) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, file.Close()
}

// openSpool opens the file in the shared folder and nowhere outside it. A folder that is not there is no missing file:
// taking it for one would make every recording fail for lack of audio.
func (n *node) openSpool(ctx context.Context, name string, f recording.Format) (io.ReadCloser, int64, error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, fmt.Errorf("%w: %w", recording.ErrSwitchDown, err)
	}
	root, err := os.OpenRoot(n.options.SpoolDir)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: the spool folder of node %s: %w", recording.ErrSwitchDown, n.name, err)
	}
	defer root.Close() //nolint:errcheck // only read
	file, err := root.Open(name + "." + string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, fmt.Errorf("%w: %w", recording.ErrNoSuchStored, err)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("spool of node %s: %w", n.name, err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("spool of node %s: %w", n.name, err), file.Close())
	}
	return file, info.Size(), nil
}
