-- Ask: documents, people, conversations, the event log, the ledger, checkpoints and the queue.
-- Run by the owner role. Every table with a `tenant` column gets forced row-level security at the end;
-- a test over the catalogue fails when one lacks it.

CREATE SCHEMA app;
CREATE SCHEMA langgraph;
CREATE SCHEMA queue;

-- The tenant and person that `core.database.transaction` set for this transaction; NULL outside one.
CREATE FUNCTION app.current_tenant() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('app.tenant', true), '') $$;
CREATE FUNCTION app.current_person() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('app.person', true), '') $$;
CREATE FUNCTION app.is_system() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT current_setting('app.system', true) = 'on' $$;

-- ---------------------------------------------------------------- people

CREATE TABLE app.people (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    person_id text NOT NULL,
    name text NOT NULL,
    branch text,
    roles text[] NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    PRIMARY KEY (tenant, person_id)
);

-- What each authentication said, kept whenever it differs from the one before.
CREATE TABLE app.people_history (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    person_id text NOT NULL,
    seen_at timestamptz NOT NULL,
    name text NOT NULL,
    branch text,
    roles text[] NOT NULL,
    PRIMARY KEY (tenant, person_id, seen_at)
);

-- Browser sessions: the secret of the cookie is stored as its hash, the tokens sealed.
CREATE TABLE app.sessions (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    id_hash bytea NOT NULL,
    person_id text NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, id_hash)
);
CREATE INDEX sessions_expiry ON app.sessions (tenant, expires_at);

CREATE TABLE app.idempotency_keys (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    person_id text NOT NULL,
    key text NOT NULL,
    request_digest text NOT NULL,
    status integer,
    sealed bytea,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, person_id, key)
);

-- ---------------------------------------------------------------- documents

CREATE TABLE app.documents (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    id uuid NOT NULL,
    key text NOT NULL,
    title text NOT NULL,
    library text NOT NULL,
    audience text[] NOT NULL CHECK (cardinality(audience) > 0),
    classification text,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, key)
);

CREATE TABLE app.editions (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    id uuid NOT NULL,
    document_id uuid NOT NULL,
    title text NOT NULL,
    version text NOT NULL,
    effective_from date NOT NULL,
    effective_to date CHECK (effective_to > effective_from),
    sha256 text NOT NULL,
    media_type text NOT NULL,
    filename text NOT NULL,
    state text NOT NULL CHECK (state IN ('parsing', 'draft', 'published', 'withdrawn', 'failed')),
    page_count integer,
    chunk_count integer,
    problems jsonb NOT NULL DEFAULT '[]',
    uploaded_by text NOT NULL,
    uploaded_at timestamptz NOT NULL DEFAULT now(),
    published_by text,
    published_at timestamptz,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, document_id) REFERENCES app.documents (tenant, id),
    UNIQUE (tenant, document_id, version, effective_from)
);
CREATE INDEX editions_published ON app.editions (tenant, document_id, effective_from) WHERE state = 'published';

CREATE TABLE app.edition_files (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    edition_id uuid NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (tenant, edition_id),
    FOREIGN KEY (tenant, edition_id) REFERENCES app.editions (tenant, id)
);
ALTER TABLE app.edition_files ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE TABLE app.pages (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    edition_id uuid NOT NULL,
    number integer NOT NULL,
    width real NOT NULL,
    height real NOT NULL,
    text text NOT NULL,
    PRIMARY KEY (tenant, edition_id, number),
    FOREIGN KEY (tenant, edition_id) REFERENCES app.editions (tenant, id)
);

CREATE TABLE app.chunks (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    id uuid NOT NULL,
    edition_id uuid NOT NULL,
    ordinal integer NOT NULL,
    section text[] NOT NULL,
    page integer,
    page_end integer,
    boxes jsonb NOT NULL DEFAULT '[]',
    text text NOT NULL,
    sha256 text NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, edition_id, ordinal),
    FOREIGN KEY (tenant, edition_id) REFERENCES app.editions (tenant, id)
);

-- Vectors in a table of their own, uncompressed: 20,000 rows scan in a third of the time.
CREATE TABLE app.chunk_vectors (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    chunk_id uuid NOT NULL,
    edition_id uuid NOT NULL,
    embedding vector(384) NOT NULL,
    PRIMARY KEY (tenant, chunk_id),
    FOREIGN KEY (tenant, chunk_id) REFERENCES app.chunks (tenant, id)
);
ALTER TABLE app.chunk_vectors ALTER COLUMN embedding SET STORAGE PLAIN;
CREATE INDEX chunk_vectors_edition ON app.chunk_vectors (tenant, edition_id);

CREATE TABLE app.jobs (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    id uuid NOT NULL,
    kind text NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed')),
    done integer NOT NULL DEFAULT 0,
    total integer NOT NULL DEFAULT 0,
    edition_id uuid,
    publish boolean NOT NULL DEFAULT false,
    error jsonb,
    person_id text NOT NULL,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    PRIMARY KEY (tenant, id)
);

-- ---------------------------------------------------------------- conversations

CREATE TABLE app.threads (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    id uuid NOT NULL,
    person_id text NOT NULL,
    title bytea,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    hidden_at timestamptz,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX threads_of_person ON app.threads (tenant, person_id, updated_at DESC);

CREATE TABLE app.thread_keys (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    thread_id uuid NOT NULL,
    wrapped bytea,
    created_at timestamptz NOT NULL,
    destroyed_at timestamptz,
    PRIMARY KEY (tenant, thread_id),
    FOREIGN KEY (tenant, thread_id) REFERENCES app.threads (tenant, id)
);

CREATE TABLE app.runs (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    id uuid NOT NULL,
    thread_id uuid NOT NULL,
    person_id text NOT NULL,
    status text NOT NULL CHECK (status IN ('queued', 'running', 'paused', 'answered', 'abstained', 'refused',
        'rejected', 'expired', 'failed', 'cancelled', 'budget_exceeded')),
    mode text NOT NULL,
    as_of date NOT NULL,
    libraries text[],
    last_seq integer NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    usage jsonb,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    cancel_requested_at timestamptz,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, thread_id) REFERENCES app.threads (tenant, id)
);
-- One run of a thread at a time: the second insert fails, which the API calls thread_busy.
CREATE UNIQUE INDEX runs_one_at_a_time ON app.runs (tenant, thread_id)
    WHERE status IN ('queued', 'running', 'paused');
CREATE INDEX runs_of_thread ON app.runs (tenant, thread_id, created_at);

CREATE TABLE app.messages (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    id uuid NOT NULL,
    thread_id uuid NOT NULL,
    run_id uuid NOT NULL,
    person_id text NOT NULL,
    role text NOT NULL CHECK (role IN ('user', 'assistant')),
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, run_id, role),
    FOREIGN KEY (tenant, run_id) REFERENCES app.runs (tenant, id)
);
CREATE INDEX messages_of_thread ON app.messages (tenant, thread_id, created_at);

-- `step` names the part of the turn that wrote the batch: a node that runs again after a crash repeats nothing.
CREATE TABLE app.run_events (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    run_id uuid NOT NULL,
    seq integer NOT NULL,
    step text NOT NULL,
    ordinal integer NOT NULL,
    kind text NOT NULL,
    sealed bytea NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant, run_id, seq),
    UNIQUE (tenant, run_id, step, ordinal),
    FOREIGN KEY (tenant, run_id) REFERENCES app.runs (tenant, id)
);

-- Number and keep a step's events and wake the listeners; nothing when the step had been kept before.
-- VOLATILE: what it sees of the steps is no older than its lock on the run.
CREATE FUNCTION app.append_events(run uuid, new_step text, kinds text[], texts bytea[], moment timestamptz)
RETURNS integer[] LANGUAGE plpgsql VOLATILE AS $$
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
    PERFORM pg_notify('run_events', run::text);
    RETURN ARRAY(SELECT base + n FROM generate_series(1, cardinality(kinds)) AS n);
END $$;

CREATE TABLE app.feedback (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    run_id uuid NOT NULL,
    person_id text NOT NULL,
    rating text NOT NULL CHECK (rating IN ('up', 'down')),
    sealed_comment bytea,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant, run_id, person_id),
    FOREIGN KEY (tenant, run_id) REFERENCES app.runs (tenant, id)
);

-- ---------------------------------------------------------------- the ledger

-- Append-only: the application may insert and read. `hash` covers the record and `prev_hash`, see audit/chain.py.
CREATE TABLE app.audit_records (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    stream text NOT NULL,
    seq bigint NOT NULL CHECK (seq > 0),
    kind text NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    run_id uuid,
    step text NOT NULL,
    body jsonb NOT NULL,
    prev_hash text NOT NULL,
    hash text NOT NULL,
    PRIMARY KEY (tenant, stream, seq),
    UNIQUE (tenant, stream, step)
);
CREATE INDEX audit_records_of_run ON app.audit_records (tenant, run_id) WHERE run_id IS NOT NULL;

-- The end of a stream, which nobody else extends until this transaction ends, and which of the steps it holds already.
-- VOLATILE: what it reads is no older than the lock.
CREATE FUNCTION app.lock_audit_head(wanted_stream text, steps text[])
RETURNS TABLE (last_seq bigint, last_hash text, kept text[]) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('audit|' || app.current_tenant() || '|' || wanted_stream, 0));
    RETURN QUERY
        SELECT head.seq, head.hash,
            ARRAY(SELECT step FROM app.audit_records r WHERE r.stream = wanted_stream AND r.step = ANY(steps))
        FROM app.audit_records head WHERE head.stream = wanted_stream ORDER BY head.seq DESC LIMIT 1;
END $$;

-- ---------------------------------------------------------------- LangGraph's checkpoints, by tenant

CREATE TABLE langgraph.checkpoint_migrations (v integer PRIMARY KEY);

CREATE TABLE langgraph.checkpoints (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    thread_id text NOT NULL,
    checkpoint_ns text NOT NULL DEFAULT '',
    checkpoint_id text NOT NULL,
    parent_checkpoint_id text,
    type text,
    checkpoint jsonb NOT NULL,
    metadata jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant, thread_id, checkpoint_ns, checkpoint_id)
);

CREATE TABLE langgraph.checkpoint_blobs (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    thread_id text NOT NULL,
    checkpoint_ns text NOT NULL DEFAULT '',
    channel text NOT NULL,
    version text NOT NULL,
    type text NOT NULL,
    blob bytea,
    PRIMARY KEY (tenant, thread_id, checkpoint_ns, channel, version)
);

CREATE TABLE langgraph.checkpoint_writes (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    thread_id text NOT NULL,
    checkpoint_ns text NOT NULL DEFAULT '',
    checkpoint_id text NOT NULL,
    task_id text NOT NULL,
    idx integer NOT NULL,
    channel text NOT NULL,
    type text,
    blob bytea NOT NULL,
    task_path text NOT NULL DEFAULT '',
    PRIMARY KEY (tenant, thread_id, checkpoint_ns, checkpoint_id, task_id, idx)
);

-- ---------------------------------------------------------------- row-level security

DO $$
DECLARE
    target regclass;
    own_rows text;
BEGIN
    FOR target IN
        SELECT c.oid::regclass FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped
        WHERE c.relkind = 'r' AND c.relnamespace IN ('app'::regnamespace, 'langgraph'::regnamespace)
    LOOP
        -- Conversations belong to one person; the system of the tenant (the worker) sees them all.
        own_rows := CASE
            WHEN target IN ('app.threads'::regclass, 'app.runs'::regclass, 'app.messages'::regclass,
                            'app.feedback'::regclass, 'app.idempotency_keys'::regclass)
            THEN ' AND (person_id = (SELECT app.current_person()) OR (SELECT app.is_system()))'
            ELSE '' END;
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
        EXECUTE format('CREATE POLICY tenant_rows ON %s USING (tenant = (SELECT app.current_tenant())%s)',
                       target, own_rows);
    END LOOP;
END $$;

-- ---------------------------------------------------------------- what the application role may do

GRANT USAGE ON SCHEMA app, langgraph, queue TO {app_role};
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA app TO {app_role};
GRANT DELETE ON app.sessions, app.idempotency_keys TO {app_role};
-- Re-reading a failed edition replaces what its first reading left.
GRANT DELETE ON app.pages, app.chunks, app.chunk_vectors TO {app_role};
REVOKE UPDATE ON app.audit_records, app.people_history, app.run_events, app.edition_files, app.messages FROM {app_role};
GRANT SELECT, INSERT, UPDATE, DELETE ON langgraph.checkpoints, langgraph.checkpoint_blobs, langgraph.checkpoint_writes
    TO {app_role};
GRANT SELECT ON langgraph.checkpoint_migrations TO {app_role};
