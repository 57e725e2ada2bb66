package main

import (
	"encoding/json"
	"os"
)

// result is one line of the report as JSON; what was not measured is left out.
type result struct {
	What      string  `json:"what"`
	Of        string  `json:"of"`
	AtOnce    int     `json:"at_once,omitempty"`
	MedianMS  float64 `json:"median_ms,omitempty"`
	P99MS     float64 `json:"p99_ms,omitempty"`
	PerSecond float64 `json:"per_second,omitempty"`
	Refused   int     `json:"refused,omitempty"`
	MiB       float64 `json:"mib,omitempty"`
	Cores     float64 `json:"cores,omitempty"`
	Threads   int     `json:"threads,omitempty"`
	Beside    string  `json:"beside,omitempty"` // what Ratio and RateRatio are by
	Ratio     float64 `json:"ratio,omitempty"`
	RateRatio float64 `json:"rate_ratio,omitempty"` // of PerSecond
	Rival     float64 `json:"plain_program_median_ms,omitempty"`
}

// keep adds a line to what is written as JSON.
func (b *bench) keep(r result) { b.results = append(b.results, r) }

// save writes all lines that were kept, if a file was asked for.
func (b *bench) save() error {
	if b.json == "" {
		return nil
	}
	text, err := json.MarshalIndent(b.results, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(b.json, append(text, '\n'), 0o644)
}
