package asterisk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"ari-recorder/pkg/recording"
)

var errStalled = errors.New("the download made no progress")

// download is the body of a stored recording on its way. A long recording may take its time; only standing still is
// limited. A body that ends before its Content-Length ends with io.ErrUnexpectedEOF.
type download struct {
	ctx      context.Context // ended by cancel, or by the watchdog with errStalled
	cancel   context.CancelCauseFunc
	watchdog *time.Timer
	progress time.Duration
	body     io.ReadCloser
	release  func()
	close    sync.Once
}

// download asks for the file of a stored recording and returns its body and its size, -1 if ARI does not tell. It waits
// while four downloads of the node are running. The library has no call for this.
func (n *node) download(ctx context.Context, name string) (_ *download, _ int64, err error) {
	select {
	case n.downloads <- struct{}{}:
	case <-ctx.Done():
		return nil, 0, fmt.Errorf("%w: waiting for other downloads: %w", recording.ErrSwitchDown, ctx.Err())
	}
	d := &download{progress: n.timeouts.Progress, release: func() { <-n.downloads }}
	d.ctx, d.cancel = context.WithCancelCause(ctx)
	d.watchdog = time.AfterFunc(d.progress, func() { d.cancel(errStalled) })
	began := time.Now()
	defer func() {
		n.observer.Called(n.name, opDownload, outcome(err), time.Since(began))
		if err != nil {
			err = errors.Join(err, d.Close())
		}
	}()
	size, err := n.open(d, name)
	d.watchdog.Stop()
	return d, size, err
}

func (n *node) open(d *download, name string) (int64, error) {
	address := n.url("/recordings/stored/"+url.PathEscape(name)+"/file", "").String()
	r, err := http.NewRequestWithContext(d.ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	r.SetBasicAuth(n.options.Username, n.options.Password)
	response, err := n.streams.RoundTrip(r) //nolint:bodyclose // Close of the download closes it
	if err != nil {
		return 0, &Error{Node: n.name, Operation: opDownload, Err: d.why(err)}
	}
	d.body = response.Body
	if response.StatusCode != http.StatusOK {
		said, err := io.ReadAll(io.LimitReader(response.Body, 8<<10))
		return 0, &Error{Node: n.name, Operation: opDownload, Status: response.StatusCode, Message: words(said), Err: err}
	}
	if err := foreign(response.Header); err != nil {
		return 0, &Error{Node: n.name, Operation: opDownload, Err: err}
	}
	return response.ContentLength, nil
}

// Read reads on; it fails if nothing arrives for Timeouts.Progress. The reader may take as long as it likes between reads.
func (d *download) Read(p []byte) (int, error) {
	d.watchdog.Reset(d.progress)
	count, err := d.body.Read(p)
	d.watchdog.Stop()
	if err != nil && err != io.EOF { //nolint:errorlint // a reader's end is io.EOF itself
		err = d.why(err)
	}
	return count, err
}

// why names our own reason for ending a download, where it was ours.
func (d *download) why(err error) error {
	if errors.Is(context.Cause(d.ctx), errStalled) {
		return fmt.Errorf("%w for %s", errStalled, d.progress)
	}
	return err
}

// Close ends the download, finished or not, and lets the next one begin.
func (d *download) Close() (err error) {
	d.close.Do(func() {
		d.watchdog.Stop()
		if d.body != nil {
			err = d.body.Close()
		}
		d.cancel(nil)
		d.release()
	})
	return err
}
