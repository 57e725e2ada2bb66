//go:build !stack

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
	"ari-recorder/pkg/asterisk/asterisktest"
)

// twoNodes is one service with two Asterisks, paris and rome; url may lead to rome by another way.
func twoNodes(t *testing.T, options lab.AsteriskOptions, url func(string) string) (paris, rome *site) {
	t.Helper()
	var pbx [2]*lab.Asterisk
	var all sync.WaitGroup
	for i := range pbx {
		all.Go(func() { pbx[i] = lab.NewAsterisk(t, options) })
	}
	all.Wait()
	file := filepath.Join(t.TempDir(), "ari-recorder.yaml")
	text := "asterisk:\n  nodes:\n"
	for i, name := range []string{"paris", "rome"} {
		address := pbx[i].URL
		if name == "rome" {
			address = url(address)
		}
		text += fmt.Sprintf("    - {name: %s, url: %q, username: %s, password: %s}\n", name, address, pbx[i].Username, pbx[i].Password)
	}
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	s := serve(t, map[string]string{"LEGACY_RETRIEVE_DURING_CALL": "true"}, "--config="+file)
	paris, rome = &site{service: s, pbx: pbx[0]}, &site{service: s, pbx: pbx[1]}
	s.becomes("/v1/calls", http.StatusOK, 20*time.Second) // which needs both
	s.ready()
	return paris, rome
}

// collide places a call on each node until they have the same uniqueids: Asterisk makes them of the second and a counter.
func collide(t *testing.T, paris, rome *site) (one, two *lab.Call) {
	t.Helper()
	for range 20 {
		var all sync.WaitGroup
		all.Go(func() { one = paris.call(lab.CallOptions{}) })
		all.Go(func() { two = rome.call(lab.CallOptions{CallerTone: 970, CalleeTone: 1090}) })
		all.Wait()
		if one.Callee.ID == two.Callee.ID {
			return one, two
		}
		paris.hangUp(one)
		rome.hangUp(two)
	}
	t.Fatal("no two calls got the same uniqueid")
	return nil, nil
}

func TestTheSameUniqueIDOnTwoNodes(t *testing.T) { onAsterisks(t, theSameUniqueIDOnTwoNodes) }

func theSameUniqueIDOnTwoNodes(t *testing.T, options lab.AsteriskOptions) {
	paris, rome := twoNodes(t, options, func(url string) string { return url })
	one, two := collide(t, paris, rome)
	same := one.Callee.ID
	paris.seesTalkingOn("paris", one.Callee)
	rome.seesTalkingOn("rome", two.Callee)
	for _, channel := range []string{same, "410"} {
		paris.refused(paris.ask("start", "extenOrUniqueId", channel, "tag", "x"), http.StatusConflict, same, "paris", "rome")
		require.ElementsMatch(t, []string{"paris " + same, "rome " + same}, paris.candidates(channel))
		require.Equal(t, http.StatusConflict, paris.fetch("/v1/resolve?channel="+channel, nil).status)
		require.Contains(t, paris.fetch("/v1/resolve?node=rome&channel="+channel, nil).body, `"node":"rome"`)
	}
	require.Empty(t, append(paris.snoops(), rome.snoops()...), "the wrong call is worse than no recording")
	paris.refused(paris.ask("start", "extenOrUniqueId", "410", "tag", "x", "node", "london"), http.StatusBadRequest, "london")

	inParis := paris.ask("start", "extenOrUniqueId", "410", "tag", "paris", "node", "paris")
	require.Equal(t, http.StatusOK, inParis.status, inParis.body)
	status, body := paris.post("/v1/recordings", fmt.Sprintf(`{"channel": %q, "tag": "rome", "node": "rome"}`, same))
	require.Equal(t, http.StatusCreated, status, body)
	began := time.Now()
	paris.speak(time.Second)
	paris.refused(paris.ask("stop", "extenOrUniqueId", same), http.StatusConflict, "paris", "rome")
	paris.refused(paris.ask("stop", "extenOrUniqueId", "410"), http.StatusConflict, "paris", "rome")
	spoken := time.Since(began)
	inRome := paris.ask("stop", "extenOrUniqueId", same, "node", "rome")
	require.Equal(t, http.StatusOK, inRome.status, inRome.body)
	paris.refused(paris.ask("stop", "extenOrUniqueId", "410", "node", "london"), http.StatusBadRequest, "london")
	stopped := paris.ask("stop", "extenOrUniqueId", "410", "node", "paris")
	require.Equal(t, inParis.id(), stopped.id())
	paris.refused(paris.ask("stop", "extenOrUniqueId", same), http.StatusConflict, "paris", "rome")
	paris.hangUp(one)
	rome.hangUp(two)
	paris.whole("paris", spoken, one.Caller, one.Callee)
	paris.whole("rome", spoken, two.Caller, two.Callee)
	for _, id := range []string{same, one.Caller.ID} { // the other leg's is the call's linkedid, on both
		paris.refused(paris.ask("retrieveByUniqueId", "uniqueId", id, "username", "fred"), http.StatusConflict, "paris", "rome")
		require.Equal(t, inParis.id(), paris.ask("retrieveByUniqueId", "uniqueId", id, "username", "fred", "node", "paris").id())
		require.Equal(t, inRome.id(), paris.ask("retrieveByUniqueId", "uniqueId", id, "username", "fred", "node", "rome").id())
	}
	paris.refused(paris.ask("stop", "extenOrUniqueId", same), http.StatusConflict, "paris", "rome")
	require.Equal(t, inRome.id(), paris.ask("stop", "extenOrUniqueId", same, "node", "rome").id(), "what has ended is answered with its recording")
}

// candidates are those of a start's problem, each with its node.
func (s *service) candidates(channel string) (list []string) {
	s.t.Helper()
	status, body := s.post("/v1/recordings", fmt.Sprintf(`{"channel": %q, "tag": "x"}`, channel))
	require.Equal(s.t, http.StatusConflict, status, body)
	var problem struct {
		Candidates []struct{ Node, UniqueID string }
	}
	require.NoError(s.t, json.Unmarshal([]byte(body), &problem))
	for _, c := range problem.Candidates {
		list = append(list, c.Node+" "+c.UniqueID)
	}
	return list
}

// post sends JSON and returns the status and the body.
func (s *service) post(path, content string) (int, string) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.URL+path, strings.NewReader(content))
	require.NoError(s.t, err)
	request.Header.Set("Content-Type", "application/json")
	client := http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	require.NoError(s.t, err)
	defer func() { require.NoError(s.t, response.Body.Close()) }()
	var body bytes.Buffer
	_, err = body.ReadFrom(response.Body)
	require.NoError(s.t, err)
	return response.StatusCode, body.String()
}

// A node hangs, and tells nobody; later it refuses every connection. The calls of the other are recorded as ever, from the
// first moment on.
func TestANodeThatHangsSlowsNoOther(t *testing.T) {
	var wire *asterisktest.Proxy
	paris, rome := twoNodes(t, newest, func(url string) string { wire = asterisktest.NewProxy(t, url); return wire.URL })
	var lost []*lab.Call
	for i, from := range []string{"414", "415", "416", "417"} {
		c := rome.call(lab.CallOptions{From: from, To: []string{"410", "411", "412", "413"}[i]})
		require.Equal(t, http.StatusOK, paris.ask("start", "extenOrUniqueId", c.Callee.ID, "node", "rome", "tag", "rome-"+from).status)
		lost = append(lost, c)
	}
	paris.speak(500 * time.Millisecond)
	call := paris.call(lab.CallOptions{From: "419", To: "418"})
	usual := paris.busy("before", 2*time.Second)
	wire.Freeze(true)
	for _, c := range lost { // what ends there waits, and holds up nobody
		rome.hangUp(c)
	}
	frozen := paris.busy("frozen", 13*time.Second)
	require.Contains(t, paris.fetch("/health", nil).body, `"status":"warn"`, "the service works, but for one node")
	wire.Freeze(false)
	wire.Block(true)
	blocked := paris.busy("blocked", 2*time.Second)
	t.Logf("slowest requests about one node: %v; beside one that hangs: %v; beside one that refuses: %v", usual, frozen, blocked)
	for kind, took := range frozen {
		require.Less(t, max(took, blocked[kind]), 1500*time.Millisecond, kind)
	}
	wire.Block(false)
	for _, from := range []string{"414", "415", "416", "417"} {
		a := paris.answers(http.StatusOK, "retrieve", "tag", "rome-"+from, "username", "fred")
		require.GreaterOrEqual(t, length(paris.decode(a)), 500*time.Millisecond)
	}
	paris.hangUp(call)
}

// busy uses a call on paris for a while in every way, and returns the longest time that each took.
func (s *site) busy(tag string, long time.Duration) map[string]time.Duration {
	s.t.Helper()
	slowest := map[string]time.Duration{}
	timed := func(kind string, status int, do func() int) {
		began := time.Now()
		require.Equal(s.t, status, do(), kind)
		slowest[kind] = max(slowest[kind], time.Since(began).Round(100*time.Microsecond))
	}
	for n, until := 0, time.Now().Add(long); time.Now().Before(until); n++ {
		name := fmt.Sprintf("%s-%d", tag, n)
		timed("start", http.StatusOK, func() int { return s.ask("start", "extenOrUniqueId", "418", "tag", name).status })
		timed("resolve", http.StatusOK, func() int { return s.fetch("/v1/resolve?channel=418", nil).status })
		timed("health", http.StatusOK, func() int { return s.fetch("/health", nil).status })
		timed("list", http.StatusOK, func() int { return s.fetch("/v1/recordings?state=recording", nil).status })
		s.speak(50 * time.Millisecond)
		timed("stop", http.StatusOK, func() int { return s.ask("stop", "extenOrUniqueId", "418").status })
		timed("retrieve", http.StatusOK, func() int { return s.ask("retrieve", "tag", name, "username", "fred").status })
	}
	return slowest
}
