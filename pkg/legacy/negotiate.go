package legacy

import (
	"math"
	"strconv"
	"strings"
)

// representation is a form of an answer.
type representation int

const (
	asText representation = iota // the line, or the audio in BASE64
	asJSON
	asWAV
	asSOAP // an envelope around the line, or around the audio in BASE64
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

// own is what the method alone can be answered with.
func (m *method) own() offer {
	if m.audio {
		return wavOffer
	}
	return jsonOffer
}

// offers lists what can be answered with, first what this site's clients of old expect.
func (o Options) offers(own ...offer) []offer {
	list := append([]offer{textOffer}, own...)
	if o.SOAPByDefault {
		return append([]offer{soapOffer}, list...)
	}
	return append(list, soapOffer)
}

// negotiate finds the form of the answer: by the parameter format if there is one, else by the Accept headers.
func (m *method) negotiate(offers []offer, q query, accept []string) (representation, error) {
	format, found, err := q.find("format")
	switch {
	case err != nil:
		return asText, err
	case !found:
		return choose(offers, parseAccept(accept)), nil
	case strings.EqualFold(format, "soap"):
		return asSOAP, nil
	case strings.EqualFold(format, "wav") && m.audio:
		return asWAV, nil
	case strings.EqualFold(format, "wav"):
		return asText, malformed("format=wav is for retrieve and retrieveByUniqueId; leave it out")
	default:
		return asText, malformed("there is no format " + quote(format) + "; write format=wav or format=soap, or leave it out")
	}
}

// errorForm finds the form in which GET is told of errors, even where it is not known what is asked for: an envelope if
// the answer would be one, else text.
func (o Options) errorForm(q query, accept []string) form {
	as := choose(o.offers(jsonOffer, wavOffer), parseAccept(accept))
	switch format, _, _ := q.find("format"); strings.ToLower(format) {
	case "soap":
		as = asSOAP
	case "wav":
		as = asText
	}
	return form{as: as, dialect: axis}
}

// choose takes the offer of the highest quality, the earlier one of equals. Clients that accept nothing that there is
// get the first: theirs are the Accept headers of old libraries, which nobody chose.
func choose(offers []offer, ranges []mediaRange) representation {
	best, quality := offers[0].as, 0.0
	for _, o := range offers {
		if q := o.quality(ranges); q > quality {
			best, quality = o.as, q
		}
	}
	return best
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
