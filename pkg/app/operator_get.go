package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/user"
	"strconv"
	"syscall"
	"time"

	"ari-recorder/config"
	"ari-recorder/pkg/recording"
)

// GetQuery says whose audio to copy, and where to.
type GetQuery struct {
	ID      string
	File    string // empty: the id with .wav, in the working directory; "-": Console.Out
	Force   bool   // overwrite File
	Private bool   // also if the recording is private
	Deleted bool   // also if it is deleted, as long as the audio is there
}

// toOut is the file's name that means Console.Out.
const toOut = "-"

func (q GetQuery) check(to Console) error {
	if err := checkID(q.ID); err != nil {
		return err
	}
	if q.File == toOut && isTerminal(to.Out) {
		return misused("audio is not written to a terminal; name a file with -o, or pipe the output")
	}
	if q.File == toOut && to.JSON {
		return misused("--json and -o - both want the output; name a file with -o")
	}
	return nil
}

// GetRecording copies a recording's audio, which is compared with the row on the way. The use is in the audit trail before
// the first byte is handed out. A *UsageError says what is wrong with the query.
func GetRecording(ctx context.Context, c config.Config, q GetQuery, to Console) error {
	if err := q.check(to); err != nil {
		return err
	}
	return attach(ctx, c, func(store rows) (err error) {
		files, err := openArchive(c)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, files.Close()) }()
		return get(ctx, store, files, q, to)
	})
}

// audioFiles is the archive, as far as get needs it.
type audioFiles interface {
	Open(ctx context.Context, key string) (io.ReadSeekCloser, error)
}

func get(ctx context.Context, store rows, files audioFiles, q GetQuery, to Console) (err error) {
	if q.File == "" {
		q.File = q.ID + ".wav"
	}
	if err := mayCreate(q.File, q.Force); q.File != toOut && err != nil {
		return err
	}
	r, audio, err := hand(ctx, store, files, q)
	if auditErr := noteUse(ctx, store, q, err); auditErr != nil {
		err = fmt.Errorf("no audio without a line in the audit trail, which cannot be written: %w", auditErr)
	}
	if audio != nil {
		defer func() { err = errors.Join(err, audio.Close()) }()
	}
	if err != nil {
		return err
	}
	source := io.Reader(proving{ctx, audio})
	if q.File == toOut {
		return prove(to.Out, source, *r.Audio)
	}
	if err := save(q.File, q.Force, func(w io.Writer) error { return prove(w, source, *r.Audio) }); err != nil {
		return err
	}
	return tellSaved(r, q.File, to)
}

// hand opens the audio if it may be handed out. The caller closes what is not nil.
func hand(ctx context.Context, store rows, files audioFiles, q GetQuery) (*recording.Recording, io.ReadCloser, error) {
	r, err := find(ctx, store, q.ID)
	if err != nil {
		return nil, nil, err
	}
	if err := refuse(r, q); err != nil {
		return nil, nil, err
	}
	audio, err := files.Open(ctx, r.Audio.Key)
	if err != nil {
		return nil, nil, &recording.Error{Code: recording.CodeStorage, Detail: "the audio of " + r.ID + " cannot be opened", Err: err}
	}
	return r, audio, nil
}

// refuse tells why the audio is not handed out, nil if it may be.
func refuse(r *recording.Recording, q GetQuery) error {
	switch {
	case !r.ErasedAt.IsZero() || !r.EraseAskedAt.IsZero():
		return &recording.Error{Code: recording.CodeDeleted, Detail: "the audio of " + r.ID + " was erased and cannot be had back"}
	case r.State == recording.Failed && r.Failure != nil:
		return &recording.Error{Code: recording.CodeFailed, Detail: fmt.Sprintf("recording %s failed (%s), it has no audio: %s", r.ID, r.Failure.Code, r.Failure.Detail)}
	case r.Audio == nil:
		return &recording.Error{Code: recording.CodeNotStored, Detail: "recording " + r.ID + " is " + string(r.State) + "; its audio is not stored yet"}
	case r.Deleted() && !q.Deleted:
		return &recording.Error{Code: recording.CodeDeleted, Detail: "recording " + r.ID + " is deleted; add --deleted to have its audio all the same"}
	case r.Private && !q.Private:
		return &recording.Error{Code: recording.CodePrivate, Detail: "recording " + r.ID + " is private; add --private to have its audio all the same"}
	}
	return nil
}

// auditBound is how long the audit trail may take; an interrupted operator's use is written down all the same.
const auditBound = 10 * time.Second

// noteUse writes down who wanted what and what came of it.
func noteUse(ctx context.Context, store rows, q GetQuery, outcome error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditBound)
	defer cancel()
	e := recording.AuditEntry{
		At: time.Now(), Action: recording.ActionPlay, Username: systemUser(), Subject: "id=" + q.ID,
		Actor: recording.Actor{Name: "cli", Address: "local"}, RecordingID: q.ID, Outcome: recording.OutcomeOK,
	}
	if q.Private {
		e.Subject += " --private"
	}
	if q.Deleted {
		e.Subject += " --deleted"
	}
	if outcome != nil {
		e.Outcome = string(recording.CodeOf(outcome))
	}
	if recording.CodeOf(outcome) == recording.CodeNoRecording {
		e.RecordingID = ""
	}
	return store.Audit(ctx, e)
}

// systemUser is who runs this program; a container's user may have a number only.
func systemUser() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "uid " + strconv.Itoa(syscall.Getuid())
}

func tellSaved(r *recording.Recording, file string, to Console) error {
	if to.JSON {
		return to.printJSON(struct {
			File      string               `json:"file"`
			Recording *recording.Recording `json:"recording"`
		}{file, r})
	}
	_, err := fmt.Fprintf(to.Out, "%s: %s, %d bytes, SHA-256 as recorded\n", printable(file), length(r.Audio.Duration), r.Audio.Size)
	return err
}
