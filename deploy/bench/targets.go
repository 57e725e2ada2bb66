package main

import (
	"fmt"
	"strings"
)

// target is what the service has set itself, and how far it is from it.
type target struct {
	what, wanted string
	measured     string
	met          bool
}

// verdict prints all targets of which anything was measured: those that are missed, too.
func (b *bench) verdict() {
	list := b.targets()
	if len(list) == 0 {
		return
	}
	b.print("targets:")
	for _, t := range list {
		word := "missed"
		if t.met {
			word = "met"
		}
		b.print("  %-62s %-28s %-30s %s", t.what, t.wanted, t.measured, word)
	}
}

func (b *bench) targets() (list []target) {
	add := func(what, wanted, measured string, met bool) {
		list = append(list, target{what, wanted, measured, met})
	}
	for _, capture := range []string{"mixed", "parties"} {
		of := capture + " on MariaDB"
		for _, r := range b.found("start of two phones", of) {
			add("start, one at a time, "+of, "≤ 1.5 × bare ARI", fmt.Sprintf("%.2f ×", r.Ratio), r.Ratio <= 1.5)
		}
		for _, r := range b.found("start", of) {
			if r.AtOnce == 32 {
				add("starts a second, 32 at once, "+of, "≥ 60 % of bare ARI", fmt.Sprintf("%.0f %%", 100*r.RateRatio), r.RateRatio >= 0.6)
			}
		}
	}
	for _, r := range b.found("start", "mixed on MariaDB") {
		if r.Rival > 0 {
			add(fmt.Sprintf("the plain program with the same rows, %d at once", r.AtOnce), "it takes longer", fmt.Sprintf("%.1f ms, we take %.1f", r.Rival, r.MedianMS), r.MedianMS < r.Rival)
		}
	}
	for _, r := range b.found("end to retrievable", "") {
		add("from hang-up to retrievable, "+r.Of, "≤ 100 ms", fmt.Sprintf("%.0f ms", r.MedianMS), r.MedianMS <= 100)
	}
	most := 0.0
	for _, r := range b.found("retrieve", "") {
		add("retrieval as "+r.Of, "≥ 90 % of "+r.Beside, fmt.Sprintf("%.0f %%", 100*r.Ratio), r.Ratio >= 0.9)
		most = max(most, r.MiB)
	}
	if most > 0 {
		add("memory for a retrieval, above idle", "< 32 MiB", fmt.Sprintf("%.1f MiB", most), most < 32)
	}
	for _, r := range b.found("idle", "") {
		add("memory, idle", "< 40 MiB", fmt.Sprintf("%.1f MiB", r.MiB), r.MiB < 40)
	}
	for _, r := range b.found("events", "") {
		add("20,000 events a second: lag, p99", "< 50 ms, none lost", fmt.Sprintf("%.1f ms, none lost", r.P99MS), r.P99MS < 50)
		add("20,000 events a second: processor", "< 1 core", fmt.Sprintf("%.2f of a core", r.Cores), r.Cores < 1)
	}
	for _, r := range b.found("channels", "") {
		add("100,000 channels, all of the process", "< 60 MiB", fmt.Sprintf("%.0f MiB", r.MiB), r.MiB < 60)
	}
	return list
}

// found are the results of a kind; of whom does not matter if it is empty.
func (b *bench) found(what, of string) (list []result) {
	for _, r := range b.results {
		if r.What == what && strings.Contains(r.Of, of) {
			list = append(list, r)
		}
	}
	return list
}
