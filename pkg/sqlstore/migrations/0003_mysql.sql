-- One track per party: when each was heard, what is missing in the finished audio, and how many channels it is to have.
-- An instance of the former version may go on writing: it knows none of these columns.

ALTER TABLE recordings
  ADD COLUMN channels INT        NOT NULL DEFAULT 1 COMMENT 'that the audio is to have',
  ADD COLUMN gaps     MEDIUMTEXT NULL COMMENT 'JSON';

ALTER TABLE recording_tracks
  ADD COLUMN spans MEDIUMTEXT NULL COMMENT 'JSON, in microseconds since 1970';
