package sqlstore

import (
	"context"
	"time"

	"gorm.io/gorm"

	"ari-recorder/pkg/recording"
)

// List returns what matches, newest first by the time of creation; Before and Limit of the filter are not looked at.
func (s *Store) List(ctx context.Context, f recording.Filter, p recording.Page) ([]*recording.Recording, error) {
	return s.load(ctx, func(db *gorm.DB) *gorm.DB { return s.listed(db, f, p) })
}

// listed takes a list from the index that has it in order; what is asked for besides is looked at row by row. Those indexes
// keep apart what was deleted: with a retention that is nearly all there ever was, and nobody is to wait until it is passed
// over. Who wants it too gets the lists of all lifecycles, merged.
func (s *Store) listed(db *gorm.DB, f recording.Filter, p recording.Page) *gorm.DB {
	index := listIndex(f)
	switch {
	case index == "":
		return listOf(db, f, p, "created_at")
	case index == recordingsTable && f.NotDeleted:
		return listOf(s.by(db, recordingsTable, "recordings_lifecycle").Where("lifecycle = ?", kept), f, p, "lifecycle_at")
	case index == recordingsTable:
		return listOf(s.by(db, recordingsTable, "recordings_created_at"), f, p, "created_at")
	case f.NotDeleted:
		return listOf(s.by(db, recordingsTable, index).Where("lifecycle = ?", kept), f, p, "created_at")
	}
	var lists []any
	for _, lifecycle := range []string{kept, deleted, eraseAsked, erased} {
		list := listOf(s.by(db, recordingsTable, index).Where("lifecycle = ?", lifecycle), f, p, "created_at")
		lists = append(lists, db.Table("(?) AS list", list))
	}
	return page(db.Table("(? UNION ALL ? UNION ALL ? UNION ALL ?) AS recordings", lists...), "created_at", recording.Page{Limit: p.Limit})
}

const recordingsTable = "recordings"

// listOf is the page of the filter's list, by a column that is, or is as good as, the time of creation.
func listOf(db *gorm.DB, f recording.Filter, p recording.Page, created string) *gorm.DB {
	return page(began(matching(db, f), created, f), created, p)
}

// listIndex names the index that has the list in order, with as little else in it as there can be: the table itself if
// nothing but times is asked for, nothing if what is asked for are so few that they can be sorted.
func listIndex(f recording.Filter) string {
	few := len(f.UniqueIDs) > 0 || f.UniqueID != "" || f.LinkedID != "" || f.CallLives || f.SourceExists
	return choices{
		{few || byPhase(f) && len(phases(f.States)) > 1, ""},
		{byPhase(f), "recordings_phase_lifecycle"},
		{f.Tag != "", "recordings_tag_lifecycle"},
		{f.Extension != "", "recordings_extension_lifecycle"},
		{f.Node != "", "recordings_node_lifecycle"},
	}.or(recordingsTable)
}

// choices are indexes with whether there is something to be found by them, the best first.
type choices []struct {
	asked bool
	index string
}

// or returns the first index that is asked for, or the other one if none is.
func (c choices) or(other string) string {
	for _, choice := range c {
		if choice.asked {
			return choice.index
		}
	}
	return other
}

// by names the index that a page is to be read from, if it is known. Where a large part of a table has what is asked for,
// MariaDB reads all of that from the beginning of the list to the page, and not from the page on.
func (s *Store) by(db *gorm.DB, table, index string) *gorm.DB {
	if index == "" {
		return db
	}
	return db.Table(s.dialect.force(table, index))
}

// The lifecycles, as the migrations spell them.
const (
	kept       = "kept"
	deleted    = "deleted"
	eraseAsked = "erase_asked"
	erased     = "erased"
)

// clockSlack is more than what lies between the creation and the start of a recording, and between two clocks.
const clockSlack = time.Minute

// What is asked for beyond these times is as good as what lies at them: no row is older than the first, and databases that
// know no year 10000 cannot be asked for it.
var (
	firstMoment = time.Unix(0, 0)
	lastMoment  = time.Date(9999, time.December, 31, 23, 59, 59, 999_999_000, time.UTC)
)

// bound is the time as something that columns are compared with.
func bound(t time.Time) moment {
	switch {
	case t.Before(firstMoment):
		t = firstMoment
	case t.After(lastMoment):
		t = lastMoment
	}
	return moment(t)
}

// began selects by the time of the start, else of the creation. Only the latter is indexed; the two are seconds apart.
func began(db *gorm.DB, created string, f recording.Filter) *gorm.DB {
	if !f.From.IsZero() {
		db = db.Where(created+" >= ? AND COALESCE(started_at, created_at) >= ?", bound(f.From.Add(-clockSlack)), bound(f.From))
	}
	if !f.To.IsZero() {
		db = db.Where(created+" < ? AND COALESCE(started_at, created_at) < ?", bound(f.To.Add(clockSlack)), bound(f.To))
	}
	return db
}

// between selects by a time that is indexed itself.
func between(db *gorm.DB, column string, from, to time.Time) *gorm.DB {
	if !from.IsZero() {
		db = db.Where(column+" >= ?", bound(from))
	}
	if !to.IsZero() {
		db = db.Where(column+" < ?", bound(to))
	}
	return db
}

// page selects a part of a list that is ordered by the column and then by seq, newest first. What follows a position is
// said in a way of which every optimizer makes a range in the index.
func page(db *gorm.DB, column string, p recording.Page) *gorm.DB {
	db = db.Order(column + " DESC, seq DESC")
	if p.After != (recording.Position{}) {
		at := moment(p.After.At)
		db = db.Where(column+" <= ? AND ("+column+" < ? OR seq < ?)", at, at, p.After.Seq)
	}
	if p.Limit > 0 {
		db = db.Limit(p.Limit)
	}
	return db
}
