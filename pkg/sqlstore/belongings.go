package sqlstore

import (
	"slices"
	"time"

	"gorm.io/gorm"

	"ari-recorder/pkg/recording"
)

// trackRow is a row of recording_tracks.
type trackRow struct {
	RecordingID string `gorm:"primaryKey"`
	Position    int    `gorm:"primaryKey;autoIncrement:false"` // among the recording's tracks, from 0
	Number      int
	UniqueID    string `gorm:"column:uniqueid"`
	Direction   string
	Name        string
	StartedAt   moment
	Spans       *string
}

// TableName is GORM's way to ask.
func (trackRow) TableName() string { return "recording_tracks" }

func trackRows(r *recording.Recording) []trackRow {
	rows := make([]trackRow, len(r.Tracks))
	for i, t := range r.Tracks {
		rows[i] = trackRow{r.ID, i, t.Number, t.UniqueID, string(t.Direction), t.Name, moment(t.StartedAt), spansText(t.Spans)}
	}
	return rows
}

func (row trackRow) track() (recording.Track, error) {
	spans, err := spansOf(row.Spans)
	return recording.Track{
		Number: row.Number, UniqueID: row.UniqueID, Direction: recording.Direction(row.Direction),
		Name: row.Name, StartedAt: time.Time(row.StartedAt), Spans: spans,
	}, err
}

// eventRow is a row of recording_events. The version is the recording's after the event, so that the key is the order.
type eventRow struct {
	RecordingID string `gorm:"primaryKey"`
	Version     int64  `gorm:"primaryKey;autoIncrement:false"`
	Number      int    `gorm:"primaryKey;autoIncrement:false"`
	At          moment
	Kind        string
	State       string
	Actor       string
	Address     string
	Detail      string
}

// TableName is GORM's way to ask.
func (eventRow) TableName() string { return "recording_events" }

func eventRows(id string, version int64, events []recording.Event) []eventRow {
	rows := make([]eventRow, len(events))
	for i, e := range events {
		rows[i] = eventRow{id, version, i, moment(e.At), string(e.Kind), string(e.State), e.Actor, e.Address, e.Detail}
	}
	return rows
}

func (row eventRow) event() recording.Event {
	return recording.Event{
		At: time.Time(row.At), Kind: recording.EventKind(row.Kind), State: recording.State(row.State),
		Actor: row.Actor, Address: row.Address, Detail: row.Detail,
	}
}

// belongings writes what a recording has in other tables. Tracks that are there already are overwritten, never deleted:
// a DELETE of what may not be there would lock its neighbours' gap in InnoDB. TrackCount tells how many are valid.
func (s *Store) belongings(r *recording.Recording, version int64, events ...recording.Event) (steps []step) {
	if rows := trackRows(r); len(rows) > 0 {
		steps = append(steps, upsert(s.tables.tracks, []string{"recording_id", "position"},
			[]string{"number", "uniqueid", "direction", "name", "started_at", "spans"}, rows...))
	}
	if rows := eventRows(r.ID, version, events); len(rows) > 0 {
		steps = append(steps, insert(s.tables.events, rows...))
	}
	if rows := auditRows(events); len(rows) > 0 {
		steps = append(steps, insert(s.tables.audit, rows...))
	}
	for _, e := range events {
		if e.Call != nil {
			steps = append(steps, s.putting(*e.Call)...)
		}
	}
	return steps
}

// atOnce bounds the length of lists in statements: no database takes them at any length.
const atOnce = 1000

// tracksOf reads the tracks of all rows.
func tracksOf(db *gorm.DB, rows []recordingRow) (map[string][]recording.Track, error) {
	count := make(map[string]int, len(rows))
	var ids []string
	for _, row := range rows {
		if row.TrackCount > 0 {
			count[row.ID], ids = row.TrackCount, append(ids, row.ID)
		}
	}
	tracks := make(map[string][]recording.Track, len(ids))
	for some := range slices.Chunk(ids, atOnce) {
		var found []trackRow
		if err := db.Where("recording_id IN ?", some).Order("recording_id, position").Find(&found).Error; err != nil {
			return nil, err
		}
		for _, row := range found {
			if row.Position >= count[row.RecordingID] {
				continue
			}
			track, err := row.track()
			if err != nil {
				return nil, err
			}
			tracks[row.RecordingID] = append(tracks[row.RecordingID], track)
		}
	}
	return tracks, nil
}
