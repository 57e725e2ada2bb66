// Package doctor looks whether a recording would work on this machine, with this configuration, and says of each fault
// what to do about it. It works beside a running service, disturbs nobody, and leaves nothing behind.
package doctor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ari-recorder/config"
)

// Status is what a check has come to.
type Status string

// The statuses, the worst last but for skipped.
const (
	OK      Status = "ok"
	Hint    Status = "hint"    // could be better
	Warning Status = "warning" // something will not work, or not for long
	Fault   Status = "fault"   // a recording would not work, or nobody can tell
	Skipped Status = "skipped" // cannot be looked at, because of another fault or so as not to disturb
)

// Check is one thing that was looked at.
type Check struct {
	Name   string `json:"name"`           // subject:aspect, never changed
	Node   string `json:"node,omitempty"` // the Asterisk that it is about
	Status Status `json:"status"`
	Seen   string `json:"seen"`
	Advice string `json:"advice,omitempty"` // what to do; empty where there is nothing to be done
}

// Report is all that was looked at.
type Report struct {
	Status Status  `json:"status"` // ok, warning or fault: a recording works unless it is fault
	Checks []Check `json:"checks"`
}

// NewReport sums up the checks.
func NewReport(checks []Check) Report {
	has := func(s Status) bool { return slices.ContainsFunc(checks, func(c Check) bool { return c.Status == s }) }
	switch {
	case has(Fault):
		return Report{Fault, checks}
	case has(Warning):
		return Report{Warning, checks}
	default:
		return Report{OK, checks}
	}
}

// Options say what to look at.
type Options struct {
	Config config.Config
	Local  string                      // where the service, if it runs, answers on this machine, such as http://127.0.0.1:8080; empty: unknown
	Bucket func(context.Context) error // tries out the bucket that the storage is in, as archive.TryBucket does; nil: it is a folder
	Now    func() time.Time            // nil: this machine's clock
}

// bound is how long all of it may take.
const bound = 30 * time.Second

// Examine looks at everything that recordings need. Each check is told as soon as it and those before it are done. If ctx
// ends, the report is of no use; what was begun is taken back all the same.
func Examine(ctx context.Context, o Options, told func(Check)) Report {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	if o.Now == nil {
		o.Now = time.Now
	}
	address := o.address(ctx)
	subjects := []func(context.Context) []Check{
		o.machine,
		func(context.Context) []Check { return address.list },
		o.database, o.storage,
	}
	for _, node := range o.Config.Asterisk.Nodes {
		v := &visit{Options: o, node: node, notes: notes{node: node.Name}, serviceRuns: address.ours}
		subjects = append(subjects, v.examine)
	}
	return NewReport(collect(ctx, subjects, told))
}

// collect examines all subjects at once and tells of them in their order.
func collect(ctx context.Context, subjects []func(context.Context) []Check, told func(Check)) []Check {
	results := make([]chan []Check, len(subjects))
	for i, subject := range subjects {
		results[i] = make(chan []Check, 1)
		go func() { results[i] <- subject(ctx) }()
	}
	var all []Check
	for _, result := range results {
		for _, check := range <-result {
			told(check)
			all = append(all, check)
		}
	}
	return all
}

// notes are the checks of one subject.
type notes struct {
	node string
	list []Check
}

func (n *notes) add(name string, status Status, seen, advice string) {
	n.list = append(n.list, Check{Name: name, Node: n.node, Status: status, Seen: seen, Advice: advice})
}

func (n *notes) ok(name, seen string, args ...any) { n.add(name, OK, fmt.Sprintf(seen, args...), "") }

func (n *notes) hint(name, seen, advice string) { n.add(name, Hint, seen, advice) }

func (n *notes) warning(name, seen, advice string) { n.add(name, Warning, seen, advice) }

func (n *notes) fault(name, seen, advice string) { n.add(name, Fault, seen, advice) }

func (n *notes) skip(why string, names ...string) {
	for _, name := range names {
		n.add(name, Skipped, why, "")
	}
}

// skew tells how far a clock is from ours, in words; empty if that is not worth a word.
func skew(ahead, uncertainty time.Duration) string {
	const much = 2 * time.Second
	switch {
	case ahead > much+uncertainty:
		return ahead.Round(100*time.Millisecond).String() + " ahead of this machine's"
	case -ahead > much+uncertainty:
		return (-ahead).Round(100*time.Millisecond).String() + " behind this machine's"
	default:
		return ""
	}
}

const setClocks = "set the clocks of both machines by NTP, such as with chrony or systemd-timesyncd: timedatectl set-ntp true"
