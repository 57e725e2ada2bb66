package legacy

import (
	"math"
	"strconv"
	"strings"

	"ari-recorder/api"
)

// representation is a form of an answer.
type representation int

const (
	asText representation = iota // the line, or the audio in BASE64
	asJSON
	asWAV
	asSOAP
)

// offer is a representation with the media types by which it may be asked for.
type offer struct {
	as    representation
	types []string
}

var (
	textOffer = offer{asText, []string{"text/plain"}}
	jsonOffer = offer{asJSON, []string{"application/json"}}
	wavOffer  = offer{asWAV, []string{"audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"}}
	soapOffer = offer{asSOAP, []string{"text/xml", "application/soap+xml"}}
)

// offers lists what the method can be answered with, the one that clients of old expect first.
func (m *method) offers() []offer {
	if m.audio {
		return []offer{textOffer, wavOffer}
	}
	return []offer{textOffer, jsonOffer}
}

// negotiate finds the form of the answer: by the parameter format if there is one, else by the Accept headers.
func (m *method) negotiate(q query, accept []string) (representation, error) {
	format, found, err := q.find("format")
	switch {
	case err != nil:
		return asText, err
	case !found:
		return choose(m.offers(), parseAccept(accept))
	case strings.EqualFold(format, "wav") && m.audio:
		return asWAV, nil
	case strings.EqualFold(format, "wav"):
		return asText, malformed("format=wav is for retrieve and retrieveByUniqueId; leave it out")
	case strings.EqualFold(format, "soap"):
		return asText, malformed(soapLater + "; leave format out")
	default:
		return asText, malformed("there is no format " + quote(format) + "; write format=wav, or leave it out")
	}
}

// choose takes the offer of the highest quality, the earlier one of equals. Clients that accept nothing that there is
// get the first: theirs are the Accept headers of old libraries, which nobody chose. Only who insists on SOAP is refused,
// since it would not know what to do with a line of text.
func choose(offers []offer, ranges []mediaRange) (representation, error) {
	best, quality := offers[0].as, 0.0
	for _, o := range offers {
		if q := o.quality(ranges); q > quality {
			best, quality = o.as, q
		}
	}
	if quality == 0 && soapOffer.quality(ranges) > 0 {
		return best, fault{api.CodeNotAcceptable, soapLater + "; accept text/plain or leave the Accept header out"}
	}
	return best, nil
}

// mediaRange is one of the types that a client accepts, such as audio/*;q=0.5.
type mediaRange struct {
	kind    string
	quality float64 // 0 to 1
}

// parseAccept reads Accept headers (RFC 9110, 12.5.1), and those of old Java clients, whose * stands for */*.
func parseAccept(headers []string) []mediaRange {
	var ranges []mediaRange
	for item := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		kind, parameters, _ := strings.Cut(item, ";")
		kind = strings.ToLower(strings.TrimSpace(kind))
		if kind == "*" {
			kind = "*/*"
		}
		if kind != "" {
			ranges = append(ranges, mediaRange{kind, qualityOf(parameters)})
		}
	}
	return ranges
}

func qualityOf(parameters string) float64 {
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || math.IsNaN(q) {
			return 0
		}
		return min(max(q, 0), 1)
	}
	return 1
}

// quality is the best that the client gives any of the offer's types.
func (o offer) quality(ranges []mediaRange) float64 {
	best := 0.0
	for _, kind := range o.types {
		best = max(best, qualityFor(kind, ranges))
	}
	return best
}

// qualityFor lets the most specific range decide, as */*;q=1, audio/wav;q=0 means everything but that.
func qualityFor(kind string, ranges []mediaRange) float64 {
	family, _, _ := strings.Cut(kind, "/")
	for _, wanted := range []string{kind, family + "/*", "*/*"} {
		for _, r := range ranges {
			if r.kind == wanted {
				return r.quality
			}
		}
	}
	return 0
}
