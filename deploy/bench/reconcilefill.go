package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	_ "github.com/ncruces/go-sqlite3/driver" // the driver

	"ari-recorder/deploy/lab"
)

// populate makes the tables by the service's own hand and fills them: open recordings that run and belong to the instance,
// and stored ones.
func (b *bench) populate(ctx context.Context, folder, url string) (err error) {
	migrate := exec.CommandContext(ctx, b.binary, "migrate")
	migrate.Env = []string{"ARI_RECORDER_DATA_DIR=" + folder, "ARI_RECORDER_DATABASE_URL=" + url}
	if out, err := migrate.CombinedOutput(); err != nil {
		return fmt.Errorf("migrate: %w: %s", err, out)
	}
	db, err := openSQL(folder, url)
	if err != nil {
		return err
	}
	defer join(&err, db.Close)
	const atOnce = 500
	for first := 0; first < b.open+b.stored && err == nil; first += atOnce {
		err = b.insert(ctx, db, first, min(first+atOnce, b.open+b.stored))
	}
	return err
}

func openSQL(folder, url string) (*sql.DB, error) {
	if url == "" {
		return sql.Open("sqlite3", "file:"+filepath.Join(folder, "ari-recorder.db"))
	}
	dsn, err := lab.DSN(url)
	if err != nil {
		return nil, err
	}
	return sql.Open("mysql", dsn)
}

// insert makes the rows from first to before last in one transaction: those below b.open run, the others are stored.
func (b *bench) insert(ctx context.Context, db *sql.DB, first, last int) error {
	var rows, tracks, calls, legs []string
	for i := first; i < last; i++ {
		id, channel := recordingID(i), uniqueID(i)
		const at = "'2026-11-23 07:17:02.694000'"
		state, phase, key, ended, audio, owner := "recording", "running", "'default/"+channel+"'", "NULL", "NULL, NULL, NULL, NULL, NULL, NULL", benchInstance
		if i >= b.open {
			state, phase, key, ended, owner = "available", "available", "NULL", at, ""
			audio = fmt.Sprintf("'2026/11/23/%s.wav', 120000000000, 1920044, '%064d', 1, 8000", id, i)
		}
		rows = append(rows, fmt.Sprintf(`('%s', 3, '%s', '%s', %s, 'T%d', 'default', '%s', '%s', 'PJSIP/%d-00000001', '%d', '', '', '', '', 'crm', %s, %s, %s, %s, 'wav', %s, FALSE, FALSE, %s, '%s', 1)`,
			id, state, phase, key, i, channel, channel, 1000+i, 1000+i, at, at, ended, ended, audio, ended, owner))
		tracks = append(tracks, fmt.Sprintf(`('%s', 0, 0, '%s', 'both', '%s-%s', %s)`, id, channel, benchApplication, id, at))
		calls = append(calls, fmt.Sprintf(`('default', '%s', 'T%d', %s)`, channel, i, at))
		legs = append(legs, fmt.Sprintf(`('default', '%s', '%s', 'PJSIP/%d-00000001', '%d')`, channel, channel, 1000+i, 1000+i))
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, statement := range []string{
		`INSERT INTO recordings (id, version, state, phase, running_key, tag, node, uniqueid, linkedid, channel, extension, caller_name,
			caller_number, connected_name, connected_number, started_by, created_at, started_at, ended_at, call_ended_at, format, audio_key,
			audio_duration, audio_size, audio_sha256, audio_channels, audio_sample_rate, private, legal_hold, source_deleted_at, owner, track_count)
			VALUES ` + strings.Join(rows, ", "),
		`INSERT INTO recording_tracks (recording_id, position, number, uniqueid, direction, name, started_at) VALUES ` + strings.Join(tracks, ", "),
		`INSERT INTO call_records (node, linkedid, external_reference, started_at) VALUES ` + strings.Join(calls, ", "),
		`INSERT INTO call_legs (node, linkedid, uniqueid, channel, extension) VALUES ` + strings.Join(legs, ", "),
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			_ = tx.Rollback() // the error tells more
			return err
		}
	}
	return tx.Commit()
}

// freshFolder is a folder that is removed by the returned function.
func freshFolder() (string, func() error, error) {
	folder, err := os.MkdirTemp("", "ari-recorder-bench-")
	return folder, func() error { return os.RemoveAll(folder) }, err
}
