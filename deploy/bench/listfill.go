package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	_ "github.com/go-sql-driver/mysql" // the driver

	"ari-recorder/deploy/lab"
	"ari-recorder/pkg/recording"
)

// What the rows are like: the n-th is made each twelve seconds or so, for two years if there are five million; each 50th has
// the largest tag, the others nearly as many as there are recordings; each 25th is of the largest extension, the others of
// 1,999 more; each 100th failed; each 40th was deleted.
const (
	everyTag, largestTag             = 50, "campaign"
	everyExtension, largestExtension = 25, "1000"
	everyFailed                      = 100
	between                          = 12_614_400 * time.Microsecond
)

var firstMade = time.Date(2024, 11, 23, 0, 0, 0, 0, time.UTC)

// madeAt is when the n-th recording was made.
func madeAt(n int) time.Time { return firstMade.Add(time.Duration(n) * between) }

// place is the position of the n-th recording in lists.
func place(n int) recording.Position { return recording.Position{At: madeAt(n), Seq: int64(n)} }

// atOnce is how many rows are made in one transaction.
const atOnce = 100_000

const insertRecordings = `INSERT INTO recordings (seq, id, version, state, phase, tag, node, uniqueid, linkedid, channel, extension,
    caller_name, caller_number, connected_name, connected_number, started_by, created_at, started_at, ended_at, call_ended_at,
    format, audio_key, audio_duration, audio_size, audio_sha256, audio_channels, audio_sample_rate, private, legal_hold, deleted_at,
    source_deleted_at, failure_code, failure_detail, owner, track_count)
  SELECT n, id, 5, IF(failed, 'failed', 'available'), IF(failed, 'failed', 'available'),
    IF(n %% %[3]d = 3, '%[4]s', CONCAT('T', CRC32(n))), 'default', uniqueid, uniqueid, CONCAT('PJSIP/', extension, '-', LPAD(HEX(n), 8, '0')), extension,
    CONCAT('Agent ', extension), extension, '', CONCAT('555', n %% 10000), 'crm', at, at + INTERVAL 50000 MICROSECOND, ended, ended,
    'wav', IF(failed, NULL, CONCAT(DATE_FORMAT(at, '%%Y/%%m/%%d/'), id, '.wav')), IF(failed, NULL, 120e9), IF(failed, NULL, 1920044),
    IF(failed, NULL, SHA2(n, 256)), IF(failed, NULL, 1), IF(failed, NULL, 8000), FALSE, FALSE, IF(n %% 40 = 11, ended, NULL),
    ended, IF(failed, 'no_file', NULL), IF(failed, 'Asterisk has no such file', NULL), '', 1
  FROM (SELECT seq AS n, CONCAT('01k9', LPAD(seq, 22, '0')) AS id, seq %% %[7]d = 57 AS failed, CONCAT(1732320000 + seq, '.', seq) AS uniqueid,
      IF(seq %% %[5]d = 7, '%[6]s', 1001 + CRC32(seq) %% 1999) AS extension, at, at + INTERVAL 2 MINUTE AS ended
    FROM (SELECT seq, '2024-11-23' + INTERVAL seq * %[8]d MICROSECOND AS at FROM seq_%[1]d_to_%[2]d) numbered) made`

const insertTracks = `INSERT INTO recording_tracks (recording_id, position, number, uniqueid, direction, name, started_at)
  SELECT id, 0, 0, uniqueid, 'both', CONCAT('ari-recorder-', id), started_at FROM recordings WHERE seq BETWEEN %d AND %d`

// fill makes the rows inside the server and lets it count them.
func fill(ctx context.Context, url string, rows int) (err error) {
	dsn, err := lab.DSN(url)
	if err != nil {
		return err
	}
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		return err
	}
	defer join(&err, db.Close)
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer join(&err, conn.Close)
	run := func(format string, args ...any) {
		if err == nil {
			_, err = conn.ExecContext(ctx, fmt.Sprintf(format, args...))
		}
	}
	run("SET foreign_key_checks = 0, unique_checks = 0")
	for n := 1; n <= rows && err == nil; n += atOnce {
		last := min(n+atOnce-1, rows)
		run(insertRecordings, n, last, everyTag, largestTag, everyExtension, largestExtension, everyFailed, between.Microseconds())
		run(insertTracks, n, last)
	}
	run("ANALYZE TABLE recordings, recording_tracks")
	return errors.Join(err, ctx.Err())
}
