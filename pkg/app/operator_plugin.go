package app

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// The exit codes of a Nagios plug-in.
const (
	PluginOK       = 0
	PluginWarning  = 1
	PluginCritical = 2
	PluginUnknown  = 3 // it was not asked properly
)

var pluginWords = map[int]string{PluginOK: "OK", PluginWarning: "WARNING", PluginCritical: "CRITICAL", PluginUnknown: "UNKNOWN"}

// HealthPlugin asks as Health does and prints the one line of a Nagios plug-in, with performance data. It returns the
// plug-in's exit code.
func HealthPlugin(ctx context.Context, q HealthQuery, to Console) int {
	if to.JSON {
		return PluginRefusal(misused("--nagios prints a line of its own; leave --json out"), to)
	}
	h, err := q.ask(ctx)
	var usage *UsageError
	switch {
	case errors.As(err, &usage):
		return PluginRefusal(err, to)
	case err != nil:
		return pluginLine(PluginCritical, err.Error(), "", to)
	}
	code := map[string]int{healthPass: PluginOK, healthWarn: PluginWarning, healthFail: PluginCritical}[h.Status]
	text := h.troubles()
	if code == PluginOK {
		text = h.summary()
	}
	return pluginLine(code, text, h.performance(), to)
}

// PluginRefusal prints what is wrong with a plug-in's command line or configuration, and returns its exit code.
func PluginRefusal(err error, to Console) int { return pluginLine(PluginUnknown, err.Error(), "", to) }

func pluginLine(code int, text, performance string, to Console) int {
	line := fmt.Sprintf("ARI-RECORDER %s - %s", pluginWords[code], oneLine(text))
	if performance != "" {
		line += " |" + performance
	}
	if _, err := fmt.Fprintln(to.Out, line); err != nil {
		return PluginUnknown
	}
	return code
}

// oneLine keeps what components have said from beginning a plug-in's performance data or a second line.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '|':
			return '/'
		case unicode.IsPrint(r):
			return r
		}
		return ' '
	}, text)
}

// summary is what is worth reading while all is well.
func (h *healthDocument) summary() string {
	if len(h.Checks) == 0 {
		return "alive"
	}
	return fmt.Sprintf("version %s, %s, %s running, %d waiting for the archive", h.Version,
		count(len(h.Checks["asterisk:connectivity"]), "node"), count(h.first("recordings:active"), "recording"), h.first("archive:backlog"))
}

// first is the count in a check's first entry, which is there while all is well.
func (h *healthDocument) first(name string) int {
	for _, c := range h.Checks[name] {
		if n, ok := c.ObservedValue.(float64); ok {
			return int(n)
		}
	}
	return 0
}

// performance is every figure under its check's and component's names: label=value[unit].
func (h *healthDocument) performance() string {
	var list []string
	h.each(func(name string, c healthCheckJSON) {
		n, ok := c.ObservedValue.(float64)
		if !ok {
			return
		}
		unit := map[string]string{"ms": "ms", "s": "s", "bytes": "B"}[c.ObservedUnit]
		list = append(list, label(name, c.ComponentID)+"="+strconv.FormatFloat(n, 'f', -1, 64)+unit)
	})
	return strings.Join(list, " ")
}

// label is a name of performance data that needs no quotes anywhere.
func label(name, component string) string {
	if component != "" {
		name += "_" + component
	}
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '.') {
			return r
		}
		return '_'
	}, name)
}
