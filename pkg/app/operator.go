package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"

	"github.com/oklog/ulid/v2"

	"ari-recorder/config"
	"ari-recorder/pkg/archive"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/sqlstore"
)

// Console is where a subcommand of the operator's writes, and how.
type Console struct {
	Out  io.Writer // results
	Err  io.Writer // progress and advice
	JSON bool      // results for programs instead of tables for people
}

// UsageError is what is wrong with a command line. Nothing was done.
type UsageError struct{ line string }

// Error says what is expected instead.
func (e *UsageError) Error() string { return e.line }

func misused(format string, args ...any) error {
	return &UsageError{fmt.Sprintf(format, args...)}
}

// rows is the database, as far as an operator needs it.
type rows interface {
	Get(ctx context.Context, id string) (*recording.Recording, error)
	States(ctx context.Context, ids []string) (map[string]recording.State, error)
	Find(ctx context.Context, f recording.Filter) ([]*recording.Recording, error)
	List(ctx context.Context, f recording.Filter, p recording.Page) ([]*recording.Recording, error)
	Events(ctx context.Context, id string) ([]recording.Event, error)
	Call(ctx context.Context, node, uniqueID string) (*recording.Call, error)
	Audit(ctx context.Context, e recording.AuditEntry) error
}

// attach opens the database as it is, also beside a running service, for as long as work takes. Nothing is made or
// migrated behind the operator's back.
func attach(ctx context.Context, c config.Config, work func(rows) error) (err error) {
	if path := c.Database.Path; c.Database.Driver == config.SQLite {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no database at %s; which data_dir or database.url does the service have?", path)
		}
	}
	store, err := sqlstore.Open(sqlstore.Options{URL: c.Database.URL.Reveal(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if err := store.Attach(ctx); err != nil {
		return err
	}
	return work(store)
}

// openArchive opens the storage of finished audio, whose folder must be there.
func openArchive(c config.Config) (archive.Archive, error) {
	if _, err := os.Stat(c.Storage.Path); err != nil {
		return nil, fmt.Errorf("storage folder: %w; which data_dir or storage.url does the service have?", err)
	}
	return openStorage(c.Storage)
}

// checkID refuses what no recording can be called.
func checkID(id string) error {
	if !isID(id) {
		return misused("%q is no recording's id; these are 26 lower-case letters and digits, see ari-recorder recordings list", id)
	}
	return nil
}

func isID(text string) bool {
	_, err := ulid.ParseStrict(text)
	return err == nil && text == strings.ToLower(text)
}

// find gets the row with the id.
func find(ctx context.Context, store rows, id string) (*recording.Recording, error) {
	r, err := store.Get(ctx, id)
	if errors.Is(err, recording.ErrNotFound) {
		return nil, &recording.Error{Code: recording.CodeNoRecording, Detail: "no recording has the id " + id}
	}
	return r, err
}

// printJSON writes one value for programs and for the eye.
func (c Console) printJSON(v any) error {
	encoder := json.NewEncoder(c.Out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// passJSON writes a document of the service's, laid out for the eye.
func (c Console) passJSON(document []byte) error {
	var text bytes.Buffer
	if err := json.Indent(&text, bytes.TrimSpace(document), "", "  "); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.Out, text.String())
	return err
}
