package faults

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"

	"ari-recorder/deploy/lab"
)

// Site is one installation of the service: between it and Asterisk, and between it and MariaDB, there is a wire. Several may share both.
type Site struct {
	*Service
	Ledger
	PBX         *lab.Asterisk
	ARI         *ARIWire
	SQL         *SQLWire    // nil with SQLite
	ToBucket    *ObjectWire // nil if audio is kept in a folder
	Application string      // what its names in Asterisk begin with

	folder string
}

// SiteOptions say what a site is made of.
type SiteOptions struct {
	Binary      string
	Folder      string // for its data
	PBX         *lab.Asterisk
	Database    string       // URL of an empty MariaDB schema; "" for SQLite
	Application string       // asterisk.application
	Instance    string       // "" for the default
	Objects     *lab.Objects // an S3 server to keep audio in a new bucket of; nil for a folder
	Settings    []string
}

// NewSite starts the service behind its wires and waits until it is ready.
func NewSite(ctx context.Context, o SiteOptions) (s *Site, err error) {
	s = &Site{PBX: o.PBX, Application: o.Application, folder: o.Folder}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.ARI, err = NewARIWire(o.PBX.URL, o.Application); err != nil {
		return s, err
	}
	settings := []string{
		"DATA_DIR=" + o.Folder, "LEGACY_RETRIEVE_DURING_CALL=true", "ASTERISK_APPLICATION=" + o.Application,
		"ASTERISK_URL=" + s.ARI.URL, "ASTERISK_USERNAME=" + o.PBX.Username, "ASTERISK_PASSWORD=" + o.PBX.Password,
	}
	if o.Instance != "" {
		settings = append(settings, "INSTANCE="+o.Instance)
	}
	if o.Database != "" {
		if s.SQL, err = NewSQLWire(o.Database); err != nil {
			return s, err
		}
		settings = append(settings, "DATABASE_URL="+s.SQL.URL)
	}
	if o.Objects != nil {
		bucket, err := s.bucket(o.Objects)
		if err != nil {
			return s, err
		}
		settings = append(settings, bucket...)
	}
	s.Service = &Service{Binary: o.Binary, Settings: append(settings, o.Settings...), Log: &Log{}}
	if err := s.Start(ctx); err != nil {
		return s, err
	}
	return s, s.Ready(ctx)
}

// bucket makes a bucket and a wire to it, and returns the settings that lead there.
func (s *Site) bucket(objects *lab.Objects) ([]string, error) {
	name, err := objects.NewBucket()
	if err != nil {
		return nil, err
	}
	if s.ToBucket, err = NewObjectWire(objects.Endpoint); err != nil {
		return nil, err
	}
	return []string{
		"STORAGE_URL=s3://" + name + "/calls", "STORAGE_ENDPOINT=" + s.ToBucket.URL, "STORAGE_REGION=" + objects.Region,
		"STORAGE_ACCESS_KEY=" + objects.AccessKey, "STORAGE_SECRET_KEY=" + objects.SecretKey,
	}, nil
}

// On sets the hook of all wires.
func (s *Site) On(hook Hook) {
	s.ARI.On(hook)
	if s.SQL != nil {
		s.SQL.On(hook)
	}
	if s.ToBucket != nil {
		s.ToBucket.On(hook)
	}
}

// Close ends the service with a kill, and the wires.
func (s *Site) Close() error {
	var errs []error
	if s.Service != nil {
		s.Kill()
	}
	if s.ARI != nil {
		errs = append(errs, s.ARI.Close())
	}
	if s.SQL != nil {
		errs = append(errs, s.SQL.Close())
	}
	if s.ToBucket != nil {
		errs = append(errs, s.ToBucket.Close())
	}
	return errors.Join(errs...)
}

// Record asks for a recording. Where the service acknowledges it there is an entry, which began at since if that is earlier than the request:
// when an answer to the same request was lost.
func (s *Site) Record(ctx context.Context, leg lab.Leg, tag string, since Span, voices ...float64) (*Entry, Answer, error) {
	a, err := s.Do(ctx, http.MethodPost, "/v1/recordings", map[string]string{"channel": leg.ID, "tag": tag})
	if err != nil || a.Status/100 != 2 {
		return nil, a, err
	}
	d, err := details(a)
	if err != nil {
		return nil, a, err
	}
	began := a.Asked
	if !since.From.IsZero() {
		began.From = since.From
	}
	return s.Acknowledged(d.ID, tag, began, voices...), a, nil
}

// Finish asks for the end of the entry's recording, and writes it down where it is acknowledged. Earlier requests whose answer was lost count.
func (s *Site) Finish(ctx context.Context, e *Entry) (Answer, error) {
	a, err := s.Do(ctx, http.MethodPost, "/v1/recordings/"+e.ID+"/stop", nil)
	if e.Ended.From.IsZero() {
		e.Ended.From = a.Asked.From
	}
	e.Ended.To = a.Asked.To
	e.pending = err != nil || a.Status != http.StatusOK
	return a, err
}

// Pause pauses the entry's recording and writes that down. Earlier requests whose answer was lost count: they may have been carried out.
func (s *Site) Pause(ctx context.Context, e *Entry) error {
	a, err := s.Do(ctx, http.MethodPost, "/v1/recordings/"+e.ID+"/pause", nil)
	if n := len(e.Rests); n == 0 || !e.Rests[n-1].Out.To.IsZero() {
		e.Rests = append(e.Rests, Rest{Out: Span{From: a.Asked.From}})
	}
	if err = unless(a, err); err == nil {
		e.Rests[len(e.Rests)-1].Out.To = a.Asked.To
	}
	return err
}

// Resume lets the entry's recording go on and writes that down. Earlier requests whose answer was lost count.
func (s *Site) Resume(ctx context.Context, e *Entry) error {
	rest := &e.Rests[len(e.Rests)-1]
	a, err := s.Do(ctx, http.MethodPost, "/v1/recordings/"+e.ID+"/resume", nil)
	if rest.Back.From.IsZero() {
		rest.Back.From = a.Asked.From
	}
	if err = unless(a, err); err == nil {
		rest.Back.To = a.Asked.To
	}
	return err
}

// unless turns an answer other than 200 into an error.
func unless(a Answer, err error) error {
	if err == nil && a.Status != http.StatusOK {
		err = fmt.Errorf("%d %s", a.Status, a.Body)
	}
	return err
}

// Verify runs `recordings verify`, which must find nothing.
func (s *Site) Verify(ctx context.Context) error {
	out, err := s.command(ctx, "recordings", "verify")
	if err != nil {
		return fmt.Errorf("recordings verify: %w: %s", err, out)
	}
	return nil
}

// drafts are the unfinished files in the archive, and all that still waits for a bucket.
func (s *Site) drafts() ([]string, error) {
	unfinished, err := filepath.Glob(filepath.Join(s.folder, "recordings", "*", "*", "*", ".*"))
	if err != nil {
		return nil, err
	}
	waiting, err := filepath.Glob(filepath.Join(s.folder, "outbox", "*", "*", "*", "*"))
	return append(unfinished, waiting...), err
}
