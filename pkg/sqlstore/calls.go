package sqlstore

import (
	"cmp"
	"context"
	"slices"
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
	_, err := s.transaction(s.putting(c)...).commit(ctx)
	return err
}

// putting is a transaction, or a part of one, that puts the call.
func (s *Store) putting(c recording.Call) []step {
	call := callRow{Node: c.Node, LinkedID: c.LinkedID, ExternalReference: c.ExternalReference, StartedAt: moment(c.StartedAt)}
	news := []string{"node"} // something has to be named, and this does not change
	if c.ExternalReference != "" {
		news = append(news, "external_reference")
	}
	steps := []step{upsert(s.tables.calls, []string{"node", "linkedid"}, news, call)}
	if rows := legRows(c); len(rows) > 0 {
		steps = append(steps, upsert(s.tables.legs, []string{"node", "linkedid", "uniqueid"}, []string{"channel", "extension"}, rows...))
	}
	return steps
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
		var named []legRow
		if err := legsNamed(db, uniqueID).Find(&named).Error; err != nil {
			return err
		}
		var linked []string
		for _, leg := range named {
			if leg.Node == node {
				linked = append(linked, leg.LinkedID)
			}
		}
		if err := callsNamed(db, node, linked).Find(&calls).Error; err != nil || len(calls) == 0 {
			return err
		}
		slices.SortFunc(calls, func(a, b callRow) int { return cmp.Compare(b.Seq, a.Seq) })
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

// legsNamed selects the few legs with the uniqueid, on whatever nodes: told the node, too, SQLite would rather go through all
// legs of the node.
func legsNamed(db *gorm.DB, uniqueID string) *gorm.DB {
	return db.Model(&legRow{}).Select("node", "linkedid").Where("uniqueid = ?", uniqueID)
}

// callsNamed selects the calls with the linkedids. They are not sorted there: asked for the last one, SQLite would go through
// all calls from the end.
func callsNamed(db *gorm.DB, node string, linkedIDs []string) *gorm.DB {
	return db.Where("node = ? AND linkedid IN ?", node, linkedIDs)
}

func (row callRow) call(legs []legRow) *recording.Call {
	c := &recording.Call{Seq: row.Seq, Node: row.Node, LinkedID: row.LinkedID, ExternalReference: row.ExternalReference, StartedAt: time.Time(row.StartedAt)}
	for _, leg := range legs {
		c.Legs = append(c.Legs, recording.Leg{UniqueID: leg.UniqueID, Channel: leg.Channel, Extension: leg.Extension})
	}
	return c
}
