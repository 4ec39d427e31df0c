-- Replay: everything that an execution of a run took from outside, sealed, in the order in which it was taken; and a
-- blind index of what runs were about.

-- One row per commit: `sealed` holds the inputs since the one before. What was never committed led to nothing.
CREATE TABLE app.run_inputs (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    run_id uuid NOT NULL,
    attempt integer NOT NULL CHECK (attempt > 0),
    ordinal integer NOT NULL CHECK (ordinal > 0),
    sealed bytea NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant, run_id, attempt, ordinal),
    FOREIGN KEY (tenant, run_id) REFERENCES app.runs (tenant, id)
);

-- `subject`: a keyed digest of a case, a customer or whatever else steered a call, so that compliance finds a run by it
-- and nobody without the master key can try guesses against it.
CREATE TABLE app.run_subjects (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    run_id uuid NOT NULL,
    subject text NOT NULL,
    PRIMARY KEY (tenant, subject, run_id),
    FOREIGN KEY (tenant, run_id) REFERENCES app.runs (tenant, id)
);
CREATE INDEX run_subjects_of_run ON app.run_subjects (tenant, run_id);

DO $$
DECLARE
    target regclass;
BEGIN
    FOREACH target IN ARRAY ARRAY['app.run_inputs', 'app.run_subjects']::regclass[]
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
        EXECUTE format('CREATE POLICY tenant_rows ON %s USING (tenant = (SELECT app.current_tenant())'
                       ' AND (SELECT app.is_system()))', target);
    END LOOP;
END $$;

GRANT SELECT, INSERT ON app.run_inputs TO {app_role};
GRANT SELECT, INSERT, DELETE ON app.run_subjects TO {app_role};
