-- How often a person let the job run again: each time it may spend anew what it was allowed to spend.

ALTER TABLE jobs ADD COLUMN requeues INTEGER NOT NULL DEFAULT 0;
