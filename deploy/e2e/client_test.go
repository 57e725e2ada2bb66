package e2e

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab/tone"
)

const legacyPath = "/servicemanager/services/njadmin-api-recording"

// answer is what the service said.
type answer struct {
	status int
	body   string
	header http.Header
}

// id is the recording's.
func (a answer) id() string { return a.header.Get("X-Recording-Id") }

// fetch gets a path of the service; status 0 means that there was no answer.
func (s *service) fetch(path string, header http.Header) answer {
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.URL+path, nil)
	require.NoError(s.t, err)
	if header != nil {
		request.Header = header
	}
	client := http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: s.TLS}}
	response, err := client.Do(request)
	if err != nil {
		return answer{body: err.Error(), header: http.Header{}}
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	return answer{response.StatusCode, string(body), response.Header}
}

// ask calls a method of the legacy API; what is name, value, name, value, …
func (s *service) ask(method string, what ...string) answer {
	query := url.Values{"method": {method}}
	for i := 0; i < len(what); i += 2 {
		query.Set(what[i], what[i+1])
	}
	return s.fetch(legacyPath+"?"+query.Encode(), nil)
}

// record starts a recording and insists that it works; it returns the recording's id.
func (s *service) record(channel, tag string) string {
	s.t.Helper()
	a := s.ask("start", "extenOrUniqueId", channel, "tag", tag)
	require.Equal(s.t, http.StatusOK, a.status, a.body)
	require.NotEmpty(s.t, a.id())
	return a.id()
}

// stop stops a recording and insists that it works; it returns the recording's id.
func (s *service) stop(channel string) string {
	s.t.Helper()
	a := s.ask("stop", "extenOrUniqueId", channel)
	require.Equal(s.t, http.StatusOK, a.status, a.body)
	return a.id()
}

// hear retrieves a tag's newest recording as the seed's clients do, and decodes it.
func (s *service) hear(tag string) (answer, tone.WAV) {
	s.t.Helper()
	a := s.ask("retrieve", "tag", tag, "username", "fred")
	return a, s.decode(a)
}

func (s *service) decode(a answer) tone.WAV {
	s.t.Helper()
	require.Equal(s.t, http.StatusOK, a.status, a.body)
	require.Equal(s.t, "no-store", a.header.Get("Cache-Control"))
	file, err := base64.StdEncoding.Strict().DecodeString(a.body)
	require.NoError(s.t, err)
	wav, err := tone.ReadWAV(file)
	require.NoError(s.t, err)
	return wav
}

// holds insists that every tone is in the audio.
func (s *service) holds(wav tone.WAV, tones ...float64) {
	s.t.Helper()
	for _, hz := range tones {
		require.True(s.t, tone.Heard(wav.Channels[0], wav.Rate, hz), "%v Hz is not in the recording of %v", hz, length(wav))
	}
}

func length(wav tone.WAV) time.Duration {
	return time.Duration(len(wav.Channels[0])) * time.Second / time.Duration(wav.Rate)
}

// details is the part of a recording's JSON that tests look at.
type details struct {
	ID, State, Tag, UniqueID, LinkedID, Channel, Extension, SHA256 string
	Duration                                                       *int64 `json:"duration_ms"`
	Failure                                                        *struct{ Code, Detail string }
}

// describe asks for a running recording's JSON by starting it again under its tag.
func (s *service) describe(channel, tag string) details {
	s.t.Helper()
	query := url.Values{"method": {"start"}, "extenOrUniqueId": {channel}, "tag": {tag}}
	a := s.fetch(legacyPath+"?"+query.Encode(), http.Header{"Accept": {"application/json"}})
	require.Equal(s.t, http.StatusOK, a.status, a.body)
	var d details
	require.NoError(s.t, json.Unmarshal([]byte(a.body), &d))
	return d
}
