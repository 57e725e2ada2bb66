package e2e

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// site is an Asterisk of its own with the service beside it.
type site struct {
	*service
	pbx    *lab.Asterisk
	prefix string // of tags, where earlier runs have left recordings; see tag
}

// tag is what a test calls its recording.
func (s *site) tag(name string) string { return s.prefix + name }

// open makes a site; settings come on top of the Asterisk's address and credentials.
func open(t *testing.T, settings map[string]string) *site {
	t.Helper()
	return openOn(t, newest, settings)
}

// openOn makes a site with a certain Asterisk.
func openOn(t *testing.T, options lab.AsteriskOptions, settings map[string]string) *site {
	t.Helper()
	pbx := lab.NewAsterisk(t, options)
	s := &site{service: serve(t, beside(pbx, settings)), pbx: pbx}
	s.ready()
	return s
}

// asterisk starts an Asterisk that ends with the test.
func asterisk(t *testing.T) *lab.Asterisk {
	t.Helper()
	return lab.NewAsterisk(t, newest)
}

// The Asterisks and channel drivers that are promised.
var (
	newest = lab.AsteriskOptions{Root: lab.RootAsterisk, Technology: lab.PJSIP}
	oldest = lab.AsteriskOptions{Root: lab.RootAsterisk16, Technology: lab.PJSIP}
	oldSIP = lab.AsteriskOptions{Root: lab.RootAsterisk16, Technology: lab.SIP} // as the seed's own example, SIP/410-12FA7B
)

// onAsterisks runs a test on the newest Asterisk and on the oldest, there with phones on chan_sip. Both at once: most of a test's time is waiting.
func onAsterisks(t *testing.T, test func(*testing.T, lab.AsteriskOptions)) {
	t.Helper()
	for _, options := range []lab.AsteriskOptions{newest, oldSIP} {
		t.Run(fmt.Sprintf("%s, %s", options.Root, options.Technology), func(t *testing.T) {
			t.Parallel()
			test(t, options)
		})
	}
}

// beside adds the settings that lead to an Asterisk.
func beside(pbx *lab.Asterisk, settings map[string]string) map[string]string {
	all := map[string]string{"ASTERISK_URL": pbx.URL, "ASTERISK_USERNAME": pbx.Username, "ASTERISK_PASSWORD": pbx.Password}
	maps.Copy(all, settings)
	return all
}

// call places a call that ends with the test, if it has not ended before.
func (s *site) call(options lab.CallOptions) *lab.Call {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 20*time.Second)
	defer cancel()
	c, err := s.pbx.Call(ctx, options)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = c.Close() }) // a phone that was cut off says so; that is no fault of the service
	return c
}

// speak lets the phones speak for a while.
func (s *site) speak(d time.Duration) {
	select {
	case <-time.After(d):
	case <-s.t.Context().Done():
	}
}

// hangUp ends a call and the phones' part in it.
func (s *site) hangUp(c *lab.Call) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(s.t, c.HangUp(ctx))
}

// tracks is how many are made of a call of two phones: what each says, and what the recorded one hears.
const tracks = 3

// snoops lists Asterisk's snoop channels.
func (s *site) snoops() []string {
	s.t.Helper()
	list, err := s.pbx.Channels(s.t.Context())
	require.NoError(s.t, err)
	var names []string
	for _, c := range list {
		if strings.HasPrefix(c.Name, "Snoop/") {
			names = append(names, c.Name)
		}
	}
	return names
}

// noSnoops insists that nothing of ours is left in Asterisk; a snoop channel takes some milliseconds to go.
func (s *site) noSnoops() {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return len(s.snoops()) == 0 }, 2*time.Second, 10*time.Millisecond, "a snoop channel is left behind")
}

// answers waits until a legacy call answers with the status, where the service learns of something by events.
func (s *site) answers(status int, method string, what ...string) answer {
	s.t.Helper()
	var a answer
	require.Eventually(s.t, func() bool {
		a = s.ask(method, what...)
		return a.status == status
	}, 20*time.Second, 50*time.Millisecond, "%s never answered %d", method, status)
	return a
}

// refused insists on a status and one line of text that names all the words.
func (s *site) refused(a answer, status int, words ...string) {
	s.t.Helper()
	require.Equal(s.t, status, a.status, a.body)
	require.Len(s.t, strings.Split(strings.TrimSuffix(a.body, "\n"), "\n"), 1, "an error is one line")
	for _, word := range words {
		require.Contains(s.t, a.body, word)
	}
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		require.NotEmpty(s.t, a.header.Get("Retry-After"))
	}
}
