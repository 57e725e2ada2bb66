package asterisk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"time"

	"ari-recorder/pkg/recording"
)

// namesAtOnce is how many names of the shared folder are read at a time.
const namesAtOnce = 1000

// storedNames visits the names of all of Asterisk's files; below the shared folder only those directly in it, where ours
// are.
func (n *node) storedNames(ctx context.Context, visit func(string) error) (err error) {
	if n.options.SpoolDir != "" {
		return n.spoolNames(ctx, visit)
	}
	ctx, cancel := context.WithTimeout(ctx, n.timeouts.Names)
	defer cancel()
	began := time.Now()
	body, err := n.listStored(ctx)
	if err == nil {
		err = errors.Join(eachName(body, visit), body.Close())
	}
	n.observer.Called(n.name, opStoredList, outcome(err), time.Since(began))
	if err != nil {
		return fmt.Errorf("stored recordings: %w", err)
	}
	return nil
}

// listStored asks for the list, on a connection for what takes its time, and without the library, which would hold all of it.
func (n *node) listStored(ctx context.Context) (io.ReadCloser, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, n.url("/recordings/stored", "").String(), nil)
	if err != nil {
		return nil, err
	}
	r.SetBasicAuth(n.options.Username, n.options.Password)
	response, err := n.lists.RoundTrip(r)
	if err != nil {
		return nil, &Error{Node: n.name, Operation: opStoredList, Err: err}
	}
	if response.StatusCode == http.StatusOK {
		return response.Body, nil
	}
	said, err := io.ReadAll(io.LimitReader(response.Body, 8<<10))
	err = errors.Join(err, response.Body.Close())
	return nil, &Error{Node: n.name, Operation: opStoredList, Status: response.StatusCode, Message: words(said), Err: err}
}

// eachName reads the list as it comes.
func eachName(list io.Reader, visit func(string) error) error {
	in := json.NewDecoder(list)
	if _, err := in.Token(); err != nil {
		return fmt.Errorf("%w: %w", recording.ErrSwitchDown, err)
	}
	for in.More() {
		var stored struct{ Name string }
		if err := in.Decode(&stored); err != nil {
			return fmt.Errorf("%w: %w", recording.ErrSwitchDown, err)
		}
		if err := visit(stored.Name); err != nil {
			return err
		}
	}
	return nil
}

func (n *node) spoolNames(ctx context.Context, visit func(string) error) (err error) {
	folder, err := os.Open(n.options.SpoolDir)
	if err != nil {
		return fmt.Errorf("%w: the spool folder of node %s: %w", recording.ErrSwitchDown, n.name, err)
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	for {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%w: %w", recording.ErrSwitchDown, err)
		}
		entries, err := folder.ReadDir(namesAtOnce)
		for _, e := range entries {
			if !e.Type().IsRegular() {
				continue
			}
			if err := visit(e.Name()[:len(e.Name())-len(path.Ext(e.Name()))]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("spool of node %s: %w", n.name, err)
		}
	}
}
