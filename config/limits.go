package config

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
)

var ratePattern = regexp.MustCompile(`^([0-9]{1,7}(?:\.[0-9]{1,3})?)(?:/([0-9]{1,7}))?$`)

const maxRate = 1_000_000 // requests a second, or at once; more than one process answers

// rate returns RATE or RATE/BURST. Without a burst, what a second allows may come at once.
func (l *layers) rate(key string) Rate {
	r, ok := parseRate(l.text(key))
	if !ok {
		l.fault(key, fmt.Sprintf("%q is not a number of requests a second up to %d; write for example 50, 50/200 to let 200 come at once, or 0 for no limit",
			l.text(key), maxRate))
	}
	return r
}

func parseRate(text string) (Rate, bool) {
	match := ratePattern.FindStringSubmatch(text)
	if match == nil {
		return Rate{}, false
	}
	perSecond, err := strconv.ParseFloat(match[1], 64)
	if err != nil || perSecond > maxRate {
		return Rate{}, false
	}
	if perSecond == 0 {
		return Rate{}, match[2] == ""
	}
	if match[2] == "" {
		return Rate{PerSecond: perSecond, Burst: int(math.Ceil(perSecond))}, true
	}
	burst, err := strconv.Atoi(match[2])
	return Rate{PerSecond: perSecond, Burst: burst}, err == nil && burst >= 1 && burst <= maxRate
}

// String returns RATE/BURST, or 0.
func (r Rate) String() string {
	if r.PerSecond == 0 {
		return "0"
	}
	return strconv.FormatFloat(r.PerSecond, 'f', -1, 64) + "/" + strconv.Itoa(r.Burst)
}
