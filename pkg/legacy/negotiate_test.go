package legacy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAcceptDecidesTheForm(t *testing.T) {
	const chrome = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
	line, audio := &method{}, &method{audio: true}
	for _, c := range []struct {
		m      *method
		accept []string
		want   representation
	}{
		{line, nil, asText},
		{line, []string{""}, asText},
		{line, []string{"*/*"}, asText},
		{line, []string{chrome}, asText},
		{line, []string{"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"}, asText},
		{line, []string{"application/json"}, asJSON},
		{line, []string{"Application/JSON; charset=utf-8"}, asJSON},
		{line, []string{"application/json, text/plain, */*"}, asText},
		{line, []string{"application/json, text/plain;q=0.9"}, asJSON},
		{line, []string{"application/json;q=0.5, text/plain;q=0.9"}, asText},
		{line, []string{"application/json, */*;q=0.1"}, asJSON},
		{line, []string{"application/*"}, asJSON},
		{line, []string{"text/plain;q=0, */*"}, asJSON},
		{line, []string{"text/plain;q=0.2", "application/json"}, asJSON},
		{line, []string{"application/json;q=0"}, asText},
		{line, []string{"application/json;q=nonsense"}, asText},
		{line, []string{"application/json;q=NaN, text/plain;q=0.1"}, asText},
		{line, []string{"image/png"}, asText},
		{line, []string{"audio/wav"}, asText},
		{line, []string{",;,/,"}, asText},
		{line, []string{"text/xml"}, asSOAP},
		{line, []string{"application/soap+xml"}, asSOAP},
		{line, []string{"text/xml, image/gif"}, asSOAP},
		{line, []string{"text/xml, */*;q=0.1"}, asSOAP},
		{line, []string{"text/xml, */*"}, asText},
		{line, []string{"text/xml;q=0.5, application/json"}, asJSON},
		{line, []string{"text/*"}, asText},
		{audio, []string{"text/xml"}, asSOAP},
		{audio, []string{"text/xml, audio/wav"}, asWAV},
		{audio, nil, asText},
		{audio, []string{chrome}, asText},
		{audio, []string{"audio/wav"}, asWAV},
		{audio, []string{"audio/x-wav"}, asWAV},
		{audio, []string{"audio/*"}, asWAV},
		{audio, []string{"audio/wav;q=0.3, */*;q=0.2"}, asWAV},
		{audio, []string{"audio/wav, text/plain"}, asText},
		{audio, []string{"application/json"}, asText},
	} {
		got, err := c.m.negotiate(Options{}.offers(c.m.own()), nil, c.accept)
		require.NoError(t, err, c.accept)
		require.Equal(t, c.want, got, c.accept)
	}
}

func TestASiteMayMakeTheEnvelopeTheDefault(t *testing.T) {
	line, audio := &method{}, &method{audio: true}
	for _, c := range []struct {
		m      *method
		query  string
		accept string
		want   representation
	}{
		{line, "", "", asSOAP},
		{line, "", "*/*", asSOAP},
		{line, "", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", asSOAP},
		{line, "", "text/html,application/xhtml+xml,*/*;q=0.8", asSOAP},
		{line, "", "image/png", asSOAP},
		{line, "", "text/plain", asText},
		{line, "", "text/plain, */*;q=0.5", asText},
		{line, "", "application/json", asJSON},
		{audio, "", "", asSOAP},
		{audio, "", "audio/wav", asWAV},
		{audio, "format=wav", "", asWAV},
		{audio, "format=wav", "text/xml", asWAV},
		{audio, "format=soap", "text/plain", asSOAP},
	} {
		q, err := parseQuery(c.query)
		require.NoError(t, err)
		got, err := c.m.negotiate(Options{SOAPByDefault: true}.offers(c.m.own()), q, []string{c.accept})
		require.NoError(t, err)
		require.Equal(t, c.want, got, c)
	}
}

func TestErrorsComeInTheFormOfTheAnswer(t *testing.T) {
	for _, c := range []struct {
		query, accept string
		byDefault     bool
		envelope      bool
	}{
		{"method=nonsense", "", false, false},
		{"method=nonsense", "text/xml", false, true},
		{"method=nonsense&format=SOAP", "", false, true},
		{"method=%zz", "text/xml", false, true},
		{"method=%zz&format=soap", "", false, false},
		{"method=retrieve&tag=1&format=mp3", "text/xml", false, true},
		{"method=retrieve&tag=1&format=wav", "text/xml", false, false},
		{"method=nonsense", "", true, true},
		{"method=%zz", "*/*", true, true},
		{"method=nonsense", "text/plain", true, false},
		{"method=nonsense", "application/json", true, false},
		{"method=nonsense", "audio/wav", true, false},
		{"method=nonsense&format=wav", "", true, false},
		{"method=retrieve&tag=1&format=mp3", "", true, true},
	} {
		s := serve(t, &fakeService{}, Options{SOAPByDefault: c.byDefault})
		r := s.get(c.query, "Accept", c.accept)
		require.Equal(t, 400, r.StatusCode, c)
		if c.envelope {
			require.Equal(t, "soapenv:Client", r.fault(t).Code, c)
		} else {
			require.NotEmpty(t, r.line(t), c)
		}
	}
}
