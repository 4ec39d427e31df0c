-- Act: what was proposed, who signed it, what was done once, and what is stopped.

-- What a person may sign up to, where the directory says so, and when the newest token about the person was issued:
-- an older token never changes the note.
ALTER TABLE app.people ADD COLUMN signing_limit bigint, ADD COLUMN asserted_at timestamptz NOT NULL DEFAULT '-infinity';
ALTER TABLE app.people_history ADD COLUMN signing_limit bigint;

-- `attempts` counts executions and fences them; those up to `attempts_from` were for a part of the run that is done.
ALTER TABLE app.runs ADD COLUMN attempts_from integer NOT NULL DEFAULT 0;

-- ---------------------------------------------------------------- calls

-- The calls of a run in the order of their proposal. A node that runs again after a crash finds them here and asks no
-- planner twice. `sealed`: call, ruling, arguments with their origins; `sealed_result`: what the bank's system returned.
CREATE TABLE app.tool_calls (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    run_id uuid NOT NULL,
    ordinal integer NOT NULL CHECK (ordinal > 0),
    call_id uuid NOT NULL,
    tool text NOT NULL,
    effect text NOT NULL CHECK (effect IN ('read', 'write')),
    ruling text NOT NULL CHECK (ruling IN ('allow', 'approve', 'deny')),
    sealed bytea NOT NULL,
    sealed_result bytea,
    proposed_at timestamptz NOT NULL,
    executed_at timestamptz,
    PRIMARY KEY (tenant, run_id, ordinal),
    UNIQUE (tenant, call_id),
    FOREIGN KEY (tenant, run_id) REFERENCES app.runs (tenant, id)
);

-- ---------------------------------------------------------------- approvals

CREATE TABLE app.approvals (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    id uuid NOT NULL,
    run_id uuid NOT NULL,
    thread_id uuid NOT NULL,
    call_id uuid NOT NULL,
    tool text NOT NULL,
    catalogue_version text NOT NULL,
    digest text NOT NULL,
    sealed bytea NOT NULL,
    signature text NOT NULL CHECK (signature IN ('self', 'other', 'two')),
    signers text[] NOT NULL,
    makers text[] NOT NULL CHECK (cardinality(makers) > 0),
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'approved', 'executed', 'rejected', 'edited',
        'expired', 'withdrawn', 'voided', 'failed')),
    follows uuid,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
    closed_at timestamptz,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, run_id) REFERENCES app.runs (tenant, id),
    FOREIGN KEY (tenant, call_id) REFERENCES app.tool_calls (tenant, call_id)
);
CREATE UNIQUE INDEX approvals_one_open_per_call ON app.approvals (tenant, call_id)
    WHERE state IN ('pending', 'approved');
CREATE UNIQUE INDEX approvals_edited_once ON app.approvals (tenant, follows) WHERE follows IS NOT NULL;
CREATE INDEX approvals_waiting ON app.approvals (tenant, created_at) WHERE state = 'pending';
CREATE INDEX approvals_of_run ON app.approvals (tenant, run_id);
CREATE INDEX approvals_of_makers ON app.approvals USING gin (makers);

-- What a person decided about an approval, once. A `two` has two that approve.
CREATE TABLE app.approval_signatures (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    approval_id uuid NOT NULL,
    person_id text NOT NULL,
    decision text NOT NULL CHECK (decision IN ('approve', 'reject', 'edit')),
    sealed_reason bytea,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant, approval_id, person_id),
    FOREIGN KEY (tenant, approval_id) REFERENCES app.approvals (tenant, id)
);

-- The state only moves forwards, whatever the application believes. What is signed can't be changed at all: the
-- application may update `state` and `closed_at` and nothing else.
CREATE FUNCTION app.guard_approval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('pending', 'approved'), ('pending', 'rejected'), ('pending', 'edited'), ('pending', 'expired'),
        ('pending', 'withdrawn'), ('pending', 'voided'),
        ('approved', 'executed'), ('approved', 'voided'), ('approved', 'failed')
    ) THEN
        RAISE EXCEPTION 'an approval can not go from % to %', OLD.state, NEW.state;
    END IF;
    IF NEW.state = 'approved' AND (
        SELECT count(*) FROM app.approval_signatures s
        WHERE s.tenant = NEW.tenant AND s.approval_id = NEW.id AND s.decision = 'approve'
          AND (NEW.signature = 'self' OR s.person_id <> ALL (NEW.makers))
    ) < (CASE NEW.signature WHEN 'two' THEN 2 ELSE 1 END) THEN
        RAISE EXCEPTION 'an approval needs its signatures first';
    END IF;
    RETURN NEW;
END $$;
-- Nothing is born signed, and nothing is signed that is decided or expired.
CREATE FUNCTION app.guard_new_approval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'pending' OR NEW.closed_at IS NOT NULL THEN
        RAISE EXCEPTION 'an approval begins as pending, not as %', NEW.state;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_new_approval BEFORE INSERT ON app.approvals
    FOR EACH ROW EXECUTE FUNCTION app.guard_new_approval();

CREATE FUNCTION app.guard_signature() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM app.approvals a WHERE a.tenant = NEW.tenant AND a.id = NEW.approval_id
                   AND a.state = 'pending' AND NEW.at < a.expires_at) THEN
        RAISE EXCEPTION 'only what is pending can be signed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_signature BEFORE INSERT ON app.approval_signatures
    FOR EACH ROW EXECUTE FUNCTION app.guard_signature();

CREATE TRIGGER guard_approval BEFORE UPDATE ON app.approvals FOR EACH ROW EXECUTE FUNCTION app.guard_approval();

-- ---------------------------------------------------------------- effects

-- One row per signed write that was begun. `effect_key` is the idempotency key that the bank's system sees.
CREATE TABLE app.effects (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    approval_id uuid NOT NULL,
    effect_key text NOT NULL,
    state text NOT NULL CHECK (state IN ('started', 'done', 'refused', 'unknown')),
    sealed_result bytea,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    PRIMARY KEY (tenant, approval_id),
    UNIQUE (tenant, effect_key),
    FOREIGN KEY (tenant, approval_id) REFERENCES app.approvals (tenant, id)
);

-- ---------------------------------------------------------------- the stop switch

-- `scope`: `writes`, `all`, or `tool:NAME`. One person stops; two restart.
CREATE TABLE app.stops (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    id uuid NOT NULL,
    scope text NOT NULL,
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'lifted')),
    stopped_by text NOT NULL,
    sealed_reason bytea NOT NULL,
    stopped_at timestamptz NOT NULL,
    lifted_at timestamptz,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX stops_one_per_scope ON app.stops (tenant, scope) WHERE state = 'active';

CREATE TABLE app.stop_restarts (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    stop_id uuid NOT NULL,
    person_id text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant, stop_id, person_id),
    FOREIGN KEY (tenant, stop_id) REFERENCES app.stops (tenant, id)
);

-- A stop is lifted by two persons, whatever the application believes.
CREATE FUNCTION app.guard_stop() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'lifted' OR (NEW.state = 'lifted' AND (
        SELECT count(*) FROM app.stop_restarts r WHERE r.tenant = NEW.tenant AND r.stop_id = NEW.id
    ) < 2) THEN
        RAISE EXCEPTION 'a stop is lifted once, by two persons';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_stop BEFORE UPDATE ON app.stops FOR EACH ROW EXECUTE FUNCTION app.guard_stop();

-- ---------------------------------------------------------------- row-level security and rights

DO $$
DECLARE
    target regclass;
    own_rows text;
BEGIN
    FOREACH target IN ARRAY ARRAY['app.tool_calls', 'app.approvals', 'app.approval_signatures', 'app.effects',
                                  'app.stops', 'app.stop_restarts']::regclass[]
    LOOP
        -- A person sees what she asked for; who may sign it is decided by code, which reads as the system.
        own_rows := CASE
            WHEN target = 'app.approvals'::regclass
            THEN ' AND ((SELECT app.current_person()) = ANY (makers) OR (SELECT app.is_system()))'
            WHEN target IN ('app.stops'::regclass, 'app.stop_restarts'::regclass) THEN ''
            ELSE ' AND (SELECT app.is_system())' END;
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
        EXECUTE format('CREATE POLICY tenant_rows ON %s USING (tenant = (SELECT app.current_tenant())%s)',
                       target, own_rows);
    END LOOP;
END $$;

GRANT SELECT, INSERT ON app.tool_calls, app.approvals, app.approval_signatures, app.effects, app.stops,
    app.stop_restarts TO {app_role};
GRANT UPDATE (sealed_result, executed_at) ON app.tool_calls TO {app_role};
GRANT UPDATE (state, closed_at) ON app.approvals TO {app_role};
GRANT UPDATE (state, sealed_result, finished_at) ON app.effects TO {app_role};
GRANT UPDATE (state, lifted_at) ON app.stops TO {app_role};
