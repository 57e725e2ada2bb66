-- Lists, retention, the audit trail's pages and idempotency keys; 0002_mysql.sql says more.

ALTER TABLE recordings ADD COLUMN erase_asked_at DATETIME NULL;
ALTER TABLE recordings ADD COLUMN erased_at DATETIME NULL;
ALTER TABLE recordings ADD COLUMN lifecycle TEXT GENERATED ALWAYS AS (CASE
  WHEN erased_at IS NOT NULL THEN 'erased'
  WHEN erase_asked_at IS NOT NULL THEN 'erase_asked'
  WHEN deleted_at IS NOT NULL THEN 'deleted'
  ELSE 'kept' END) VIRTUAL;
ALTER TABLE recordings ADD COLUMN lifecycle_at DATETIME GENERATED ALWAYS AS (COALESCE(erased_at, erase_asked_at, deleted_at, created_at)) VIRTUAL;

DROP INDEX recordings_extension;
DROP INDEX recordings_phase;
CREATE INDEX recordings_created_at ON recordings (created_at, seq);
CREATE INDEX recordings_lifecycle ON recordings (lifecycle, lifecycle_at, seq);
CREATE INDEX recordings_tag_lifecycle ON recordings (tag, lifecycle, created_at, seq);
CREATE INDEX recordings_extension_lifecycle ON recordings (extension, lifecycle, created_at, seq);
CREATE INDEX recordings_phase_lifecycle ON recordings (phase, lifecycle, created_at, seq);
CREATE INDEX recordings_node_lifecycle ON recordings (node, lifecycle, created_at, seq);

CREATE INDEX call_records_started_at ON call_records (started_at, seq);
CREATE INDEX call_records_external_reference ON call_records (external_reference, started_at, seq);
CREATE INDEX call_records_linkedid_alone ON call_records (linkedid);
DROP INDEX call_legs_uniqueid;
CREATE INDEX call_legs_uniqueid_node ON call_legs (uniqueid, node);

CREATE INDEX audit_entries_at ON audit_entries (at, seq);
CREATE INDEX audit_entries_recording_id ON audit_entries (recording_id, at, seq);
CREATE INDEX audit_entries_username ON audit_entries (username, at, seq);
CREATE INDEX audit_entries_actor ON audit_entries (actor, at, seq);
CREATE INDEX audit_entries_action ON audit_entries (action, at, seq);

CREATE TABLE idempotency_keys (
  seq             INTEGER  NOT NULL PRIMARY KEY,
  caller          TEXT     NOT NULL,
  idempotency_key TEXT     NOT NULL,
  request         TEXT     NOT NULL,
  recording_id    TEXT     NOT NULL,
  created         BOOLEAN  NOT NULL,
  used_at         DATETIME NULL
);

CREATE UNIQUE INDEX idempotency_keys_key ON idempotency_keys (caller, idempotency_key);
CREATE INDEX idempotency_keys_used_at ON idempotency_keys (used_at);
