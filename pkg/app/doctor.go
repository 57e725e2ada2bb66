package app

import (
	"context"
	"fmt"
	"slices"

	"ari-recorder/config"
	"ari-recorder/pkg/archive"
	"ari-recorder/pkg/doctor"
)

// Doctor looks at everything that recordings need and prints what it has seen and what to do about it. It returns an
// error unless a recording would work.
func Doctor(ctx context.Context, c config.Config, to Console) error {
	local, err := LocalURL(c)
	if err != nil {
		local = "" // a port that the system chooses is not known beforehand
	}
	page := &page{to: to}
	options := doctor.Options{Config: c, Local: local}
	if c.Storage.Bucket != nil {
		options.Bucket = func(ctx context.Context) error { return archive.TryBucket(ctx, bucketOptions(c.Storage)) }
	}
	report := doctor.Examine(ctx, options, page.check)
	if err := ctx.Err(); err != nil {
		return err
	}
	if to.JSON {
		page.err = to.printJSON(report)
	}
	if page.err != nil {
		return page.err
	}
	return conclude(report, to)
}

// Misconfigured prints the faults of a configuration as a report of Doctor's, for programs that read nothing else. People
// get them as from every other subcommand.
func Misconfigured(faults config.Errors, to Console) error {
	if !to.JSON {
		return nil
	}
	checks := make([]doctor.Check, len(faults))
	for i, fault := range faults {
		checks[i] = doctor.Check{Name: "configuration", Status: doctor.Fault, Seen: fault.String(), Advice: "correct " + fault.Key}
	}
	return to.printJSON(doctor.NewReport(checks))
}

// conclude says in one line what the report comes to.
func conclude(r doctor.Report, to Console) error {
	if faults := number(r, doctor.Fault); faults > 0 {
		return fmt.Errorf("a recording would not work: %s", count(faults, "fault"))
	}
	if to.JSON {
		return nil
	}
	line := "\na recording would work"
	if warnings := number(r, doctor.Warning); warnings > 0 {
		line += "; " + count(warnings, "warning")
	}
	_, err := fmt.Fprintln(to.Out, line)
	return err
}

func number(r doctor.Report, s doctor.Status) int {
	return len(slices.DeleteFunc(slices.Clone(r.Checks), func(c doctor.Check) bool { return c.Status != s }))
}

// page prints checks for people, as they come; its first error is kept.
type page struct {
	to  Console
	err error
}

func (p *page) check(c doctor.Check) {
	if p.to.JSON || p.err != nil {
		return
	}
	name := c.Name
	if c.Node != "" {
		name += " " + c.Node
	}
	_, p.err = fmt.Fprintf(p.to.Out, "%-8s %-29s %s\n", c.Status, name, printable(c.Seen))
	if p.err == nil && c.Advice != "" {
		_, p.err = fmt.Fprintf(p.to.Out, "         → %s\n", printable(c.Advice))
	}
}
