-- One track per party; 0003_mysql.sql says more.

ALTER TABLE recordings ADD COLUMN channels INTEGER NOT NULL DEFAULT 1;
ALTER TABLE recordings ADD COLUMN gaps TEXT NULL;
ALTER TABLE recording_tracks ADD COLUMN spans TEXT NULL;
