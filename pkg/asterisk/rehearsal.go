package asterisk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"ari-recorder/pkg/recording"
)

// Stage is a step of a rehearsal.
type Stage string

// The stages in their order; a rehearsal fails at one of them.
const (
	StageReady  Stage = "ready"  // what is recorded can be found and deleted
	StageBridge Stage = "bridge" // the empty bridge that is recorded
	StageRecord Stage = "record" // Asterisk's consent to record
	StageFile   Stage = "file"   // the file in Asterisk's folder
	StageSound  Stage = "sound"  // what is in it, when it was fetched as recordings are
	StageClear  Stage = "clear"  // nothing of it is left
)

// RehearsalError says at which stage a rehearsal failed, and why.
type RehearsalError struct {
	Stage Stage
	Err   error
}

func (e *RehearsalError) Error() string { return fmt.Sprintf("rehearsal, %s: %v", e.Stage, e.Err) }

// Unwrap returns the cause.
func (e *RehearsalError) Unwrap() error { return e.Err }

// Errors of a rehearsal that are not ARI's.
var (
	ErrNoRecordings = errors.New("ARI knows no recordings")
	ErrNoFile       = errors.New("there is no file, though the recording was said to run")
	ErrNoWAV        = errors.New("the file is no WAV")
)

// rehearsalLimit ends a rehearsal's recording in Asterisk if we cannot.
const rehearsalLimit = 5 * time.Second

// Rehearse records nobody for a moment, under a name that is not in use, fetches the file and takes everything away
// again: an empty bridge is recorded, so that no channel is seen, no call is touched and no CDR or CEL row is written. It
// proves the format, Asterisk's folder and its rights, and room on the disk. Everything is taken away also if ctx ends.
func (e *Examiner) Rehearse(ctx context.Context, name string, f recording.Format) (err error) {
	if err := e.knowsRecordings(ctx, name); err != nil {
		return &RehearsalError{StageReady, err}
	}
	if err := e.makeBridge(ctx, name); statusOf(err) != 0 {
		return &RehearsalError{StageBridge, err}
	} else if err != nil { // it may have been made all the same
		return errors.Join(&RehearsalError{StageBridge, err}, e.clearUp(ctx, name))
	}
	defer func() { err = errors.Join(err, e.clearUp(ctx, name)) }()
	if err := e.recordBridge(ctx, name, f); err != nil {
		return &RehearsalError{StageRecord, err}
	}
	if err := e.endBridge(ctx, name); err != nil {
		return &RehearsalError{StageFile, err}
	}
	if err := e.fetchRehearsed(ctx, name, f); err != nil {
		return &RehearsalError{StageSound, err}
	}
	return nil
}

func bridgePath(name string) string { return "/bridges/" + url.PathEscape(name) }
func storedPath(name string) string { return "/recordings/stored/" + url.PathEscape(name) }

// knowsRecordings tells the 404 of a recording that is not there from that of a missing module, without which nothing
// could be deleted again.
func (e *Examiner) knowsRecordings(ctx context.Context, name string) error {
	err := e.ask(ctx, opStored, http.MethodGet, storedPath(name), nil, nil)
	switch {
	case hasNoPath(err):
		return ErrNoRecordings
	case notFound(err):
		return nil
	case err == nil:
		return fmt.Errorf("%s exists", name)
	default:
		return err
	}
}

func (e *Examiner) makeBridge(ctx context.Context, name string) error {
	return e.ask(ctx, opBridge, http.MethodPost, bridgePath(name), map[string]string{"type": "mixing", "name": name}, nil)
}

// recordBridge returns once Asterisk has opened the file, or has not.
func (e *Examiner) recordBridge(ctx context.Context, name string, f recording.Format) error {
	err := e.ask(ctx, opRecord, http.MethodPost, bridgePath(name)+"/record", map[string]any{
		"name": name, "format": string(f), "maxDurationSeconds": int(rehearsalLimit.Seconds()), "ifExists": "fail", "terminateOn": "none",
	}, nil)
	if err != nil {
		return err
	}
	return e.await(ctx, name, func(state string) bool { return state != "queued" })
}

// await waits until the live recording's state is as wanted. No event can be expected: this works without a websocket.
func (e *Examiner) await(ctx context.Context, name string, wanted func(state string) bool) error {
	waiting, cancel := context.WithTimeout(ctx, e.node.timeouts.Started)
	defer cancel()
	state, err := e.node.poll(ctx, waiting, name, wanted)
	if err == nil && !wanted(state) {
		return fmt.Errorf("%w: its state is still %q", recording.ErrNotStarted, state)
	}
	return err
}

// endBridge ends the recording, so that its file is closed, and looks for the file where Asterisk says that it is.
func (e *Examiner) endBridge(ctx context.Context, name string) error {
	if err := e.ask(ctx, opBridge, http.MethodDelete, bridgePath(name), nil, nil); err != nil {
		return err
	}
	if err := e.await(ctx, name, closed); err != nil {
		return err
	}
	err := e.ask(ctx, opStored, http.MethodGet, storedPath(name), nil, nil)
	if notFound(err) {
		return ErrNoFile
	}
	return err
}

// fetchRehearsed gets the file as that of a recording, and looks whether a WAV's header was written: on a full disk a file can be
// made, and nothing be put into it.
func (e *Examiner) fetchRehearsed(ctx context.Context, name string, f recording.Format) error {
	body, _, err := e.node.fetch(ctx, name, f)
	if err != nil {
		return err
	}
	header, err := io.ReadAll(io.LimitReader(body, 44))
	if err := errors.Join(err, body.Close()); err != nil {
		return err
	}
	if len(header) < 44 || !bytes.HasPrefix(header, []byte("RIFF")) {
		return fmt.Errorf("%w: it begins with %d bytes", ErrNoWAV, len(header))
	}
	return nil
}

// clearUp takes away what there is under the name, in the order in which nothing of it can come back.
func (e *Examiner) clearUp(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), e.node.timeouts.List)
	defer cancel()
	err := e.ask(ctx, opBridge, http.MethodDelete, bridgePath(name), nil, nil)
	if notFound(err) {
		err = nil
	}
	if err = errors.Join(err, e.await(ctx, name, closed), e.node.discard(ctx, name)); err != nil {
		return &RehearsalError{StageClear, err}
	}
	return nil
}
