package app_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/access"
	"ari-recorder/pkg/app"
	"ari-recorder/pkg/asterisk/asterisktest"
	"ari-recorder/pkg/journal"
)

// teller is a site whose every request has an id, and whose log is read line by line.
type teller struct {
	*site
	crm, boss string // keys
	asked     []string
}

func openTeller(t *testing.T, settings ...string) *teller {
	t.Helper()
	defer http.DefaultClient.CloseIdleConnections()
	s := &teller{crm: access.NewKey(), boss: access.NewKey()}
	file := filepath.Join(t.TempDir(), "keys.yaml")
	keys := fmt.Sprintf("- {name: crm, hash: %q, scopes: [record, retrieve]}\n- {name: boss, hash: %q, scopes: [admin]}\n",
		access.HashOf(s.crm), access.HashOf(s.boss))
	require.NoError(t, os.WriteFile(file, []byte(keys), 0o600))
	s.site = open(t, append(settings, "AUTH_KEYS_FILE="+file)...)
	s.ready()
	return s
}

// send asks under an id and insists on the status and on the id in the answer; it returns the body.
func (s *teller) send(id string, status int, method, path, body string, headers ...string) string {
	s.t.Helper()
	s.asked = append(s.asked, id)
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	require.NoError(s.t, err)
	r.Header.Set("X-Request-Id", id)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(s.t, err)
	answer, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	require.NoError(s.t, response.Body.Close())
	require.Equal(s.t, status, response.StatusCode, "%s %s: %s", method, path, answer)
	require.Equal(s.t, id, response.Header.Get("X-Request-Id"))
	return string(answer)
}

// do is send of a request to REST with the CRM's key.
func (s *teller) do(id string, status int, method, path, body string) string {
	s.t.Helper()
	return s.send(id, status, method, path, body, "Authorization", "Bearer "+s.crm, "Content-Type", "application/json")
}

// start starts a recording of the channel and returns its id.
func (s *teller) start(id, channel, tag string) string {
	s.t.Helper()
	var made struct{ ID string }
	answer := s.do(id, http.StatusCreated, http.MethodPost, "/v1/recordings", fmt.Sprintf(`{"channel": %q, "tag": %q}`, channel, tag))
	require.NoError(s.t, json.Unmarshal([]byte(answer), &made))
	return made.ID
}

// call lets a channel appear, and waits until the service has seen it.
func (s *teller) call(uniqueID, name string) {
	s.t.Helper()
	s.pbx.AddChannel(asterisktest.Channel{ID: uniqueID, Name: name})
	require.Eventually(s.t, func() bool {
		return s.ask(http.MethodGet, "/v1/calls/"+uniqueID, s.boss, "X-Request-Id", "looking").StatusCode == http.StatusOK
	}, 10*time.Second, 5*time.Millisecond)
}

// becomes waits for a recording's state.
func (s *teller) becomes(id, state string) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		for _, l := range s.lines() {
			if l["recording"] == id && l["state"] == state {
				return true
			}
		}
		return false
	}, 10*time.Second, 5*time.Millisecond, "%s never was %s", id, state)
}

// line is one of the log's.
type line map[string]any

// lines reads the log and insists that each is an object of JSON with known names, none of them twice.
func (s *teller) lines() (all []line) {
	s.t.Helper()
	known := map[string]bool{"time": true, "level": true, "msg": true}
	for _, n := range journal.Names {
		known[n.Name] = true
	}
	for text := range strings.Lines(s.log.String()) {
		l := line{}
		require.NoError(s.t, json.Unmarshal([]byte(text), &l), text)
		for name := range l {
			require.True(s.t, known[name], "%q in %s is not in the table of names", name, text)
			require.Equal(s.t, 1, strings.Count(text, `"`+name+`":`), "%q is in it twice: %s", name, text)
		}
		all = append(all, l)
	}
	return all
}

// of are the lines with these values, given as name, value, …
func (s *teller) of(pairs ...any) (found []line) {
	s.t.Helper()
	for _, l := range s.lines() {
		fits := true
		for i := 0; i < len(pairs); i += 2 {
			fits = fits && l[pairs[i].(string)] == pairs[i+1]
		}
		if fits {
			found = append(found, l)
		}
	}
	return found
}

// says insists on exactly one line with these values.
func (s *teller) says(pairs ...any) line {
	s.t.Helper()
	found := s.of(pairs...)
	require.Len(s.t, found, 1, "lines with %v in\n%s", pairs, s.log)
	return found[0]
}

const changed = "the recording's state has changed"

// A whole story: what is asked, and what happens by itself, is in the log once, under the same names.
func TestTheLogTellsTheWholeStory(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	s := openTeller(t)
	s.call("1.1", "PJSIP/410-00000001")
	id := s.start("r-start", "410", "22")
	s.becomes(id, "recording")
	s.do("r-again", 200, http.MethodPost, "/v1/recordings", `{"channel": "410", "tag": "22"}`)
	s.do("r-other", 409, http.MethodPost, "/v1/recordings", `{"channel": "410", "tag": "23"}`)
	s.do("r-pause", 200, http.MethodPost, "/v1/recordings/"+id+"/pause", "")
	s.do("r-resume", 200, http.MethodPost, "/v1/recordings/"+id+"/resume", "")
	s.do("r-stop", 200, http.MethodPost, "/v1/recordings/"+id+"/stop", "")
	s.becomes(id, "available")
	s.pbx.HangUp("1.1")
	s.send("r-hear", 200, http.MethodGet, legacyAddress+"?method=retrieve&tag=22&username=fred&apiKey="+s.crm, "")
	s.send("r-part", 206, http.MethodGet, "/v1/recordings/"+id+"/audio?username=ann", "", "Range", "bytes=0-43",
		"Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("x:"+s.crm)))
	s.send("r-private", 200, http.MethodPatch, "/v1/recordings/"+id, `{"private": true}`, "X-API-Key", s.boss, "Content-Type", "application/merge-patch+json")
	s.send("r-erase", 204, http.MethodDelete, "/v1/recordings/"+id+"?erase=true", "", "X-API-Key", s.boss)

	for request, more := range map[string][]any{
		"r-start": {"status", 201.0, "key", "crm"}, "r-again": {"status", 200.0}, "r-other": {"status", 409.0, "code", "other_tag"}, "r-pause": {}, "r-resume": {},
		"r-stop": {}, "r-hear": {"username", "fred", "key", "crm"}, "r-part": {"username", "ann"}, "r-private": {"key", "boss"}, "r-erase": {"key", "boss"},
	} {
		s.says(append([]any{"msg", "request", "level", "INFO", "request", request, "recording", id, "uniqueid", "1.1", "node", "default", "client", "127.0.0.1"}, more...)...)
	}
	for _, step := range [][]any{
		{"from", "", "state", "starting", "request", "r-start"}, {"from", "starting", "state", "recording", "request", "r-start"},
		{"from", "recording", "state", "paused", "request", "r-pause"}, {"from", "paused", "state", "recording", "request", "r-resume"},
		{"from", "recording", "state", "stopping", "request", "r-stop"}, {"from", "stopping", "state", "archiving", "request", "r-stop"},
		{"from", "archiving", "state", "available", "request", nil}, // the filer's work, which nobody has asked for
	} {
		s.says(append(step, "msg", changed, "level", "INFO", "recording", id, "node", "default", "uniqueid", "1.1")...)
	}
	require.Len(t, s.of("msg", changed), 7)
	for event, request := range map[string]string{"private_changed": "r-private", "erase_requested": "r-erase", "erased": "r-erase"} {
		s.says("msg", "the recording has changed", "event", event, "request", request, "recording", id, "key", "boss")
	}
	s.asTheTimelineHasIt(id)
	s.oneLineEach()
}

func TestTheLogTellsWhatGoesWrong(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	s := openTeller(t, "RECORDING_CAPTURE=mixed") // one snoop channel: it is certain which request a fault meets
	s.send("w-nobody", 401, http.MethodGet, "/v1/recordings", "", "Authorization", "Bearer wrong-"+s.boss)
	s.send("w-nowhere", 404, http.MethodGet, "/wp-login.php", "")
	s.do("w-method", 405, http.MethodPut, "/v1/recordings", "")
	s.do("w-scope", 403, http.MethodGet, "/v1/audit", "")
	s.send("w-call", 404, http.MethodGet, legacyAddress+"?method=start&extenOrUniqueId=999&tag=1", "", "X-API-Key", s.crm)
	s.says("msg", "request", "request", "w-nobody", "code", "unauthorized", "level", "INFO")
	s.says("msg", "request", "request", "w-scope", "code", "forbidden", "key", "crm")
	s.says("msg", "request", "request", "w-call", "code", "no_channel", "error", "no live call on extension 999")

	s.call("1.2", "PJSIP/411-00000002")
	s.pbx.Inject(asterisktest.Fault{Method: http.MethodPost, Path: "/variable", Status: 500, Message: "out of order"})
	s.pbx.Inject(asterisktest.Fault{Method: http.MethodPost, Path: "/record", Status: 422, Message: "out of order"})
	s.do("w-refused", 503, http.MethodPost, "/v1/recordings", `{"channel": "411", "tag": "30"}`)
	refused := s.says("msg", changed, "state", "failed", "level", "WARN", "request", "w-refused", "code", "record_refused", "uniqueid", "1.2", "key", "crm")
	s.says("msg", "request", "request", "w-refused", "level", "WARN", "code", "asterisk_unavailable", "recording", refused["recording"])
	s.says("level", "WARN", "request", "w-refused", "msg", "the snoop channel may leave a row in Asterisk's CDR", "recording", refused["recording"])

	lost := s.start("w-lost", "411", "31")
	s.becomes(lost, "recording")
	s.pbx.Inject(asterisktest.Fault{Method: http.MethodGet, Path: "/stored/ari-recorder-" + lost, Times: -1, Status: 404, Message: "Recording not found"})
	s.pbx.HangUp("1.2")
	s.becomes(lost, "failed")
	s.says("msg", changed, "recording", lost, "from", "recording", "state", "archiving", "request", nil, "uniqueid", "1.2", "node", "default")
	s.says("msg", changed, "recording", lost, "state", "failed", "level", "ERROR", "code", "no_file", "request", nil)
	s.asTheTimelineHasIt(lost)
	s.oneLineEach()
}

// asTheTimelineHasIt compares the log with what the database says: each state that a recording has had is one line.
func (s *teller) asTheTimelineHasIt(id string) {
	s.t.Helper()
	var list struct {
		Events []struct{ State string }
	}
	answer := s.send("timeline-"+id, 200, http.MethodGet, "/v1/recordings/"+id+"/events", "", "X-API-Key", s.boss)
	require.NoError(s.t, json.Unmarshal([]byte(answer), &list))
	var kept, told []string
	for _, e := range list.Events {
		if len(kept) == 0 || kept[len(kept)-1] != e.State {
			kept = append(kept, e.State)
		}
	}
	for _, l := range s.of("msg", changed, "recording", id) {
		told = append(told, l["state"].(string))
	}
	require.Equal(s.t, kept, told)
}

// oneLineEach ends the service and insists that each request has one line, and that no secret is in any.
func (s *teller) oneLineEach() {
	s.t.Helper()
	http.DefaultClient.CloseIdleConnections()
	require.NoError(s.t, s.end())
	for _, id := range s.asked {
		s.says("msg", "request", "request", id)
	}
	require.Len(s.t, s.of("msg", "request"), len(s.asked)+len(s.of("msg", "request", "request", "looking")), "health is not among them")
	for _, secret := range []string{s.crm, s.boss, access.HashOf(s.crm), access.HashOf(s.boss), s.pbx.Password, "Basic ", "Bearer "} {
		require.NotContains(s.t, s.log.String(), secret)
	}
	require.Contains(s.t, s.log.String(), `"config"`)
}

// Whatever is asked, and whether it may be: the answer bears the request's id.
func TestEveryAnswerBearsItsRequestsID(t *testing.T) {
	routes, err := app.RoutesOf(configured(t))
	require.NoError(t, err)
	s := openTeller(t)
	defer http.DefaultClient.CloseIdleConnections()
	for _, r := range routes {
		for _, key := range []string{s.boss, "wrong"} {
			require.Equal(t, "id-1", s.ask(r.Method, pathOf(r), key, "X-Request-Id", "id-1").Header.Get("X-Request-Id"), r.Path)
			ours := s.ask(r.Method, pathOf(r), key, "X-Request-Id", strings.Repeat("x", 129)).Header.Get("X-Request-Id")
			require.Regexp(t, `^[A-Z2-7]{26}$`, ours, "an id that is no id is replaced by ours")
		}
	}
}

// The names are written down for people, and for the linter, which refuses all others in the program.
func TestTheTableOfNamesIsTheSameEverywhere(t *testing.T) {
	guide, err := os.ReadFile("../../deploy/guides/logs.md")
	require.NoError(t, err)
	lint, err := os.ReadFile("../../.golangci.yml")
	require.NoError(t, err)
	var table, list bytes.Buffer
	for _, n := range journal.Names {
		fmt.Fprintf(&table, "| `%s` | %s |\n", n.Name, n.Doc)
		fmt.Fprintf(&list, "%s, ", n.Name)
	}
	require.Contains(t, string(guide), "|---|---|\n"+table.String()+"\n")
	require.Contains(t, string(lint), "allowed-keys: ["+strings.TrimSuffix(list.String(), ", ")+"]\n")
}
