package app

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"ari-recorder/pkg/recording"
)

// The words for what verify finds.
const (
	findMissing    = "missing"    // the row's file is not there
	findAltered    = "altered"    // the file is not what was archived
	findUnreadable = "unreadable" // the file cannot be read, or not as WAV
	findOrphan     = "orphan"     // a file without a row
	findDraft      = "draft"      // a file that was never finished
	findUnknown    = "unknown"    // a recording in Asterisk under our name, without a row
)

// finding is one thing that is wrong.
type finding struct {
	Finding string `json:"finding"`
	ID      string `json:"id,omitempty"` // of the recording, where there is one
	Node    string `json:"node,omitempty"`
	File    string `json:"file"` // in the archive, or with a node in its Asterisk
	Detail  string `json:"detail"`
}

// report tells findings as they come and counts everything, so that verify holds nothing, however much there is.
type report struct {
	to       Console
	loud     bool // somebody watches
	told     time.Time
	proven   int
	bytes    int64
	unproven int // in work, failed, erased, or found wrong
	files    int
	findings map[string]int
}

func newReport(to Console) *report {
	return &report{to: to, loud: isTerminal(to.Err), findings: map[string]int{}}
}

// seen counts a recording.
func (p *report) seen(r *recording.Recording, proven bool) error {
	if proven {
		p.proven++
		p.bytes += r.Audio.Size
	} else {
		p.unproven++
	}
	return p.progress()
}

// progress lets whoever watches see that something happens.
func (p *report) progress() error {
	if !p.loud || time.Since(p.told) < time.Second/2 {
		return nil
	}
	p.told = time.Now()
	_, err := fmt.Fprintf(p.to.Err, "\r%d recordings, %s, %d files …", p.proven+p.unproven, size(p.bytes), p.files)
	return err
}

// clear takes the progress off the screen.
func (p *report) clear() {
	if p.loud && !p.told.IsZero() {
		_, _ = fmt.Fprintf(p.to.Err, "\r%60s\r", "") // if not even that can be written, what follows will tell
	}
}

func (p *report) add(f finding) error {
	p.clear()
	p.findings[f.Finding]++
	if p.to.JSON {
		return json.NewEncoder(p.to.Out).Encode(f)
	}
	_, err := fmt.Fprintf(p.to.Out, "%-10s  %-26s  %s  %s\n", f.Finding, printable(f.ID), printable(f.place()), printable(f.Detail))
	return err
}

// place is where the file is.
func (f finding) place() string {
	if f.Node == "" {
		return f.File
	}
	return f.Node + ": " + f.File
}

// unasked tells that a node could not be looked at. The archive may be whole for all that.
func (p *report) unasked(node string, why error) error {
	p.clear()
	_, err := fmt.Fprintf(p.to.Err, "node %s could not be asked for its recordings: %v\n", printable(node), why)
	return err
}

// end writes the summary and returns an error if there were findings.
func (p *report) end() error {
	p.clear()
	if err := p.summary(); err != nil {
		return err
	}
	if len(p.findings) > 0 {
		return fmt.Errorf("verify: %s", p.counted())
	}
	return nil
}

func (p *report) summary() error {
	if p.to.JSON {
		type counts struct {
			Proven   int            `json:"proven"`
			Bytes    int64          `json:"bytes"`
			Unproven int            `json:"unproven"`
			Files    int            `json:"files"`
			Findings map[string]int `json:"findings"`
		}
		return json.NewEncoder(p.to.Out).Encode(map[string]counts{"summary": {p.proven, p.bytes, p.unproven, p.files, p.findings}})
	}
	_, err := fmt.Fprintf(p.to.Out, "%s proven (%s), %d without proof; %s\n", count(p.proven, "recording"), size(p.bytes), p.unproven, p.counted())
	return err
}

// counted lists the findings by kind.
func (p *report) counted() string {
	var parts []string
	for _, kind := range []string{findMissing, findAltered, findUnreadable, findOrphan, findDraft, findUnknown} {
		if n := p.findings[kind]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, kind))
		}
	}
	if len(parts) == 0 {
		return "nothing is wrong"
	}
	return strings.Join(parts, ", ")
}

// size is a number of bytes as people read it.
func size(bytes int64) string {
	const units = "kMGTPE"
	if bytes < 1000 {
		return fmt.Sprintf("%d B", bytes)
	}
	value, unit := float64(bytes)/1000, 0
	for value >= 1000 && unit < len(units)-1 {
		value, unit = value/1000, unit+1
	}
	return fmt.Sprintf("%.1f %cB", value, units[unit])
}
