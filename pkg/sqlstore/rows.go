package sqlstore

import (
	"time"

	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
)

// The rows below and the tables that the migrations make must have the same columns; a test compares them.

// recordingRow is a row of recordings. Its tracks are the first TrackCount of its rows in recording_tracks.
type recordingRow struct {
	Seq        int64 `gorm:"primaryKey;autoIncrement"`
	ID         string
	Version    int64
	State      string
	Phase      string  `gorm:"index"`
	RunningKey *string `gorm:"index"` // unique; NULL once the channel is free

	Tag             string `gorm:"index"`
	Node            string `gorm:"index"`
	UniqueID        string `gorm:"column:uniqueid;index"`
	LinkedID        string `gorm:"column:linkedid;index"`
	Channel         string
	Extension       string `gorm:"index"`
	CallerName      string
	CallerNumber    string
	ConnectedName   string
	ConnectedNumber string
	StartedBy       string

	CreatedAt   moment `gorm:"autoCreateTime:false;index"`
	StartedAt   moment
	EndedAt     moment
	CallEndedAt moment `gorm:"index"`

	Format          string
	Channels        int
	Gaps            *string
	AudioKey        *string // NULL while there is no file, and again once it is erased
	AudioDuration   *int64  // in nanoseconds; NULL until there is audio, like the following
	AudioSize       *int64
	AudioSHA256     *string `gorm:"column:audio_sha256"`
	AudioChannels   *int
	AudioSampleRate *int
	Private         bool
	LegalHold       bool
	DeletedAt       moment `gorm:"index"` // this and the next two through lifecycle, which the database makes of them
	EraseAskedAt    moment `gorm:"index"`
	ErasedAt        moment `gorm:"index"`
	SourceDeletedAt moment `gorm:"index"`
	FailureCode     *string
	FailureDetail   *string

	Owner      string
	LeaseUntil lease `gorm:"->:false;<-"`
	TrackCount int
}

// TableName is GORM's way to ask.
func (recordingRow) TableName() string { return "recordings" }

// row writes r as it will be at the version; the lease is held only by rows in work that somebody works on.
func (s *Store) row(r *recording.Recording, version int64) recordingRow {
	row := recordingRow{
		ID: r.ID, Version: version, State: string(r.State), Phase: phase(r.State),
		Tag: r.Tag, Node: r.Node, UniqueID: r.UniqueID, LinkedID: r.LinkedID, Channel: r.Channel, Extension: r.Extension,
		CallerName: r.Caller.Name, CallerNumber: r.Caller.Number,
		ConnectedName: r.Connected.Name, ConnectedNumber: r.Connected.Number, StartedBy: r.StartedBy,
		CreatedAt: moment(r.CreatedAt), StartedAt: moment(r.StartedAt), EndedAt: moment(r.EndedAt), CallEndedAt: moment(r.CallEndedAt),
		Format: string(r.Format), Channels: r.Channels, Gaps: gapsText(r.Gaps), Private: r.Private, LegalHold: r.LegalHold,
		DeletedAt: moment(r.DeletedAt), EraseAskedAt: moment(r.EraseAskedAt), ErasedAt: moment(r.ErasedAt),
		SourceDeletedAt: moment(r.SourceDeletedAt),
		Owner:           r.Owner, TrackCount: len(r.Tracks),
	}
	if key, running := r.RunningKey(); running {
		row.RunningKey = &key
	}
	if r.State.InWork() && r.Owner != "" {
		row.LeaseUntil = lease(s.lease)
	}
	row.setAudio(r.Audio)
	if f := r.Failure; f != nil {
		row.FailureCode, row.FailureDetail = (*string)(&f.Code), &f.Detail
	}
	return row
}

// phase is what of the state is indexed: it stays the same while the recording runs. An index of the state itself would
// cost each step of a start as much as one statement more.
func phase(state recording.State) string {
	if state.Running() {
		return "running"
	}
	return string(state)
}

func (row *recordingRow) setAudio(a *recording.Audio) {
	if a == nil {
		return
	}
	if a.Key != "" {
		row.AudioKey = &a.Key
	}
	row.AudioDuration, row.AudioSize = (*int64)(&a.Duration), &a.Size
	row.AudioSHA256, row.AudioChannels, row.AudioSampleRate = &a.SHA256, &a.Channels, &a.SampleRate
}

// recording reads the row; the tracks are in another table.
func (row *recordingRow) recording() (*recording.Recording, error) {
	gaps, err := gapsOf(row.Gaps)
	r := &recording.Recording{
		ID: row.ID, Seq: row.Seq, Version: row.Version, State: recording.State(row.State),
		Tag: row.Tag, Node: row.Node, UniqueID: row.UniqueID, LinkedID: row.LinkedID, Channel: row.Channel, Extension: row.Extension,
		Caller:    channels.Party{Name: row.CallerName, Number: row.CallerNumber},
		Connected: channels.Party{Name: row.ConnectedName, Number: row.ConnectedNumber}, StartedBy: row.StartedBy,
		CreatedAt: time.Time(row.CreatedAt), StartedAt: time.Time(row.StartedAt), EndedAt: time.Time(row.EndedAt), CallEndedAt: time.Time(row.CallEndedAt),
		Format: recording.Format(row.Format), Channels: row.Channels, Gaps: gaps, Audio: row.audio(), Private: row.Private, LegalHold: row.LegalHold,
		DeletedAt: time.Time(row.DeletedAt), EraseAskedAt: time.Time(row.EraseAskedAt), ErasedAt: time.Time(row.ErasedAt),
		SourceDeletedAt: time.Time(row.SourceDeletedAt), Owner: row.Owner,
	}
	if row.FailureCode != nil {
		r.Failure = &recording.Failure{Code: recording.FailureCode(*row.FailureCode), Detail: value(row.FailureDetail)}
	}
	return r, err
}

func (row *recordingRow) audio() *recording.Audio {
	if row.AudioSHA256 == nil {
		return nil
	}
	return &recording.Audio{
		Key: value(row.AudioKey), Duration: time.Duration(value(row.AudioDuration)), Size: value(row.AudioSize),
		SHA256: *row.AudioSHA256, Channels: value(row.AudioChannels), SampleRate: value(row.AudioSampleRate),
	}
}

// value reads a column that is NULL only if somebody has changed the row by hand.
func value[T any](column *T) (v T) {
	if column != nil {
		v = *column
	}
	return v
}
