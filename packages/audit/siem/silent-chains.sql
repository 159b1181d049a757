-- Chains that have gone silent, and chains whose last events no checkpoint covers: nobody vouches for those.
-- The table events has one row an event, and columns named as the fields are. :now_ms is the present, in ms since 1970.
-- A writer makes a checkpoint at most 60 s after an event, and one an hour while nothing happens; a process that ended in
-- order has written audit.stopped and a checkpoint, and may be silent. Change the limits where the policy has others.
WITH chain AS (
  SELECT
    "unmapped.chain" AS chain,
    MAX("unmapped.writer") AS writer,
    MAX("unmapped.sequence") AS last_sequence,
    MAX(CASE WHEN "unmapped.kind" = 'audit.checkpoint' THEN "unmapped.sequence" ELSE -1 END) AS checkpoint,
    MAX(CASE WHEN "unmapped.kind" = 'audit.stopped' THEN "unmapped.sequence" ELSE -1 END) AS stopped,
    MAX("time") AS last_ms
  FROM events
  GROUP BY "unmapped.chain"
)
SELECT chain, writer, last_sequence, last_ms, 'unfinished tail' AS finding
FROM chain
WHERE last_sequence > checkpoint
  AND (
    SELECT MIN("time") FROM events WHERE "unmapped.chain" = chain AND "unmapped.sequence" > checkpoint
  ) < :now_ms - 300000
UNION ALL
SELECT chain, writer, last_sequence, last_ms, 'silent' AS finding
FROM chain
WHERE last_ms < :now_ms - 2 * 3600000
  AND NOT (checkpoint = last_sequence AND stopped = last_sequence - 1)
ORDER BY chain, finding;
