package rest

import (
	"mime"
	"strconv"
	"strings"
)

// negotiate chooses from the offers what the Accept headers like best, the earlier of equals; "" if they like none. Of
// several ranges that cover an offer the most exact one counts (RFC 9110, 12.5.1).
func negotiate(offers, accept []string) string {
	ranges := parseAccept(accept)
	if len(ranges) == 0 {
		return offers[0]
	}
	best, quality := "", 0.0
	for _, offer := range offers {
		if q := qualityOf(offer, ranges); q > quality {
			best, quality = offer, q
		}
	}
	return best
}

// mediaRange is one of the types that a client accepts, such as text/*;q=0.5.
type mediaRange struct {
	kind    string
	quality float64
}

func parseAccept(headers []string) []mediaRange {
	var ranges []mediaRange
	for _, part := range strings.Split(strings.Join(headers, ","), ",") {
		kind, parameters, err := mime.ParseMediaType(part)
		if err != nil {
			continue // what cannot be read says nothing
		}
		quality := 1.0
		if q, err := strconv.ParseFloat(parameters["q"], 64); err == nil {
			quality = q
		}
		ranges = append(ranges, mediaRange{kind, quality})
	}
	return ranges
}

// qualityOf looks for the most exact range first; * alone is how old clients, such as Java's own, write */*.
func qualityOf(offer string, ranges []mediaRange) float64 {
	family, _, _ := strings.Cut(offer, "/")
	for _, cover := range []string{offer, family + "/*", "*/*", "*"} {
		for _, r := range ranges {
			if r.kind == cover {
				return r.quality
			}
		}
	}
	return 0
}
