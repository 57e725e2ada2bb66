package faults

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"ari-recorder/deploy/lab/tone"
)

// slack is what the length of audio may be off: Asterisk writes 20 ms at a time, and is not told the moment of a hang-up by the phone that heard of it.
const slack = 350 * time.Millisecond

// Details are a recording's JSON, as far as it is judged.
type Details struct {
	ID, State, Tag, UniqueID string
	DurationMS               *int64 `json:"duration_ms"`
	Failure                  *struct{ Code, Detail string }
	Gaps                     []Gap // what the service itself says is missing
}

// Gap is a time of a recording that is not as it should be.
type Gap struct {
	From    int64 `json:"from_ms"`
	To      int64 `json:"to_ms"`
	Kind    string
	Channel string
	Cause   string
}

// final tells whether nothing is left to be done.
func (d Details) final() bool { return d.State == "available" || d.State == "failed" }

// judge asks the service what has become of the entry and holds it against what is true.
func (e *Entry) judge(ctx context.Context, s *Service) (Details, error) {
	var d Details
	switch status, err := s.JSON(ctx, http.MethodGet, "/v1/recordings/"+e.ID, nil, &d); {
	case err != nil:
		return d, e.wrong("%w: %w", errNotSettled, err)
	case status != http.StatusOK:
		return d, e.wrong("the service answers %d", status)
	case d.State == "failed":
		return d, e.failed(d)
	case !d.final():
		return d, e.wrong("%w: %s", errNotSettled, d.State)
	}
	answer, err := s.Get(ctx, "/v1/recordings/"+e.ID+"/audio")
	if err != nil {
		return d, e.wrong("%w: %w", errNotSettled, err)
	}
	if answer.Status != http.StatusOK {
		return d, e.wrong("its audio: %d %s", answer.Status, answer.Body)
	}
	wav, err := tone.ReadWAV([]byte(answer.Body))
	if err != nil {
		return d, e.wrong("its audio: %w", err)
	}
	return d, e.hear(d, wav)
}

func (e *Entry) failed(d Details) error {
	if d.Failure == nil || !slices.Contains(e.Causes, d.Failure.Code) {
		return e.wrong("it failed for a cause that is not true: %+v", d.Failure)
	}
	return nil
}

// hear measures length and tones.
func (e *Entry) hear(d Details, wav tone.WAV) error {
	samples := wav.Channels[0]
	length := time.Duration(len(samples)) * time.Second / time.Duration(wav.Rate)
	if d.DurationMS == nil || *d.DurationMS != length.Milliseconds() {
		return e.wrong("duration_ms is not the %d of its audio", length.Milliseconds())
	}
	shortest, longest := e.bounds()
	if length < shortest-slack || length > longest+slack {
		return e.wrong("its audio has %s, not %s to %s; its gaps: %+v", length, shortest, longest, d.Gaps)
	}
	return e.tones(d, samples, wav.Rate)
}

// String sums up what became of entries.
func (t Tally) String() string {
	return fmt.Sprintf("%d acknowledged, %d available (%d admit that a voice is missing for a time), %d failed %v, %d lost",
		t.Acknowledged, t.Available, t.Excused, t.Failed, t.Causes, t.Lost)
}

// Tally counts what became of entries.
type Tally struct {
	Acknowledged, Available, Excused, Failed, Lost int
	Causes                                         map[string]int
}

func (t *Tally) add(e *Entry, d Details, err error) {
	t.Acknowledged++
	switch {
	case err != nil:
		t.Lost++
	case d.State == "failed":
		t.Failed++
		t.Causes[d.Failure.Code]++
	default:
		t.Available++
		if e.excused {
			t.Excused++
		}
	}
}
