-- Erasure: a conversation's key is destroyed for good; replies kept for it and checkpoints of ended runs go too.

-- ---------------------------------------------------------------- keys

-- No copy of a destroyed key is put back, and none is exchanged: that would erase without a record. A rotation of the
-- master key will have to rewrap keys, and to say so here.
CREATE FUNCTION app.guard_thread_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.wrapped IS NULL THEN
        RAISE EXCEPTION 'a destroyed key stays destroyed';
    END IF;
    IF NEW.wrapped <> OLD.wrapped THEN
        RAISE EXCEPTION 'a key is not exchanged, only destroyed';
    END IF;
    IF NEW.wrapped IS NULL THEN
        NEW.destroyed_at := coalesce(NEW.destroyed_at, now());
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_thread_key BEFORE UPDATE ON app.thread_keys
    FOR EACH ROW EXECUTE FUNCTION app.guard_thread_key();

-- ANALYZE copies values that it samples into pg_statistic, where they outlive their rows. Changing a column's type to the
-- same one drops what it copied before.
ALTER TABLE app.thread_keys ALTER COLUMN wrapped SET STATISTICS 0, ALTER COLUMN wrapped TYPE bytea;
ALTER TABLE app.run_subjects ALTER COLUMN subject SET STATISTICS 0, ALTER COLUMN subject TYPE text;
ALTER TABLE app.idempotency_keys ALTER COLUMN request_digest SET STATISTICS 0, ALTER COLUMN request_digest TYPE text;

REVOKE UPDATE ON app.thread_keys FROM {app_role};
GRANT UPDATE (wrapped, destroyed_at) ON app.thread_keys TO {app_role};

-- ---------------------------------------------------------------- kept replies

-- A reply that tells of a conversation is sealed under that one's key. Those kept before this migration are sealed
-- under the service's own key and name no conversation, so an erasure could not find them: they go now.
ALTER TABLE app.idempotency_keys ADD COLUMN thread_id uuid;
ALTER TABLE app.idempotency_keys NO FORCE ROW LEVEL SECURITY;
DELETE FROM app.idempotency_keys;
ALTER TABLE app.idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE INDEX idempotency_keys_of_thread ON app.idempotency_keys (tenant, thread_id) WHERE thread_id IS NOT NULL;

-- ---------------------------------------------------------------- checkpoints

-- A checkpoint serves to go on. Where a run ends, by whichever way, its checkpoints go in the same transaction.
CREATE FUNCTION app.drop_checkpoints() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM langgraph.checkpoint_writes WHERE tenant = NEW.tenant AND thread_id = NEW.id::text;
    DELETE FROM langgraph.checkpoint_blobs WHERE tenant = NEW.tenant AND thread_id = NEW.id::text;
    DELETE FROM langgraph.checkpoints WHERE tenant = NEW.tenant AND thread_id = NEW.id::text;
    RETURN NULL;
END $$;
CREATE TRIGGER drop_checkpoints AFTER UPDATE OF finished_at ON app.runs
    FOR EACH ROW WHEN (OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL)
    EXECUTE FUNCTION app.drop_checkpoints();

-- The graph saves its last state after the node that ended the run: that is left out.
CREATE FUNCTION app.leave_out_checkpoint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM app.runs r
               WHERE r.tenant = NEW.tenant AND r.id = NEW.thread_id::uuid AND r.finished_at IS NOT NULL) THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END $$;

-- What ended before this migration.
DO $$
DECLARE
    target regclass;
BEGIN
    ALTER TABLE app.runs NO FORCE ROW LEVEL SECURITY;
    FOREACH target IN ARRAY ARRAY['langgraph.checkpoint_writes', 'langgraph.checkpoint_blobs',
                                  'langgraph.checkpoints']::regclass[]
    LOOP
        EXECUTE format('CREATE TRIGGER leave_out_checkpoint BEFORE INSERT ON %s '
                       'FOR EACH ROW EXECUTE FUNCTION app.leave_out_checkpoint()', target);
        EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', target);
        EXECUTE format('DELETE FROM %s AS c USING app.runs r WHERE r.tenant = c.tenant AND r.id::text = c.thread_id '
                       'AND r.finished_at IS NOT NULL', target);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    END LOOP;
    ALTER TABLE app.runs FORCE ROW LEVEL SECURITY;
END $$;
