-- Lists, retention, the audit trail's pages and idempotency keys.
--
-- No server can undo a part of a migration. So each statement here happens as a whole or not at all, and one that finds
-- its work done is passed over.
--
-- lifecycle says what may become of the audio, and lifecycle_at since when. One index on both finds what is not deleted in
-- the order of creation, however much is deleted around it, and what is to be erased next for each of three causes.

ALTER TABLE recordings
  ADD COLUMN erase_asked_at DATETIME(6) NULL,
  ADD COLUMN erased_at      DATETIME(6) NULL,
  ADD COLUMN lifecycle      VARBINARY(16) GENERATED ALWAYS AS (CASE
    WHEN erased_at IS NOT NULL THEN 'erased'
    WHEN erase_asked_at IS NOT NULL THEN 'erase_asked'
    WHEN deleted_at IS NOT NULL THEN 'deleted'
    ELSE 'kept' END) STORED,
  ADD COLUMN lifecycle_at   DATETIME(6) GENERATED ALWAYS AS (COALESCE(erased_at, erase_asked_at, deleted_at, created_at)) STORED,
  ADD KEY recordings_created_at (created_at, seq),
  ADD KEY recordings_lifecycle (lifecycle, lifecycle_at, seq),
  ADD KEY recordings_tag_lifecycle (tag, lifecycle, created_at, seq),
  ADD KEY recordings_extension_lifecycle (extension, lifecycle, created_at, seq),
  ADD KEY recordings_phase_lifecycle (phase, lifecycle, created_at, seq),
  ADD KEY recordings_node_lifecycle (node, lifecycle, created_at, seq),
  DROP KEY recordings_extension,
  DROP KEY recordings_phase;

ALTER TABLE call_records
  ADD KEY call_records_started_at (started_at, seq),
  ADD KEY call_records_external_reference (external_reference, started_at, seq),
  ADD KEY call_records_linkedid_alone (linkedid);

ALTER TABLE call_legs
  ADD KEY call_legs_uniqueid_node (uniqueid, node),
  DROP KEY call_legs_uniqueid;

ALTER TABLE audit_entries
  MODIFY username VARBINARY(1020) NOT NULL,
  MODIFY actor    VARBINARY(1020) NOT NULL,
  ADD KEY audit_entries_at (at, seq),
  ADD KEY audit_entries_recording_id (recording_id, at, seq),
  ADD KEY audit_entries_username (username, at, seq),
  ADD KEY audit_entries_actor (actor, at, seq),
  ADD KEY audit_entries_action (action, at, seq);

CREATE TABLE IF NOT EXISTS idempotency_keys (
  seq             BIGINT          NOT NULL AUTO_INCREMENT PRIMARY KEY,
  caller          VARBINARY(1020) NOT NULL,
  idempotency_key VARBINARY(1020) NOT NULL,
  request         VARBINARY(255)  NOT NULL,
  recording_id    VARBINARY(64)   NOT NULL,
  created         BOOLEAN         NOT NULL,
  used_at         DATETIME(6)     NULL,
  UNIQUE KEY idempotency_keys_key (caller, idempotency_key),
  KEY idempotency_keys_used_at (used_at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
