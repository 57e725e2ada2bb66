package config

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// text returns what is written for key, else its default.
func (l *layers) text(key string) string {
	if text, ok := l.items[key]; ok {
		return text
	}
	if text, _ := l.v.Get(key).(string); text != "" {
		return text
	}
	k, _ := find(key)
	return k.fallback()
}

// list returns the parts of a comma list.
func (l *layers) list(key string) []string {
	var parts []string
	for part := range strings.SplitSeq(l.text(key), ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// length returns how many items are written under key.
func (l *layers) length(key string) int {
	count, err := strconv.Atoi(l.text(key))
	if err != nil {
		return 0 // none: the walker writes nothing else
	}
	return count
}

// missing notes that an item has no such field, unless something else is known to be wrong with that, or with the item.
func (l *layers) missing(prefix, field string) {
	if key := prefix + "." + field; !l.faulty(key) && !l.faulty(prefix) {
		l.fault(key, "is missing")
	}
}

// choice returns one of the words.
func (l *layers) choice(key string, words []string) string {
	text := l.text(key)
	if !slices.Contains(words, text) {
		l.fault(key, fmt.Sprintf("%q is not one of %s", text, strings.Join(words, ", ")))
	}
	return text
}

func (l *layers) boolean(key string) bool {
	value, err := strconv.ParseBool(l.text(key))
	if err != nil {
		l.fault(key, fmt.Sprintf("%q is neither true nor false", l.text(key)))
	}
	return value
}

func (l *layers) count(key string) int {
	value, err := strconv.Atoi(l.text(key))
	if err != nil || value < 0 {
		l.fault(key, fmt.Sprintf("%q is not a whole number from 0 upwards", l.text(key)))
	}
	return value
}

// duration returns a time in whole seconds: Asterisk takes nothing finer.
func (l *layers) duration(key string) time.Duration {
	value, err := time.ParseDuration(l.text(key))
	if err != nil || value < 0 || value%time.Second != 0 {
		l.fault(key, fmt.Sprintf("%q is not a duration in whole seconds; write for example 90m or 4h, or 0 for none", l.text(key)))
	}
	return value
}

const (
	day     = 24 * time.Hour
	maxDays = 36500 // a hundred years; far below what overflows a time.Duration
)

var daysPattern = regexp.MustCompile(`^(?:0|([0-9]{1,5})d)$`)

var sizePattern = regexp.MustCompile(`^([0-9]{1,15})(KiB|MiB|GiB|TiB)?$`)

// size returns a number of bytes.
func (l *layers) size(key string) uint64 {
	parts := sizePattern.FindStringSubmatch(l.text(key))
	if parts == nil {
		l.fault(key, fmt.Sprintf("%q is not a size; write for example 256MiB or 2GiB, or 0 for none", l.text(key)))
		return 0
	}
	value, err := strconv.ParseUint(parts[1], 10, 64)
	shift := map[string]uint{"KiB": 10, "MiB": 20, "GiB": 30, "TiB": 40}[parts[2]]
	if err != nil || value > 1<<60>>shift {
		l.fault(key, fmt.Sprintf("%q is more than any disk has", l.text(key)))
	}
	return value << shift
}

// days returns a time in whole days of 24 hours.
func (l *layers) days(key string) time.Duration {
	value, ok := parseDays(l.text(key))
	if !ok {
		l.fault(key, fmt.Sprintf("%q is not a number of days up to %d; write for example 90d", l.text(key), maxDays))
	}
	return value
}

func parseDays(text string) (time.Duration, bool) {
	match := daysPattern.FindStringSubmatch(text)
	if match == nil {
		return 0, false
	}
	if match[1] == "" {
		return 0, true
	}
	n, err := strconv.Atoi(match[1])
	return time.Duration(n) * day, err == nil && n <= maxDays
}

// networks returns a list of CIDRs, those of IPv4 in IPv6 as those of IPv4. Bits behind the mask are refused: they are a
// slip, and guessing which of both was meant would open or close an address that nobody thought of.
func (l *layers) networks(key string) []netip.Prefix {
	var prefixes []netip.Prefix
	for _, part := range l.list(key) {
		prefix, err := netip.ParsePrefix(part)
		switch {
		case err != nil:
			l.fault(key, fmt.Sprintf("%q is not a network such as 10.0.0.0/8 or 10.1.2.3/32", part))
		case prefix != prefix.Masked():
			l.fault(key, fmt.Sprintf("%q has bits behind its mask; write %s", part, prefix.Masked()))
		default:
			prefixes = append(prefixes, unmapped(prefix))
		}
	}
	return prefixes
}

func unmapped(prefix netip.Prefix) netip.Prefix {
	if prefix.Addr().Is4In6() && prefix.Bits() >= 96 {
		return netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
	}
	return prefix
}

var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

const nameRule = "%q must be 1 to 64 letters, digits, -, _ or ., beginning with a letter or digit"

// name checks a text that becomes part of names in Asterisk and of file names there.
func (l *layers) name(key, text string) string {
	if !namePattern.MatchString(text) {
		l.fault(key, fmt.Sprintf(nameRule, text))
	}
	return text
}
