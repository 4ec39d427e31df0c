-- Where a passage reads like orders to whoever reads it out: starts and ends of those parts of its text by turns, as they
-- were found when the document came in. NULL: nobody looked (passages that came in before this).
ALTER TABLE app.chunks ADD COLUMN flagged integer[];
