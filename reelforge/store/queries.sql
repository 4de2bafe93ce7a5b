-- Every statement ReelForge runs, by name. `reelforge.store.queries` reads this file.

-- name: insert_job
INSERT INTO jobs (id, channel, state, "order", order_key, priority, created, deferred_at, not_before)
VALUES (:id, :channel, 'queued', :order, :order_key, :priority, :now, :now, :not_before);

-- name: claim_job
-- A job whose time was set before the clock was set back (now < deferred_at) goes at once: nobody waits for longer
-- than the wait that was meant. `own` is a JSON array of ids, or NULL for any job.
UPDATE jobs
SET state = 'running', attempt = attempt + 1, started = coalesce(started, :now), finished = NULL, not_before = NULL,
    error = '', detail = '', mistake = 0
WHERE seq = (
    SELECT seq FROM jobs
    WHERE state = 'queued'
      AND (not_before IS NULL OR not_before <= :now OR :now < deferred_at)
      AND (:own IS NULL OR id IN (SELECT value FROM json_each(:own)))
    ORDER BY priority, seq
    LIMIT 1
)
RETURNING *;

-- name: next_due
SELECT min(not_before) AS due FROM jobs
WHERE state = 'queued' AND not_before IS NOT NULL
  AND (:own IS NULL OR id IN (SELECT value FROM json_each(:own)));

-- name: end_job
-- What the job gave before a person's change, which has failed now, is still where it was published.
UPDATE jobs
SET state = :state, finished = :now, error = :error, detail = :detail, mistake = :mistake,
    result = coalesce(:result, result)
WHERE id = :id;

-- name: defer_job
UPDATE jobs
SET state = 'queued', deferrals = deferrals + 1, deferred_at = :now, not_before = :not_before, error = :error
WHERE id = :id
RETURNING deferrals;

-- name: hand_back_job
UPDATE jobs SET state = 'queued' WHERE id = :id;

-- name: requeue_job
UPDATE jobs
SET state = 'queued', requeues = requeues + 1, deferrals = 0, deferred_at = :now, not_before = NULL, finished = NULL, error = '', detail = '',
    mistake = 0
WHERE id = :id;

-- name: amend_job
-- A job that a person changed is timed anew: it may have been made long ago.
UPDATE jobs
SET state = 'queued', requeues = requeues + 1, deferrals = 0, deferred_at = :now, not_before = NULL, started = NULL,
    finished = NULL, error = '', detail = '', mistake = 0
WHERE id = :id;

-- name: interrupted_jobs
UPDATE jobs SET state = 'queued' WHERE state = 'running' RETURNING id;

-- name: hurry_job
UPDATE jobs SET priority = min(priority, :priority), not_before = NULL WHERE id = :id;

-- name: twin_job
-- A job with the same order that was begun, was stopped, and is not at its end. One that has been there once is another
-- matter: a person has changed something in it.
SELECT id FROM jobs
WHERE order_key = :order_key AND result IS NULL AND ((state = 'queued' AND attempt > 0) OR (state = 'running' AND attempt > 1))
ORDER BY seq DESC
LIMIT 1;

-- name: unclear_twin
-- The newest job of the same order that stopped in a step of which nobody can tell whether it was paid.
SELECT jobs.id, steps.path FROM jobs JOIN steps ON steps.job = jobs.id
WHERE order_key = :order_key AND jobs.state IN ('needs_person', 'failed') AND steps.state = 'started' AND paid = 'unclear'
ORDER BY jobs.seq DESC
LIMIT 1;

-- name: job
SELECT * FROM jobs WHERE id = :id;

-- name: jobs
SELECT * FROM jobs
WHERE :states IS NULL OR state IN (SELECT value FROM json_each(:states))
ORDER BY seq DESC
LIMIT :limit;

-- name: job_counts
SELECT state, count(*) AS number FROM jobs GROUP BY state;

-- name: begin_step
INSERT INTO steps (job, path, key, state, paid, job_run, attempt, started)
VALUES (:job, :path, :key, 'started', :paid, :job_run, 1, :now)
ON CONFLICT (job, path, key) DO UPDATE
SET state = 'started', paid = excluded.paid, job_run = excluded.job_run, attempt = attempt + 1, cached = 0,
    started = excluded.started, error = ''
RETURNING attempt;

-- name: finish_step
UPDATE steps SET state = 'done', finished = :now, seconds = :seconds, cached = 0, error = ''
WHERE job = :job AND path = :path AND key = :key;

-- name: fail_step
UPDATE steps SET state = :state, seconds = :seconds, error = :error
WHERE job = :job AND path = :path AND key = :key;

-- name: reuse_step
-- A job's own step keeps the seconds it took; another job's step took this job none.
INSERT INTO steps (job, path, key, state, paid, job_run, attempt, cached, started, finished)
VALUES (:job, :path, :key, 'done', :paid, :job_run, 1, 1, :now, :now)
ON CONFLICT (job, path, key) DO UPDATE
SET state = 'done', finished = coalesce(finished, excluded.finished), job_run = excluded.job_run, cached = 1, error = '';

-- name: unclear_step
-- Begun, maybe paid, never finished; the job's own row before another's.
SELECT job, path FROM steps
WHERE key = :key AND state = 'started' AND paid = 'unclear'
ORDER BY job = :job DESC
LIMIT 1;

-- name: mark_unclear
INSERT INTO steps (job, path, key, state, paid, job_run, attempt, started)
VALUES (:job, :path, :key, 'started', 'unclear', :job_run, 0, :now)
ON CONFLICT (job, path, key) DO UPDATE SET state = 'started', paid = 'unclear', job_run = excluded.job_run;

-- name: interrupt_steps
-- What was under way when its job stopped. Where money may have been spent unseen, the row stays as it is: a person decides.
UPDATE steps SET state = 'failed', error = 'It was interrupted.'
WHERE job = :job AND state = 'started' AND paid <> 'unclear';

-- name: clear_steps
-- A person's word about a job holds for the same steps of others that stopped in the middle, too. The keys are looked up
-- before the first row is changed: with `job = :job OR` before it, SQLite would look them up after, and find none.
UPDATE steps SET state = 'failed', error = 'It was interrupted; a person let it run again.'
WHERE state = 'started'
  AND key IN (SELECT key FROM steps WHERE job = :job AND state = 'started')
  AND job NOT IN (SELECT id FROM jobs WHERE state = 'running');

-- name: steps
-- The rows of a job as it stands: a row of an earlier run is hidden when a later run did something else at the same path.
SELECT * FROM steps AS s
WHERE job = :job
  AND job_run = (SELECT max(job_run) FROM steps WHERE job = s.job AND path = s.path)
ORDER BY started, seq;

-- name: finished_steps
SELECT * FROM steps AS s
WHERE job = :job AND state = 'done'
  AND job_run = (SELECT max(job_run) FROM steps WHERE job = s.job AND path = s.path)
ORDER BY finished, seq;

-- name: result
SELECT body FROM results WHERE key = :key;

-- name: results_like
SELECT key FROM results WHERE key GLOB :key || '*' LIMIT 1;

-- name: recorded
-- Everything a job's step gave, over all its runs, the newest last.
SELECT body FROM steps JOIN results USING (key)
WHERE job = :job AND path = :path AND state = 'done'
ORDER BY job_run, seq;

-- name: put_step
-- What a person put in the place of a step's result, for the run to come.
INSERT INTO steps (job, path, key, state, paid, job_run, attempt, started, finished)
VALUES (:job, :path, :key, 'done', 'free', :job_run, 1, :now, :now);

-- name: keep_result
INSERT INTO results (key, body, at) VALUES (:key, :body, :now)
ON CONFLICT (key) DO UPDATE SET body = excluded.body, at = excluded.at;

-- name: add_cost
INSERT INTO costs (job, channel, path, at, engine, what, units, unit, price, currency, mark)
VALUES (:job, :channel, :path, :now, :engine, :what, :units, :unit, :price, :currency, :mark)
ON CONFLICT (mark) DO NOTHING;

-- name: costs
SELECT engine, what, units, unit, price, currency FROM costs WHERE job = :job ORDER BY seq;

-- name: spent
SELECT currency, sum(price) AS price FROM costs
WHERE (:channel IS NULL OR channel = :channel) AND at >= :since
GROUP BY currency;

-- name: add_event
INSERT INTO events (at, job, body) VALUES (:at, :job, :body) RETURNING id;

-- name: forget_events
DELETE FROM events WHERE id <= :until;

-- name: events
SELECT id, body FROM events WHERE id > :after ORDER BY id LIMIT :limit;

-- name: job_events
SELECT id, body FROM events WHERE job = :job ORDER BY id;

-- name: last_event
SELECT coalesce(max(id), 0) AS id FROM events;
