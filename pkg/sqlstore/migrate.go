package sqlstore

import (
	"embed"
	"errors"
	"fmt"
	"strings"

	"github.com/go-gormigrate/gormigrate/v2"
	"gorm.io/gorm"
)

// history is the list of migrations, oldest first. It is append-only: what has been released is never changed, since
// databases remember it by name and do not run it again. Each is a file per dialect.
var history = []string{
	"0001",
	"0002",
	"0003",
}

// migrationsTable remembers which of them a database has seen.
const migrationsTable = "schema_migrations"

//go:embed migrations/*.sql
var migrations embed.FS

// migrate runs what the database has not seen yet. A database that has seen more than this program knows is refused. Where
// a migration is no transaction, done tells by a statement's error that it was carried out before the migration was cut off.
func migrate(db *gorm.DB, dialect string, done func(error) bool) error {
	list := make([]*gormigrate.Migration, len(history))
	for i, name := range history {
		list[i] = &gormigrate.Migration{ID: name, Migrate: func(tx *gorm.DB) error { return execute(tx, name+"_"+dialect, done) }}
	}
	options := *gormigrate.DefaultOptions
	options.TableName, options.ValidateUnknownMigrations = migrationsTable, true
	err := gormigrate.New(db, &options, list).Migrate()
	if errors.Is(err, gormigrate.ErrUnknownPastMigration) {
		return fmt.Errorf("the database was migrated by a newer version of this program: %w", err)
	}
	return err
}

func execute(tx *gorm.DB, name string, done func(error) bool) error {
	text, err := migrations.ReadFile("migrations/" + name + ".sql")
	if err != nil {
		return err
	}
	for i, statement := range statements(string(text)) {
		if err := tx.Exec(statement).Error; err != nil && !done(err) {
			return fmt.Errorf("migration %s, statement %d: %w", name, i+1, err)
		}
	}
	return nil
}

// statements splits a migration: each statement ends with a semicolon at the end of a line.
func statements(text string) []string {
	var list []string
	for part := range strings.SplitSeq(text, ";\n") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}
