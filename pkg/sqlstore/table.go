package sqlstore

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// tables write whole rows.
type tables struct{ recordings, tracks, events, calls, legs, audit, keys *table }

func newTables(db *gorm.DB, d dialect) (t tables, err error) {
	for _, entry := range []struct {
		to  **table
		row any
	}{
		{&t.recordings, recordingRow{}}, {&t.tracks, trackRow{}}, {&t.events, eventRow{}},
		{&t.calls, callRow{}}, {&t.legs, legRow{}}, {&t.audit, auditRow{}}, {&t.keys, keyRow{}},
	} {
		if *entry.to, err = newTable(db, d, entry.row); err != nil {
			return t, err
		}
	}
	return t, nil
}

// table writes whole rows of one struct. The columns are GORM's, the text is put together here: GORM takes as long to
// write a statement as a database to run it, and a start waits for six of them.
type table struct {
	name    string
	fields  []*schema.Field // all but what the database fills in by itself
	columns []string
	marks   []string // what stands for a column's value
	indexed []bool
	apart   bool // indexed columns are not written if they do not change
	merge   func(key, columns []string) string
}

func newTable(db *gorm.DB, d dialect, row any) (*table, error) {
	statement := &gorm.Statement{DB: db}
	if err := statement.Parse(row); err != nil {
		return nil, err
	}
	t := &table{name: statement.Schema.Table, merge: d.merge, apart: d.rewritesIndexes()}
	for _, field := range statement.Schema.Fields {
		if field.AutoIncrement {
			continue
		}
		mark := "?"
		if field.FieldType == reflect.TypeFor[lease]() {
			mark = d.fromNow()
		}
		_, indexed := field.TagSettings["INDEX"]
		t.fields, t.columns = append(t.fields, field), append(t.columns, field.DBName)
		t.marks, t.indexed = append(t.marks, mark), append(t.indexed, indexed)
	}
	return t, nil
}

// insert adds rows.
func insert[Row any](t *table, rows ...Row) step {
	values := strings.Repeat(", ("+strings.Join(t.marks, ", ")+")", len(rows))
	s := step{sql: "INSERT INTO " + t.name + " (" + strings.Join(t.columns, ", ") + ") VALUES " + values[2:]}
	for i := range rows {
		s.args = append(s.args, t.values(&rows[i])...)
	}
	return s
}

// upsert adds rows, or overwrites the named columns of those whose key is there already.
func upsert[Row any](t *table, key, columns []string, rows ...Row) step {
	s := insert(t, rows...)
	s.sql += " " + t.merge(key, columns)
	return s
}

// update overwrites the row with the id, all of it, if its version is the one before. What is in an index goes apart where
// the dialect wants that, and then only if it has changed.
func update(t *table, row recordingRow) []step {
	var all, apart assignments
	for i, value := range t.values(&row) {
		switch {
		case t.columns[i] == "id":
		case t.apart && t.indexed[i]:
			apart.add(t.columns[i], t.marks[i], value)
		default:
			all.add(t.columns[i], t.marks[i], value)
		}
	}
	steps := []step{{
		sql:  "UPDATE " + t.name + " SET " + all.set() + " WHERE id = ? AND version = ?",
		args: append(all.values, row.ID, row.Version-1), one: true,
	}}
	if len(apart.columns) > 0 {
		steps = append(steps, step{
			sql:  "UPDATE " + t.name + " SET " + apart.set() + " WHERE id = ? AND " + apart.differ(),
			args: slices.Concat(apart.values, []any{row.ID}, apart.values),
		})
	}
	return steps
}

// assignments are columns with their new values.
type assignments struct {
	columns, marks []string
	values         []any
}

func (a *assignments) add(column, mark string, value any) {
	a.columns, a.marks, a.values = append(a.columns, column), append(a.marks, mark), append(a.values, value)
}

func (a *assignments) set() string {
	set := make([]string, len(a.columns))
	for i, column := range a.columns {
		set[i] = column + " = " + a.marks[i]
	}
	return strings.Join(set, ", ")
}

// differ compares NULL like any value.
func (a *assignments) differ() string {
	return "(" + strings.Join(a.columns, ", ") + ") IS NOT (" + strings.Join(a.marks, ", ") + ")"
}

func (t *table) values(row any) []any {
	from := reflect.ValueOf(row).Elem()
	values := make([]any, len(t.fields), len(t.fields)+2)
	for i, field := range t.fields {
		values[i], _ = field.ValueOf(context.Background(), from)
	}
	return values
}
