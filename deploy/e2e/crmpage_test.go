//go:build !stack

package e2e

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/remote"
	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// crmPage records, lists and plays from a page of another origin, in a real browser, and fails where it must.
func crmPage(o *office) {
	o.servePage()
	tab := o.browser()
	c := o.call(lab.CallOptions{To: "417"})
	recorder := strings.Replace(o.URL, "127.0.0.1", recorderName, 1)

	o.do(tab, chromedp.Navigate("https://evil.example"+o.pagePort()+"/crm.html"))
	o.fill(tab, recorder, o.key)
	o.press(tab, "start", "cannot be reached from this page")
	require.Empty(o.t, o.snoops(), "a page that is not listed starts nothing")

	o.do(tab, chromedp.Navigate("https://"+crmName+o.pagePort()+"/crm.html"))
	o.fill(tab, recorder, "not-the-key")
	o.press(tab, "start", "key")
	require.Empty(o.t, o.snoops())

	o.fill(tab, recorder, o.key)
	o.press(tab, "start", "recording PJSIP/417-")
	o.speak(time.Second)
	o.press(tab, "stop", "stopped")
	o.hangUp(c)
	require.Eventually(o.t, func() bool {
		o.press(tab, "list", "1 recordings")
		return o.evaluate(tab, `String(document.querySelector("#recordings button").disabled)`) == "false"
	}, 10*time.Second, 100*time.Millisecond, "the recording never became available")
	o.do(tab, chromedp.Click(chromedp.CSS("#recordings button")))
	o.says(tab, "playing 1.")
	id := o.newest("crm page")
	sum := sha256.Sum256(o.audio(id))
	require.Equal(o.t, hex.EncodeToString(sum[:]), o.evaluate(tab, playedDigest), "what plays is what was recorded")
}

// playedDigest is the SHA-256 of what the page's player has.
const playedDigest = `fetch(document.querySelector("#player").src).then(r => r.arrayBuffer()).then(b => crypto.subtle.digest("SHA-256", b))
	.then(d => Array.from(new Uint8Array(d), byte => byte.toString(16).padStart(2, "0")).join(""))`

// servePage serves the example as a CRM would, on an origin of its own.
func (o *office) servePage() {
	o.t.Helper()
	s := &http.Server{
		Handler:   http.FileServer(http.Dir("../../api/examples")),
		TLSConfig: o.authority.serving(crmName, "evil.example"),
		ErrorLog:  log.New(io.Discard, "", 0), // Chromium cuts connections that it opened in vain
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(tls.NewListener(o.page, s.TLSConfig)) }()
	o.t.Cleanup(func() {
		require.NoError(o.t, s.Close())
		require.ErrorIs(o.t, <-ended, http.ErrServerClosed)
	})
}

// browser opens a tab in a Chromium to which all of .example is this machine.
func (o *office) browser() context.Context {
	o.t.Helper()
	devTools, err := o.clients.Browse(o.t.Context(), "--host-resolver-rules=MAP *.example 127.0.0.1")
	require.NoError(o.t, err)
	ctx, cancel := context.WithTimeout(o.t.Context(), time.Minute)
	ctx, leave := remote.NewAllocator(ctx, devTools)
	tab, end := chromedp.NewContext(ctx)
	o.t.Cleanup(func() {
		end()
		leave()
		cancel()
	})
	return tab
}

func (o *office) do(tab context.Context, action chromedp.Action[chromedp.Void]) {
	o.t.Helper()
	require.NoError(o.t, chromedp.Do(tab, action))
}

// fill fills the form.
func (o *office) fill(tab context.Context, recorder, key string) {
	o.t.Helper()
	for id, value := range map[chromedp.ID]string{"url": recorder, "key": key, "extension": "417", "tag": "crm page"} {
		o.do(tab, chromedp.SetValue(id, value))
	}
}

// press presses a button and waits for what the page says then.
func (o *office) press(tab context.Context, button, said string) {
	o.t.Helper()
	o.do(tab, chromedp.Click(chromedp.ID(button)))
	o.says(tab, said)
}

func (o *office) says(tab context.Context, words string) {
	o.t.Helper()
	said, err := chromedp.Run(tab, chromedp.Poll[string](`document.querySelector("#said").textContent.replace("…", "")`,
		chromedp.WithPollingMutation(), chromedp.WithPollingTimeout(20*time.Second)))
	require.NoError(o.t, err)
	require.Contains(o.t, said, words)
}

func (o *office) evaluate(tab context.Context, script string) string {
	o.t.Helper()
	out, err := chromedp.Run(tab, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
	require.NoError(o.t, err)
	return out
}

// newest is the id of the tag's newest recording.
func (o *office) newest(tag string) string {
	o.t.Helper()
	a := o.fetch("/v1/recordings?limit=1&tag="+url.QueryEscape(tag), o.bearer())
	require.Equal(o.t, http.StatusOK, a.status, a.body)
	var list struct{ Recordings []details }
	require.NoError(o.t, json.Unmarshal([]byte(a.body), &list))
	require.Len(o.t, list.Recordings, 1)
	return list.Recordings[0].ID
}
