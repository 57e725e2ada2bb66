package lab

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// CDR is a row of Asterisk's call detail records. Times are Asterisk's local time, durations whole seconds.
type CDR struct {
	Src, Dst            string
	Channel, DstChannel string
	LastApp             string
	Start, Answer, End  string
	Duration, Billsec   int
	Disposition         string // ANSWERED, NO ANSWER, …
	UniqueID, LinkedID  string
}

// CEL is a row of Asterisk's channel event log.
type CEL struct {
	EventType          string // CHAN_START, ANSWER, HANGUP, …
	ChanName           string
	UniqueID, LinkedID string
}

// CDRs reads the rows written so far. Asterisk writes those of a call just after its end.
func (a *Asterisk) CDRs() ([]CDR, error) { return rows[CDR](a.dir, "log/cdr-custom/calls.json") }

// CELs reads the rows written so far. Asterisk writes them just after what they tell.
func (a *Asterisk) CELs() ([]CEL, error) { return rows[CEL](a.dir, "log/cel-custom/events.json") }

// rows reads a file of one JSON object a line, which Asterisk makes with the first. The last line may be half written.
func rows[T any](dir, name string) (all []T, err error) {
	file, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(file) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break
		}
		var row T
		if err := json.Unmarshal(line, &row); err != nil {
			return nil, fmt.Errorf("%s: %q: %w", name, line, err)
		}
		all = append(all, row)
	}
	return all, nil
}
