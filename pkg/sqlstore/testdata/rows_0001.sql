INSERT INTO recordings (id, version, state, phase, running_key, tag, node, uniqueid, linkedid, channel, extension,
    caller_name, caller_number, connected_name, connected_number, started_by, created_at, started_at, ended_at, call_ended_at,
    format, audio_key, audio_duration, audio_size, audio_sha256, audio_channels, audio_sample_rate, private, legal_hold,
    deleted_at, source_deleted_at, failure_code, failure_detail, owner, lease_until, track_count)
  VALUES ('01k9available', 4, 'available', 'available', NULL, 'A1 ', 'default', '1795418220.0', '1795418219.9', 'PJSIP/410-00000002', '410',
    'Ann', '410', '', '5550100', 'crm', '2026-11-23 07:17:02.694123', '2026-11-23 07:17:02.800000', '2026-11-23 07:18:02.000000', '2026-11-23 07:18:02.000000',
    'wav', '2026/11/23/01k9available.wav', 60000125000, 960046, '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', 1, 8000, 0, 0,
    NULL, '2026-11-23 07:18:03.000000', NULL, NULL, '', NULL, 1);
INSERT INTO recordings (id, version, state, phase, running_key, tag, node, uniqueid, linkedid, channel, extension,
    caller_name, caller_number, connected_name, connected_number, started_by, created_at, started_at, ended_at, call_ended_at,
    format, private, legal_hold, deleted_at, source_deleted_at, failure_code, failure_detail, owner, lease_until, track_count)
  VALUES ('01k9failed', 2, 'failed', 'failed', NULL, '22', 'default', '1795418230.0', '', 'PJSIP/410-00000003', '410',
    '', '', '', '', '', '2026-11-23 07:19:02.000000', NULL, '2026-11-23 07:19:03.000000', '2026-11-23 07:19:03.000000',
    'wav', 1, 1, NULL, NULL, 'no_file', 'disk full?', '', NULL, 0);
INSERT INTO recordings (id, version, state, phase, running_key, tag, node, uniqueid, linkedid, channel, extension,
    caller_name, caller_number, connected_name, connected_number, started_by, created_at, started_at, ended_at, call_ended_at,
    format, private, legal_hold, deleted_at, source_deleted_at, failure_code, failure_detail, owner, lease_until, track_count)
  VALUES ('01k9running', 2, 'recording', 'running', 'default/1795418240.0', '22', 'default', '1795418240.0', '1795418240.0', 'PJSIP/411-00000004', '411',
    '', '', '', '', '', '2026-11-23 07:20:02.000000', '2026-11-23 07:20:02.100000', NULL, NULL,
    'wav', 0, 0, NULL, NULL, NULL, NULL, 'one', NULL, 0);
INSERT INTO recording_tracks (recording_id, position, number, uniqueid, direction, name, started_at)
  VALUES ('01k9available', 0, 0, '1795418220.0', 'both', 'rec-01k9available', '2026-11-23 07:17:02.800000');
INSERT INTO recording_events (recording_id, version, number, at, kind, state, actor, address, detail)
  VALUES ('01k9available', 1, 0, '2026-11-23 07:17:02.694123', 'requested', 'starting', 'crm', '192.0.2.7', '');
INSERT INTO call_records (node, linkedid, external_reference, started_at)
  VALUES ('default', '1795418219.9', 'A1 ', '2026-11-23 07:17:02.694123');
INSERT INTO call_legs (node, linkedid, uniqueid, channel, extension)
  VALUES ('default', '1795418219.9', '1795418220.0', 'PJSIP/410-00000002', '410');
INSERT INTO audit_entries (at, action, username, actor, address, request_id, subject, recording_id, outcome)
  VALUES ('2026-11-23 07:30:00.000000', 'retrieve', 'Zoë', '', '192.0.2.7', 'r1', 'tag=A1 ', '01k9available', 'ok');
