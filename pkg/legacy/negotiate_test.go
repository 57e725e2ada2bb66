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
		{line, []string{"text/xml, */*;q=0.1"}, asText},
		{audio, nil, asText},
		{audio, []string{chrome}, asText},
		{audio, []string{"audio/wav"}, asWAV},
		{audio, []string{"audio/x-wav"}, asWAV},
		{audio, []string{"audio/*"}, asWAV},
		{audio, []string{"audio/wav;q=0.3, */*;q=0.2"}, asWAV},
		{audio, []string{"audio/wav, text/plain"}, asText},
		{audio, []string{"application/json"}, asText},
	} {
		got, err := c.m.negotiate(nil, c.accept)
		require.NoError(t, err, c.accept)
		require.Equal(t, c.want, got, c.accept)
	}
}

func TestWhoAcceptsOnlySOAPIsRefusedAndNothingHappens(t *testing.T) {
	service := &fakeService{}
	s := serve(t, service, Options{})
	for _, accept := range []string{"text/xml", "application/soap+xml", "text/xml, image/gif"} {
		r := s.get(startQuery, "Accept", accept)
		require.Equal(t, 406, r.StatusCode, accept)
		require.Contains(t, r.line(t), "SOAP comes with a later version")
	}
	require.Empty(t, service.calls())
}
