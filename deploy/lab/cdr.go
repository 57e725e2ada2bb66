package lab

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
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
func (a *Asterisk) CDRs() (all []CDR, err error) {
	rows, err := csvRows(a.dir, "log/cdr-custom/calls.csv", 13)
	for _, f := range rows {
		row := CDR{
			Src: f[0], Dst: f[1], Channel: f[2], DstChannel: f[3], LastApp: f[4], Start: f[5], Answer: f[6], End: f[7],
			Disposition: f[10], UniqueID: f[11], LinkedID: f[12],
		}
		var faults [2]error
		row.Duration, faults[0] = strconv.Atoi(f[8])
		row.Billsec, faults[1] = strconv.Atoi(f[9])
		all, err = append(all, row), errors.Join(err, faults[0], faults[1])
	}
	return all, err
}

// CELs reads the rows written so far. Asterisk writes them just after what they tell.
func (a *Asterisk) CELs() (all []CEL, err error) {
	rows, err := csvRows(a.dir, "log/cel-custom/events.csv", 4)
	for _, f := range rows {
		all = append(all, CEL{EventType: f[0], ChanName: f[1], UniqueID: f[2], LinkedID: f[3]})
	}
	return all, err
}

// csvRows reads a file of rows with so many fields, which Asterisk makes with the first. The last line may be half written. It is CSV since that is
// what Asterisks of all ages can write.
func csvRows(dir, name string, fields int) ([][]string, error) {
	file, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	reader := csv.NewReader(bytes.NewReader(file[:bytes.LastIndexByte(file, '\n')+1]))
	reader.FieldsPerRecord = fields
	rows, err := reader.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return rows, nil
}
