package sqlstore

import (
	"context"

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

// Audit appends to the audit trail; nothing ever changes or removes an entry.
func (s *Store) Audit(ctx context.Context, e recording.AuditEntry) error {
	row := auditRow{
		At: moment(e.At), Action: string(e.Action), Username: e.Username, Actor: e.Actor.Name, Address: e.Actor.Address,
		RequestID: e.Actor.RequestID, Subject: e.Subject, RecordingID: e.RecordingID, Outcome: e.Outcome,
	}
	_, err := s.transaction(insert(s.tables.audit, row)).commit(ctx)
	return err
}

// Ping asks for one round trip.
func (s *Store) Ping(ctx context.Context) error {
	return s.query(ctx, func(db *gorm.DB) error { return db.Exec("SELECT 1").Error })
}
