-- What is compared is VARBINARY, byte for byte: text collations take A1, a1 and "A1 " for the same tag.
-- A tag of 255 characters has up to 1020 bytes; an index may have 3072 (DYNAMIC rows, the default).

CREATE TABLE IF NOT EXISTS recordings (
  seq               BIGINT          NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id                VARBINARY(64)   NOT NULL,
  version           BIGINT          NOT NULL,
  state             VARBINARY(32)   NOT NULL,
  phase             VARBINARY(32)   NOT NULL,
  running_key       VARBINARY(1024) NULL,
  tag               VARBINARY(1020) NOT NULL,
  node              VARBINARY(255)  NOT NULL,
  uniqueid          VARBINARY(255)  NOT NULL,
  linkedid          VARBINARY(255)  NOT NULL,
  channel           TEXT            NOT NULL,
  extension         VARBINARY(255)  NOT NULL,
  caller_name       TEXT            NOT NULL,
  caller_number     TEXT            NOT NULL,
  connected_name    TEXT            NOT NULL,
  connected_number  TEXT            NOT NULL,
  started_by        TEXT            NOT NULL,
  created_at        DATETIME(6)     NULL,
  started_at        DATETIME(6)     NULL,
  ended_at          DATETIME(6)     NULL,
  call_ended_at     DATETIME(6)     NULL,
  format            VARBINARY(32)   NOT NULL,
  audio_key         TEXT            NULL,
  audio_duration    BIGINT          NULL COMMENT 'nanoseconds',
  audio_size        BIGINT          NULL COMMENT 'bytes',
  audio_sha256      VARBINARY(64)   NULL,
  audio_channels    INT             NULL,
  audio_sample_rate INT             NULL COMMENT 'Hz',
  private           BOOLEAN         NOT NULL,
  legal_hold        BOOLEAN         NOT NULL,
  deleted_at        DATETIME(6)     NULL,
  source_deleted_at DATETIME(6)     NULL,
  failure_code      VARBINARY(64)   NULL,
  failure_detail    TEXT            NULL,
  owner             VARBINARY(255)  NOT NULL,
  lease_until       DATETIME(6)     NULL COMMENT 'by the clock of the database',
  track_count       INT             NOT NULL,
  UNIQUE KEY recordings_id (id),
  UNIQUE KEY recordings_running_key (running_key),
  KEY recordings_tag (tag, seq),
  KEY recordings_uniqueid (uniqueid, seq),
  KEY recordings_linkedid (linkedid, seq),
  KEY recordings_extension (extension, seq),
  KEY recordings_phase (phase, seq),
  KEY recordings_call_ended_at (call_ended_at, seq),
  KEY recordings_source_deleted_at (source_deleted_at, seq)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS recording_tracks (
  recording_id VARBINARY(64)  NOT NULL,
  position     INT            NOT NULL,
  number       INT            NOT NULL,
  uniqueid     VARBINARY(255) NOT NULL,
  direction    VARBINARY(32)  NOT NULL,
  name         TEXT           NOT NULL,
  started_at   DATETIME(6)    NULL,
  PRIMARY KEY (recording_id, position),
  CONSTRAINT recording_tracks_recording FOREIGN KEY (recording_id) REFERENCES recordings (id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS recording_events (
  recording_id VARBINARY(64) NOT NULL,
  version      BIGINT        NOT NULL,
  number       INT           NOT NULL,
  at           DATETIME(6)   NULL,
  kind         VARBINARY(64) NOT NULL,
  state        VARBINARY(32) NOT NULL,
  actor        TEXT          NOT NULL,
  address      TEXT          NOT NULL,
  detail       TEXT          NOT NULL,
  PRIMARY KEY (recording_id, version, number),
  CONSTRAINT recording_events_recording FOREIGN KEY (recording_id) REFERENCES recordings (id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS call_records (
  seq                BIGINT          NOT NULL AUTO_INCREMENT PRIMARY KEY,
  node               VARBINARY(255)  NOT NULL,
  linkedid           VARBINARY(255)  NOT NULL,
  external_reference VARBINARY(1020) NOT NULL,
  started_at         DATETIME(6)     NULL,
  UNIQUE KEY call_records_linkedid (node, linkedid)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS call_legs (
  seq       BIGINT         NOT NULL AUTO_INCREMENT PRIMARY KEY,
  node      VARBINARY(255) NOT NULL,
  linkedid  VARBINARY(255) NOT NULL,
  uniqueid  VARBINARY(255) NOT NULL,
  channel   TEXT           NOT NULL,
  extension VARBINARY(255) NOT NULL,
  UNIQUE KEY call_legs_call (node, linkedid, uniqueid),
  KEY call_legs_uniqueid (node, uniqueid),
  CONSTRAINT call_legs_call FOREIGN KEY (node, linkedid) REFERENCES call_records (node, linkedid)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS audit_entries (
  seq          BIGINT        NOT NULL AUTO_INCREMENT PRIMARY KEY,
  at           DATETIME(6)   NULL,
  action       VARBINARY(64) NOT NULL,
  username     TEXT          NOT NULL,
  actor        TEXT          NOT NULL,
  address      TEXT          NOT NULL,
  request_id   TEXT          NOT NULL,
  subject      TEXT          NOT NULL,
  recording_id VARBINARY(64) NOT NULL,
  outcome      VARBINARY(64) NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
