package sqlstore

import (
	"context"

	"gorm.io/gorm"

	"ari-recorder/pkg/recording"
)

// Query is a reading statement with its arguments.
type Query struct {
	SQL  string
	Args []any
}

func (s *Store) dry(rows any, selected func(*gorm.DB) *gorm.DB) Query {
	statement := selected(s.read.Session(&gorm.Session{DryRun: true, NewDB: true})).Find(rows).Statement
	return Query{statement.SQL.String(), statement.Vars}
}

// FindQuery is what Find asks.
func (s *Store) FindQuery(f recording.Filter) Query {
	return s.dry(&[]recordingRow{}, func(db *gorm.DB) *gorm.DB { return latest(db, f) })
}

// ListQuery is what List asks.
func (s *Store) ListQuery(f recording.Filter, p recording.Page) Query {
	return s.dry(&[]recordingRow{}, func(db *gorm.DB) *gorm.DB { return s.listed(db, f, p) })
}

// DoomedQuery is what Doomed asks.
func (s *Store) DoomedQuery(d recording.Doom, after recording.Position, limit int) Query {
	return s.dry(&[]recordingRow{}, func(db *gorm.DB) *gorm.DB { return s.doomed(db, d, after).Limit(limit) })
}

// CallsQuery is the main one of what Calls asks.
func (s *Store) CallsQuery(f recording.CallFilter, p recording.Page) Query {
	return s.dry(&[]callRow{}, func(db *gorm.DB) *gorm.DB {
		selected, _ := s.called(db, f) // without a uniqueid it asks nothing
		return page(between(selected, "started_at", f.From, f.To), "started_at", p)
	})
}

// LegsQuery and CallQuery are what Call asks, one after the other.
func (s *Store) LegsQuery(uniqueID string) Query {
	return s.dry(&[]legRow{}, func(db *gorm.DB) *gorm.DB { return legsNamed(db, uniqueID) })
}

// CallQuery is the second of them.
func (s *Store) CallQuery(node string, linkedIDs ...string) Query {
	return s.dry(&[]callRow{}, func(db *gorm.DB) *gorm.DB { return callsNamed(db, node, linkedIDs) })
}

// AuditQuery is what AuditTrail asks.
func (s *Store) AuditQuery(f recording.AuditFilter, p recording.Page) Query {
	return s.dry(&[]auditRow{}, func(db *gorm.DB) *gorm.DB { return s.audited(db, f, p) })
}

// Plan is how a database reads one table for a query.
type Plan struct {
	Detail string // SQLite's words for all of it

	Key, Extra string // the index, and what there is to do besides, on a server
	Rows       int64  // that the server expects to read
}

// Explain asks the database how it would go about the query.
func (s *Store) Explain(ctx context.Context, q Query) (plans []Plan, err error) {
	explain := "EXPLAIN FORMAT=TRADITIONAL "
	if s.read.Name() == "sqlite" {
		explain = "EXPLAIN QUERY PLAN "
	}
	return plans, s.read.WithContext(ctx).Raw(explain+q.SQL, q.Args...).Scan(&plans).Error
}

// Reads runs the query on a server and counts the rows and index entries that it looked at.
func (s *Store) Reads(ctx context.Context, q Query) (count int64, err error) {
	err = s.read.WithContext(ctx).Connection(func(conn *gorm.DB) error {
		conn = conn.Session(&gorm.Session{})
		var seen [3]int64
		for i := range seen {
			if i == 2 { // what is counted between the first two is the counting
				var rows []map[string]any
				if err := conn.Raw(q.SQL, q.Args...).Scan(&rows).Error; err != nil {
					return err
				}
			}
			var counters []struct{ Value int64 }
			if err := conn.Raw("SHOW SESSION STATUS LIKE 'Handler_read%'").Scan(&counters).Error; err != nil {
				return err
			}
			for _, counter := range counters {
				seen[i] += counter.Value
			}
		}
		count = seen[2] - seen[1] - (seen[1] - seen[0])
		return nil
	})
	return count, err
}
