CREATE TABLE digits (d INT NOT NULL);
INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
CREATE TABLE numbers (n INT NOT NULL PRIMARY KEY);
INSERT INTO numbers SELECT a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d + 1
  FROM digits a, digits b, digits c, digits d, digits e WHERE e.d < 2;

-- 20,000 recordings: of a hundred extensions one has a twentieth, of nearly as many tags as recordings one has a fiftieth;
-- one in a hundred failed; a node of its own has made 20; the older half was deleted by retention and a few by hand; 20
-- run, 5 are being archived.
INSERT INTO recordings (seq, id, version, state, phase, running_key, tag, node, uniqueid, linkedid, channel, extension,
    caller_name, caller_number, connected_name, connected_number, started_by, created_at, started_at, ended_at, call_ended_at,
    format, audio_key, audio_duration, audio_size, audio_sha256, private, legal_hold, deleted_at, erase_asked_at, erased_at,
    source_deleted_at, owner, track_count)
  SELECT n, CONCAT('r', n), 3, state, phase, IF(phase = 'running', CONCAT('default/', n, '.0'), NULL),
    IF(n % 50 = 3, 'campaign', n), IF(n % 1000 = 5, 'paris', 'default'), CONCAT(n, '.0'), CONCAT(n, '.0'),
    CONCAT('PJSIP/100-', n), 100 + IF(n % 20 = 1, 0, n % 100), '', '', '', '', 'crm', at, at, ended, ended,
    'wav', IF(n > 10000, n, NULL), 1, 1, 'abc', 0, n % 700 = 9,
    IF(n <= 10000, at + INTERVAL 9000 HOUR, IF(n % 97 = 11, at, NULL)), IF(n > 10000 AND n % 970 = 11, at, NULL),
    IF(n <= 10000, at + INTERVAL 9000 HOUR, NULL), ended, IF(ended IS NULL, 'one', ''), 0
  FROM (SELECT n, '2024-11-23' + INTERVAL n HOUR AS at,
      IF(n > 19980, NULL, '2024-11-23' + INTERVAL n HOUR + INTERVAL 5 MINUTE) AS ended,
      CASE WHEN n > 19980 THEN 'recording' WHEN n > 19975 THEN 'archiving' WHEN n % 100 = 7 THEN 'failed' ELSE 'available' END AS state,
      CASE WHEN n > 19980 THEN 'running' WHEN n > 19975 THEN 'archiving' WHEN n % 100 = 7 THEN 'failed' ELSE 'available' END AS phase
    FROM numbers) made ORDER BY n;

INSERT INTO call_records (seq, node, linkedid, external_reference, started_at)
  SELECT seq, node, linkedid, tag, created_at FROM recordings;

INSERT INTO audit_entries (seq, at, action, username, actor, address, request_id, subject, recording_id, outcome)
  SELECT n, '2024-11-23' + INTERVAL n HOUR, IF(n % 500 = 1, 'denied', IF(n % 3 = 0, 'start', 'retrieve')), IF(n % 2 = 0, 'ann', CONCAT('user', n % 300)),
    IF(n < 100, 'old', 'crm'), '192.0.2.7', '', CONCAT('tag=', n), CONCAT('r', n), 'ok'
  FROM numbers;

ANALYZE TABLE recordings, call_records, audit_entries;
