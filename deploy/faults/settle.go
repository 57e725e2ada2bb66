package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// SettleBound is how long a site may take until all is as it must be. A dead owner's lease and a snoop channel that no row knows are waited out.
const SettleBound = 60 * time.Second

// Settle waits, within the bound, until every recording that was acknowledged is what it must be and nothing is left behind, and counts them. The error names all
// that is wrong.
func (s *Site) Settle(ctx context.Context, bound time.Duration) (Tally, error) {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	var wrong error // as it was found last
	for good := map[string]Details{}; ; {
		tally, err := s.audit(ctx, good)
		if err == nil {
			err = s.left(ctx)
		}
		if err == nil {
			return tally, s.Verify(ctx)
		}
		if ctx.Err() == nil || wrong == nil {
			wrong = err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return tally, wrong
		}
	}
}

// audit judges all entries; those that have been found good are not asked for again.
func (s *Site) audit(ctx context.Context, good map[string]Details) (Tally, error) {
	tally := Tally{Causes: map[string]int{}}
	var all []error
	for _, e := range s.Entries() {
		d, known := good[e.ID]
		var err error
		if !known {
			if d, err = e.judge(ctx, s.Service); err == nil {
				good[e.ID] = d
			}
		}
		tally.add(e, d, err)
		all = append(all, err)
	}
	return tally, errors.Join(all...)
}

// left looks for what must be gone: our snoop channels, Asterisk's copies, drafts in the archive, rows in work.
func (s *Site) left(ctx context.Context) error {
	var all []error
	list, err := s.PBX.Channels(ctx)
	all = append(all, err)
	for _, c := range list {
		if strings.HasPrefix(c.ID, s.Application+"-") {
			all = append(all, fmt.Errorf("channel %s is left behind", c.ID))
		}
	}
	files, err := os.ReadDir(s.PBX.RecordingDir)
	all = append(all, err)
	for _, f := range files {
		id, ours := strings.CutPrefix(f.Name(), s.Application+"-")
		if ours && !s.kept(ctx, id[:min(len(id), idLength)]) {
			all = append(all, fmt.Errorf("asterisk's copy %s is left behind", f.Name()))
		}
	}
	drafts, err := s.drafts()
	all = append(all, err)
	for _, name := range drafts {
		all = append(all, fmt.Errorf("%s is left behind", name))
	}
	return errors.Join(append(all, s.open(ctx))...)
}

// idLength is that of a recording's id, with which the names of its files begin.
const idLength = 26

// kept tells whether the recording's copy stays in Asterisk for a person to look at, as it holds no audio.
func (s *Site) kept(ctx context.Context, id string) bool {
	var d Details
	_, err := s.JSON(ctx, http.MethodGet, "/v1/recordings/"+id, nil, &d)
	return err == nil && d.Failure != nil && (d.Failure.Code == "no_audio" || d.Failure.Code == "bad_file")
}

// open looks for rows in work, whoever asked for them.
func (s *Site) open(ctx context.Context) error {
	rows, err := s.List(ctx, "starting,recording,paused,stopping,archiving")
	for _, r := range rows {
		err = errors.Join(err, fmt.Errorf("the row of recording %s, %q, is still %s", r.ID, r.Tag, r.State))
	}
	return err
}

// List returns recordings in any of the states, at most a thousand.
func (s *Site) List(ctx context.Context, states string) ([]Details, error) {
	var page struct{ Recordings []Details }
	status, err := s.JSON(ctx, http.MethodGet, "/v1/recordings?limit=1000&state="+url.QueryEscape(states), nil, &page)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("the list of recordings is answered by %d", status)
	}
	return page.Recordings, err
}

func details(a Answer) (d Details, err error) {
	return d, json.Unmarshal([]byte(a.Body), &d)
}
