package sqlstore

import (
	"context"
	"time"

	"gorm.io/gorm"

	"ari-recorder/pkg/recording"
)

// callRow is a row of call_records.
type callRow struct {
	Seq               int64 `gorm:"primaryKey;autoIncrement"`
	Node              string
	LinkedID          string `gorm:"column:linkedid"`
	ExternalReference string
	StartedAt         moment
}

// TableName is GORM's way to ask.
func (callRow) TableName() string { return "call_records" }

// legRow is a row of call_legs.
type legRow struct {
	Seq       int64 `gorm:"primaryKey;autoIncrement"`
	Node      string
	LinkedID  string `gorm:"column:linkedid"`
	UniqueID  string `gorm:"column:uniqueid"`
	Channel   string
	Extension string
}

// TableName is GORM's way to ask.
func (legRow) TableName() string { return "call_legs" }

// PutCall makes the record of the call or adds to it: legs that are new, what is new about known ones, and the external
// reference if c has one. StartedAt stays as it was first told.
func (s *Store) PutCall(ctx context.Context, c recording.Call) error {
	call := callRow{Node: c.Node, LinkedID: c.LinkedID, ExternalReference: c.ExternalReference, StartedAt: moment(c.StartedAt)}
	news := []string{"node"} // something has to be named, and this does not change
	if c.ExternalReference != "" {
		news = append(news, "external_reference")
	}
	steps := []step{upsert(s.tables.calls, []string{"node", "linkedid"}, news, call)}
	if rows := legRows(c); len(rows) > 0 {
		steps = append(steps, upsert(s.tables.legs, []string{"node", "linkedid", "uniqueid"}, []string{"channel", "extension"}, rows...))
	}
	_, err := s.transaction(steps...).commit(ctx)
	return err
}

func legRows(c recording.Call) []legRow {
	rows := make([]legRow, len(c.Legs))
	for i, leg := range c.Legs {
		rows[i] = legRow{Node: c.Node, LinkedID: c.LinkedID, UniqueID: leg.UniqueID, Channel: leg.Channel, Extension: leg.Extension}
	}
	return rows
}

// Call returns the record of the call that had a leg with the uniqueid, or recording.ErrNotFound. If a transfer made the
// leg part of several calls, it is the one that was recorded last. Legs come in the order in which they were told.
func (s *Store) Call(ctx context.Context, node, uniqueID string) (*recording.Call, error) {
	var calls []callRow
	var legs []legRow
	err := s.query(ctx, func(db *gorm.DB) error {
		linked := db.Session(&gorm.Session{NewDB: true}).Model(&legRow{}).Select("linkedid").Where("node = ? AND uniqueid = ?", node, uniqueID)
		if err := db.Where("node = ? AND linkedid IN (?)", node, linked).Order("seq DESC").Limit(1).Find(&calls).Error; err != nil || len(calls) == 0 {
			return err
		}
		return db.Where("node = ? AND linkedid = ?", node, calls[0].LinkedID).Order("seq").Find(&legs).Error
	})
	if err != nil {
		return nil, err
	}
	if len(calls) == 0 {
		return nil, recording.ErrNotFound
	}
	return calls[0].call(legs), nil
}

func (row callRow) call(legs []legRow) *recording.Call {
	c := &recording.Call{Seq: row.Seq, Node: row.Node, LinkedID: row.LinkedID, ExternalReference: row.ExternalReference, StartedAt: time.Time(row.StartedAt)}
	for _, leg := range legs {
		c.Legs = append(c.Legs, recording.Leg{UniqueID: leg.UniqueID, Channel: leg.Channel, Extension: leg.Extension})
	}
	return c
}
