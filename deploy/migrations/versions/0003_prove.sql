-- Prove: one Merkle log per tenant over the records of all its streams. docs/audit.md tells the whole of it.

-- Records that have no position yet. A record enters with its transaction and leaves with its leaf's, so the sealing job
-- never looks through the ledger for what is new, and nothing is lost by a restart or a restore.
CREATE TABLE app.audit_waiting (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    stream text NOT NULL,
    seq bigint NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant, stream, seq)
);

-- Forced row-level security would hide every record from the owner, who runs this.
ALTER TABLE app.audit_records NO FORCE ROW LEVEL SECURITY;
INSERT INTO app.audit_waiting (tenant, stream, seq) SELECT tenant, stream, seq FROM app.audit_records;
ALTER TABLE app.audit_records FORCE ROW LEVEL SECURITY;

CREATE FUNCTION app.wait_for_sealing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.audit_waiting (tenant, stream, seq) SELECT tenant, stream, seq FROM appended;
    RETURN NULL;
END $$;
CREATE TRIGGER wait_for_sealing AFTER INSERT ON app.audit_records
    REFERENCING NEW TABLE AS appended FOR EACH STATEMENT EXECUTE FUNCTION app.wait_for_sealing();

-- `leaf`: RFC 6962's leaf hash of the record's hash. `completes`: the hashes of the larger subtrees that this leaf
-- completes, smallest first. `previous` makes positions gapless: each leaf but the first stands after another.
CREATE TABLE app.audit_leaves (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    position bigint NOT NULL CHECK (position >= 0),
    previous bigint GENERATED ALWAYS AS (nullif(position - 1, -1)) STORED,
    stream text NOT NULL,
    seq bigint NOT NULL,
    leaf bytea NOT NULL CHECK (octet_length(leaf) = 32),
    completes bytea NOT NULL CHECK (octet_length(completes) % 32 = 0),
    PRIMARY KEY (tenant, position),
    UNIQUE (tenant, stream, seq),
    FOREIGN KEY (tenant, previous) REFERENCES app.audit_leaves (tenant, position),
    FOREIGN KEY (tenant, stream, seq) REFERENCES app.audit_records (tenant, stream, seq)
);

-- `note`: the signed note as it was given to the witness. A checkpoint stands on a leaf that is there.
CREATE TABLE app.audit_checkpoints (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    size bigint NOT NULL CHECK (size > 0),
    last_position bigint GENERATED ALWAYS AS (size - 1) STORED,
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    note text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant, size),
    FOREIGN KEY (tenant, last_position) REFERENCES app.audit_leaves (tenant, position)
);

-- `signed_at` is the witness's own time, under its signature; `line` is its signature line.
CREATE TABLE app.audit_cosignatures (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    size bigint NOT NULL,
    witness text NOT NULL,
    line text NOT NULL,
    signed_at timestamptz NOT NULL,
    kept_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, size, witness),
    FOREIGN KEY (tenant, size) REFERENCES app.audit_checkpoints (tenant, size)
);

-- How the witness was last reached, for the banner; proves nothing.
CREATE TABLE app.audit_witness_replies (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    witness text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('cosigned', 'unreachable', 'refused')),
    detail text NOT NULL,
    size bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant, witness)
);

-- Whoever is granted more than the application: what is sealed stays.
CREATE FUNCTION app.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only added to', TG_TABLE_NAME;
END $$;

CREATE FUNCTION app.guard_checkpoint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.size <= (SELECT max(c.size) FROM app.audit_checkpoints c WHERE c.tenant = NEW.tenant) THEN
        RAISE EXCEPTION 'a checkpoint is larger than those before it';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_checkpoint BEFORE INSERT ON app.audit_checkpoints
    FOR EACH ROW EXECUTE FUNCTION app.guard_checkpoint();

DO $$
DECLARE
    target regclass;
BEGIN
    FOREACH target IN ARRAY ARRAY['app.audit_leaves', 'app.audit_checkpoints', 'app.audit_cosignatures']::regclass[]
    LOOP
        EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON %s '
                       'FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change()', target);
    END LOOP;
    FOREACH target IN ARRAY ARRAY['app.audit_waiting', 'app.audit_leaves', 'app.audit_checkpoints',
                                  'app.audit_cosignatures', 'app.audit_witness_replies']::regclass[]
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
        EXECUTE format('CREATE POLICY tenant_rows ON %s USING (tenant = (SELECT app.current_tenant()))', target);
    END LOOP;
END $$;

-- Only one process gives out positions of a tenant at a time.
CREATE FUNCTION app.lock_sealing() RETURNS void LANGUAGE sql VOLATILE
    AS $$ SELECT pg_advisory_xact_lock(hashtextextended('sealing|' || app.current_tenant(), 0)) $$;

GRANT SELECT, INSERT ON app.audit_leaves, app.audit_checkpoints, app.audit_cosignatures TO {app_role};
GRANT SELECT, INSERT, DELETE ON app.audit_waiting TO {app_role};
GRANT SELECT, INSERT, UPDATE ON app.audit_witness_replies TO {app_role};
