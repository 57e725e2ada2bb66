package sqlstore

import (
	"context"
	"maps"
	"slices"

	"gorm.io/gorm"

	"ari-recorder/pkg/recording"
)

// Calls returns records of calls, newest first.
func (s *Store) Calls(ctx context.Context, f recording.CallFilter, p recording.Page) (list []*recording.Call, err error) {
	err = s.query(ctx, func(db *gorm.DB) error {
		list = nil
		selected, err := s.called(db, f)
		if err != nil {
			return err
		}
		var rows []callRow
		if err := page(between(selected, "started_at", f.From, f.To), "started_at", p).Find(&rows).Error; err != nil {
			return err
		}
		legs, err := legsOf(db, rows)
		for _, row := range rows {
			list = append(list, row.call(legs[callKey{row.Node, row.LinkedID}]))
		}
		return err
	})
	return list, err
}

// called selects by all but the times and the page. A uniqueid may be a leg's or the call's own; its few calls are looked up
// first, since an OR over two tables finds no index.
func (s *Store) called(db *gorm.DB, f recording.CallFilter) (*gorm.DB, error) {
	if f.UniqueID == "" {
		index := choices{{f.ExternalReference != "", "call_records_external_reference"}, {f.Node != "", ""}}.or("call_records_started_at")
		return ofNode(s.by(db, "call_records", index), f), nil
	}
	var own, others []int64
	if err := db.Model(&callRow{}).Where("linkedid = ?", f.UniqueID).Pluck("seq", &own).Error; err != nil {
		return nil, err
	}
	err := db.Model(&legRow{}).Joins("JOIN call_records c ON c.node = call_legs.node AND c.linkedid = call_legs.linkedid").
		Where("call_legs.uniqueid = ?", f.UniqueID).Pluck("c.seq", &others).Error
	return ofNode(db, f).Where("seq IN ?", append(own, others...)), err
}

func ofNode(db *gorm.DB, f recording.CallFilter) *gorm.DB {
	return equal(db, columns{{"node", f.Node}, {"external_reference", f.ExternalReference}})
}

// callKey is what a call is known by.
type callKey struct{ node, linkedID string }

// legsOf reads the legs of all calls, in the order in which they were told. Nodes and linkedids are asked for apart, since
// MariaDB finds no index for pairs; what that finds too much is left out.
func legsOf(db *gorm.DB, calls []callRow) (map[callKey][]legRow, error) {
	legs := make(map[callKey][]legRow, len(calls))
	for some := range slices.Chunk(calls, atOnce) {
		wanted, nodes, linkedIDs := make(map[callKey]bool), make(map[string]bool), make([]string, len(some))
		for i, row := range some {
			wanted[callKey{row.Node, row.LinkedID}], nodes[row.Node], linkedIDs[i] = true, true, row.LinkedID
		}
		var found []legRow
		err := db.Where("node IN ? AND linkedid IN ?", slices.Collect(maps.Keys(nodes)), linkedIDs).Order("seq").Find(&found).Error
		if err != nil {
			return nil, err
		}
		for _, row := range found {
			if key := (callKey{row.Node, row.LinkedID}); wanted[key] {
				legs[key] = append(legs[key], row)
			}
		}
	}
	return legs, nil
}
