-- A step of a turn is kept in two statements: its events with the inputs behind them, and its records.

-- The notification now says how far the log has come, so that who has read so far need not look again.
CREATE OR REPLACE FUNCTION app.append_events(
    run uuid, new_step text, kinds text[], texts bytea[], moment timestamptz
) RETURNS integer[] LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    base integer;
BEGIN
    SELECT last_seq INTO base FROM app.runs WHERE id = run FOR NO KEY UPDATE;
    IF base IS NULL OR EXISTS (SELECT 1 FROM app.run_events WHERE run_id = run AND step = new_step) THEN
        RETURN NULL;
    END IF;
    INSERT INTO app.run_events (run_id, seq, step, ordinal, kind, sealed, at)
        SELECT run, base + ordinal, new_step, ordinal, kind, text, moment
        FROM unnest(kinds, texts) WITH ORDINALITY AS e (kind, text, ordinal);
    UPDATE app.runs SET last_seq = base + cardinality(kinds) WHERE id = run;
    PERFORM pg_notify('run_events', run::text || ' ' || base + cardinality(kinds));
    RETURN ARRAY(SELECT base + n FROM generate_series(1, cardinality(kinds)) AS n);
END $$;

-- A step of one execution of a run: its events, none where the step had been kept before, and what it took from outside.
CREATE FUNCTION app.keep_step(
    run uuid, new_step text, kinds text[], texts bytea[], moment timestamptz,
    execution integer, number integer, taken bytea
) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF cardinality(kinds) > 0 THEN
        PERFORM app.append_events(run, new_step, kinds, texts, moment);
    END IF;
    INSERT INTO app.run_inputs (run_id, attempt, ordinal, sealed, at) VALUES (run, execution, number, taken, moment);
END $$;

-- Add records to a stream whose end the caller takes to be `after_seq` with `after_hash`, and their hashes follow from
-- that. Where the end is another, or one of the steps is kept already, nothing is added: then the reply says what is
-- there, and nobody else extends the stream until the transaction ends, so that a second call can't fail.
-- VOLATILE: what it reads is no older than the lock.
CREATE FUNCTION app.append_records(
    wanted_stream text, after_seq bigint, after_hash text, who text, moment timestamptz, entries jsonb
) RETURNS TABLE (added boolean, last_seq bigint, last_hash text, kept text[]) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('audit|' || app.current_tenant() || '|' || wanted_stream, 0));
    SELECT r.seq, r.hash INTO last_seq, last_hash
        FROM app.audit_records r WHERE r.stream = wanted_stream ORDER BY r.seq DESC LIMIT 1;
    IF NOT FOUND THEN
        last_seq := 0;
        last_hash := repeat('0', 64);
    END IF;
    kept := ARRAY(SELECT r.step FROM app.audit_records r
                  WHERE r.stream = wanted_stream
                    AND r.step = ANY (ARRAY(SELECT e ->> 'step' FROM jsonb_array_elements(entries) AS e)));
    added := last_seq = after_seq AND last_hash = after_hash AND cardinality(kept) = 0;
    IF added THEN
        INSERT INTO app.audit_records (stream, seq, kind, at, actor, run_id, step, body, prev_hash, hash)
            SELECT wanted_stream, after_seq + place, e ->> 'kind', moment, who, (e ->> 'run_id')::uuid, e ->> 'step',
                e -> 'body', coalesce(lag(e ->> 'hash') OVER (ORDER BY place), after_hash), e ->> 'hash'
            FROM jsonb_array_elements(entries) WITH ORDINALITY AS listed (e, place) ORDER BY place;
    END IF;
    RETURN NEXT;
END $$;
