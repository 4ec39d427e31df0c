-- How often the reading of the file was begun: whoever began it last goes on, and nobody else (retrieval/reading).
ALTER TABLE app.editions ADD COLUMN attempt integer NOT NULL DEFAULT 0;
-- The model of the edition's vectors; NULL where none was noted. Vectors of different models are never compared.
ALTER TABLE app.editions ADD COLUMN embedder text;
