-- TEXT is compared byte for byte. Types must be named so that SQLite keeps text as text: as VARBINARY the tag 007 would
-- become the number 7. An INTEGER PRIMARY KEY is one more than the greatest there is; AUTOINCREMENT would write one page
-- more in every start.

CREATE TABLE recordings (
  seq               INTEGER  NOT NULL PRIMARY KEY,
  id                TEXT     NOT NULL,
  version           INTEGER  NOT NULL,
  state             TEXT     NOT NULL,
  phase             TEXT     NOT NULL,
  running_key       TEXT     NULL,
  tag               TEXT     NOT NULL,
  node              TEXT     NOT NULL,
  uniqueid          TEXT     NOT NULL,
  linkedid          TEXT     NOT NULL,
  channel           TEXT     NOT NULL,
  extension         TEXT     NOT NULL,
  caller_name       TEXT     NOT NULL,
  caller_number     TEXT     NOT NULL,
  connected_name    TEXT     NOT NULL,
  connected_number  TEXT     NOT NULL,
  started_by        TEXT     NOT NULL,
  created_at        DATETIME NULL,
  started_at        DATETIME NULL,
  ended_at          DATETIME NULL,
  call_ended_at     DATETIME NULL,
  format            TEXT     NOT NULL,
  audio_key         TEXT     NULL,
  audio_duration    INTEGER  NULL, -- nanoseconds
  audio_size        INTEGER  NULL, -- bytes
  audio_sha256      TEXT     NULL,
  audio_channels    INTEGER  NULL,
  audio_sample_rate INTEGER  NULL, -- Hz
  private           BOOLEAN  NOT NULL,
  legal_hold        BOOLEAN  NOT NULL,
  deleted_at        DATETIME NULL,
  source_deleted_at DATETIME NULL,
  failure_code      TEXT     NULL,
  failure_detail    TEXT     NULL,
  owner             TEXT     NOT NULL,
  lease_until       DATETIME NULL,
  track_count       INTEGER  NOT NULL
);

CREATE UNIQUE INDEX recordings_id ON recordings (id);
CREATE UNIQUE INDEX recordings_running_key ON recordings (running_key);
CREATE INDEX recordings_tag ON recordings (tag, seq);
CREATE INDEX recordings_uniqueid ON recordings (uniqueid, seq);
CREATE INDEX recordings_linkedid ON recordings (linkedid, seq);
CREATE INDEX recordings_extension ON recordings (extension, seq);
CREATE INDEX recordings_phase ON recordings (phase, seq);
CREATE INDEX recordings_call_ended_at ON recordings (call_ended_at, seq);
CREATE INDEX recordings_source_deleted_at ON recordings (source_deleted_at, seq);

CREATE TABLE recording_tracks (
  recording_id TEXT     NOT NULL REFERENCES recordings (id),
  position     INTEGER  NOT NULL,
  number       INTEGER  NOT NULL,
  uniqueid     TEXT     NOT NULL,
  direction    TEXT     NOT NULL,
  name         TEXT     NOT NULL,
  started_at   DATETIME NULL,
  PRIMARY KEY (recording_id, position)
) WITHOUT ROWID;

CREATE TABLE recording_events (
  recording_id TEXT     NOT NULL REFERENCES recordings (id),
  version      INTEGER  NOT NULL,
  number       INTEGER  NOT NULL,
  at           DATETIME NULL,
  kind         TEXT     NOT NULL,
  state        TEXT     NOT NULL,
  actor        TEXT     NOT NULL,
  address      TEXT     NOT NULL,
  detail       TEXT     NOT NULL,
  PRIMARY KEY (recording_id, version, number)
) WITHOUT ROWID;

CREATE TABLE call_records (
  seq                INTEGER  NOT NULL PRIMARY KEY,
  node               TEXT     NOT NULL,
  linkedid           TEXT     NOT NULL,
  external_reference TEXT     NOT NULL,
  started_at         DATETIME NULL
);

CREATE UNIQUE INDEX call_records_linkedid ON call_records (node, linkedid);

CREATE TABLE call_legs (
  seq       INTEGER NOT NULL PRIMARY KEY,
  node      TEXT    NOT NULL,
  linkedid  TEXT    NOT NULL,
  uniqueid  TEXT    NOT NULL,
  channel   TEXT    NOT NULL,
  extension TEXT    NOT NULL,
  FOREIGN KEY (node, linkedid) REFERENCES call_records (node, linkedid)
);

CREATE UNIQUE INDEX call_legs_call ON call_legs (node, linkedid, uniqueid);
CREATE INDEX call_legs_uniqueid ON call_legs (node, uniqueid);

CREATE TABLE audit_entries (
  seq          INTEGER  NOT NULL PRIMARY KEY,
  at           DATETIME NULL,
  action       TEXT     NOT NULL,
  username     TEXT     NOT NULL,
  actor        TEXT     NOT NULL,
  address      TEXT     NOT NULL,
  request_id   TEXT     NOT NULL,
  subject      TEXT     NOT NULL,
  recording_id TEXT     NOT NULL,
  outcome      TEXT     NOT NULL
);
