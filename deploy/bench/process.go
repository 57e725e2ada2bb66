package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"ari-recorder/deploy/run"
)

// process is a running ari-recorder whose memory is looked at.
type process struct {
	*run.Process
	took time.Duration // from the start of the process until it was ready
}

// launch starts the service with its data in folder and waits until it is ready.
func (b *bench) launch(ctx context.Context, folder string, settings ...string) (*process, error) {
	began := time.Now()
	p, err := run.Start(ctx, b.binary, append(settings, "DATA_DIR="+folder), amiss{os.Stderr})
	if err != nil {
		return nil, err
	}
	if err := p.Ready(ctx); err != nil {
		p.Kill()
		return nil, err
	}
	return &process{p, time.Since(began)}, nil
}

// amiss shows the lines of a log that tell of trouble. That a recording is too short to hold audio is none: starts are measured, not calls.
type amiss struct{ out io.Writer }

func (a amiss) Write(line []byte) (int, error) {
	for _, fine := range []string{`"level":"INFO"`, `"code":"no_audio"`} {
		if bytes.Contains(line, []byte(fine)) {
			return len(line), nil
		}
	}
	return a.out.Write(line)
}

func (p *process) close() error {
	code, err := p.Stop()
	if err == nil && code != 0 {
		err = fmt.Errorf("ari-recorder ended with %d", code)
	}
	return err
}

// forgetPeak lets VmHWM begin anew at what the process holds now.
func (p *process) forgetPeak() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.PID()), []byte("5"), 0o200)
}

// fetch reads an address to its end and returns how many bytes came; any status but 200 is an error with the words that came along.
func fetch(ctx context.Context, client *http.Client, address string, to io.Writer) (int64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	if response.StatusCode != http.StatusOK {
		words, err := io.ReadAll(io.LimitReader(response.Body, 300))
		return 0, errors.Join(fmt.Errorf("%s: %s", response.Status, words), err)
	}
	return io.Copy(to, response.Body)
}
