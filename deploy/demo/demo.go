package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ari-recorder/deploy/lab"
	"ari-recorder/deploy/lab/tone"
	"ari-recorder/deploy/run"
)

// demo is what has been put up so far.
type demo struct {
	out     io.Writer
	binary  string
	pbx     *lab.Asterisk
	service *run.Process
	folder  string // of the service's data
	calls   []*lab.Call
	steps   int
}

// reference is what a CRM would call the order that the voice signature belongs to.
const reference = "order-22"

func (d *demo) step(what string) {
	d.steps++
	d.print("\n%d. %s\n", d.steps, what)
}

func (d *demo) say(format string, args ...any) { d.print("   "+format+"\n", args...) }

// print writes to a terminal; where that is gone, the demo goes on without an audience.
func (d *demo) print(format string, args ...any) { _, _ = fmt.Fprintf(d.out, format, args...) }

// record places a call and records it, step by step.
func (d *demo) record(ctx context.Context) error {
	d.step("Phone 411 calls phone 410")
	call, err := d.call(ctx)
	if err != nil {
		return err
	}
	d.say("they talk: 411 speaks a tone of %.0f Hz, 410 one of %.0f Hz", call.Caller.Tone, call.Callee.Tone)

	d.step("The CRM says: record the call on extension 410 under my reference " + reference)
	if err := d.ask(ctx, url.Values{"method": {"start"}, "extenOrUniqueId": {"410"}, "tag": {reference}}); err != nil {
		return err
	}
	d.say("… the customer speaks for three seconds …")
	if err := wait(ctx, 3*time.Second); err != nil {
		return err
	}

	d.step("The CRM says: stop")
	if err := d.ask(ctx, url.Values{"method": {"stop"}, "extenOrUniqueId": {"410"}}); err != nil {
		return err
	}

	d.step("The call ends: 411 hangs up")
	return call.HangUp(ctx)
}

// listen retrieves the recording as a CRM would, shows it and judges it.
func (d *demo) listen(ctx context.Context) error {
	d.step("The CRM says: give me that recording")
	address := d.address(url.Values{"method": {"retrieve"}, "tag": {reference}, "username": {"fred"}})
	d.say("curl '%s' | base64 -d > %s.wav", address, reference)
	body, header, err := get(ctx, address)
	if err != nil {
		return err
	}
	file, err := base64.StdEncoding.DecodeString(string(body))
	if err != nil {
		return fmt.Errorf("the answer is no BASE64: %w", err)
	}
	audio, err := tone.ReadWAV(file)
	if err != nil {
		return err
	}
	path := filepath.Join(os.TempDir(), reference+"-"+header.Get("X-Recording-Id")+".wav")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		return err
	}
	samples := audio.Channels[0]
	d.say("%d bytes, %.2f s, %d Hz: %s", len(file), float64(len(samples))/float64(audio.Rate), audio.Rate, path)
	middle := samples[len(samples)/2:]
	d.say("20 ms from the middle of it, both voices in one wave:")
	d.print("%s", waveform(middle[:min(len(middle), audio.Rate/50)], 64, 6))
	return d.judge(samples, audio.Rate)
}

// judge tells whether both voices are in the audio.
func (d *demo) judge(samples []int16, rate int) error {
	var missing error
	for _, leg := range []lab.Leg{d.calls[0].Caller, d.calls[0].Callee} {
		if !tone.Heard(samples, rate, leg.Tone) {
			missing = errors.Join(missing, fmt.Errorf("the voice of %s (%.0f Hz) is not in the recording", leg.Extension, leg.Tone))
			continue
		}
		d.say("✓ the voice of %s (%.0f Hz) is in it", leg.Extension, leg.Tone)
	}
	return missing
}

// play leaves everything up, with a live call, until Ctrl-C.
func (d *demo) play(ctx context.Context) error {
	if _, err := d.call(ctx); err != nil {
		return err
	}
	d.step("Now you: a new call from 411 to 410 is up, until Ctrl-C")
	for _, q := range []url.Values{
		{"method": {"start"}, "extenOrUniqueId": {"410"}, "tag": {"mine"}},
		{"method": {"stop"}, "extenOrUniqueId": {"410"}},
		{"method": {"retrieve"}, "tag": {reference}, "username": {"fred"}, "format": {"wav"}},
	} {
		d.say("curl -OJ '%s'", d.address(q))
	}
	d.say("curl '%s/health'", d.service.URL)
	<-ctx.Done()
	d.print("\n")
	return nil
}

func (d *demo) call(ctx context.Context) (*lab.Call, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	call, err := d.pbx.Call(ctx, lab.CallOptions{From: "411", To: "410"})
	if err == nil {
		d.calls = append(d.calls, call)
	}
	return call, err
}

// ask calls the service as curl would, and shows both the command and the answer.
func (d *demo) ask(ctx context.Context, query url.Values) error {
	address := d.address(query)
	d.say("curl '%s'", address)
	body, _, err := get(ctx, address)
	if err == nil {
		d.say("200 %s", strings.TrimSpace(string(body)))
	}
	return err
}

func (d *demo) address(query url.Values) string {
	method := query.Get("method")
	query.Del("method")
	return d.service.URL + "/servicemanager/services/njadmin-api-recording?method=" + method + "&" + query.Encode()
}

// get fetches an address; any status but 200 is an error with the service's own words.
func get(ctx context.Context, address string) ([]byte, http.Header, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, strings.TrimSpace(string(body)))
	}
	return body, response.Header, err
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close takes down phones, service and Asterisk, in this order.
func (d *demo) close() error {
	var all error
	for _, c := range d.calls {
		_ = c.Close() // phones of calls that have ended have nothing left to close
	}
	all = errors.Join(all, d.endService())
	if d.pbx != nil {
		all = errors.Join(all, d.pbx.Close())
	}
	return all
}
