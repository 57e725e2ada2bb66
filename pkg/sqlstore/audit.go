package sqlstore

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"ari-recorder/pkg/recording"
)

// auditRow is a row of audit_entries.
type auditRow struct {
	Seq         int64 `gorm:"primaryKey;autoIncrement"`
	At          moment
	Action      string
	Username    string
	Actor       string
	Address     string
	RequestID   string
	Subject     string
	RecordingID string
	Outcome     string
}

// TableName is GORM's way to ask.
func (auditRow) TableName() string { return "audit_entries" }

// What the columns of audit_entries hold, in bytes.
const (
	maxID   = 64
	maxName = 1020
	maxText = 1<<16 - 1
)

// newAuditRow takes whatever a request was made of: an entry must not be lost because the request that it is about was
// malformed.
func newAuditRow(e recording.AuditEntry) auditRow {
	return auditRow{
		At: moment(e.At), Action: legible(string(e.Action), maxID), Username: legible(e.Username, maxName), Actor: legible(e.Actor.Name, maxName),
		Address: legible(e.Actor.Address, maxText), RequestID: legible(e.Actor.RequestID, maxText),
		Subject: legible(e.Subject, maxText), RecordingID: legible(e.RecordingID, maxID),
		Outcome: legible(e.Outcome, maxID),
	}
}

// legible cuts a text to the length and leaves out what is no UTF-8.
func legible(text string, limit int) string {
	return strings.ToValidUTF8(text[:min(len(text), limit)], "")
}

// auditRows are the entries that come with events.
func auditRows(events []recording.Event) (rows []auditRow) {
	for _, e := range events {
		if e.Audit != nil {
			rows = append(rows, newAuditRow(*e.Audit))
		}
	}
	return rows
}

// Audit appends to the audit trail; nothing ever changes or removes an entry.
func (s *Store) Audit(ctx context.Context, e recording.AuditEntry) error {
	_, err := s.transaction(insert(s.tables.audit, newAuditRow(e))).commit(ctx)
	return err
}

// AuditTrail returns entries of the audit trail, newest first.
func (s *Store) AuditTrail(ctx context.Context, f recording.AuditFilter, p recording.Page) ([]recording.AuditEntry, error) {
	var rows []auditRow
	err := s.query(ctx, func(db *gorm.DB) error { return s.audited(db, f, p).Find(&rows).Error })
	entries := make([]recording.AuditEntry, len(rows))
	for i, row := range rows {
		entries[i] = row.entry()
	}
	return entries, err
}

func (s *Store) audited(db *gorm.DB, f recording.AuditFilter, p recording.Page) *gorm.DB {
	index := choices{
		{f.RecordingID != "", "audit_entries_recording_id"},
		{f.Username != "", "audit_entries_username"},
		{f.Key != "" && f.Action != "", ""}, // each of them may be rare or usual: the server knows
		{f.Key != "", "audit_entries_actor"},
		{f.Action != "", "audit_entries_action"},
	}.or("audit_entries_at")
	db = equal(s.by(db, "audit_entries", index), columns{
		{"action", string(f.Action)}, {"username", f.Username}, {"actor", f.Key}, {"recording_id", f.RecordingID}, {"outcome", f.Outcome},
	})
	return page(between(db, "at", f.From, f.To), "at", p)
}

func (row auditRow) entry() recording.AuditEntry {
	return recording.AuditEntry{
		Seq: row.Seq, At: time.Time(row.At), Action: recording.Action(row.Action), Username: row.Username,
		Actor:   recording.Actor{Name: row.Actor, Address: row.Address, RequestID: row.RequestID},
		Subject: row.Subject, RecordingID: row.RecordingID, Outcome: row.Outcome,
	}
}

// Ping asks for one round trip.
func (s *Store) Ping(ctx context.Context) error {
	return s.query(ctx, func(db *gorm.DB) error { return db.Exec("SELECT 1").Error })
}
