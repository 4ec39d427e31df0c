-- What people wrote in the place of checked fields of a form: sealed under the conversation's key, never changed.

CREATE TABLE app.corrections (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    id uuid NOT NULL,
    run_id uuid NOT NULL,
    person_id text NOT NULL,
    field text NOT NULL CHECK (field ~ '^[a-z]{1,12}[0-9]{1,3}$'),
    sealed bytea NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, run_id) REFERENCES app.runs (tenant, id)
);
CREATE INDEX corrections_of_run ON app.corrections (tenant, run_id, at);

ALTER TABLE app.corrections ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.corrections FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON app.corrections USING (tenant = (SELECT app.current_tenant())
    AND (person_id = (SELECT app.current_person()) OR (SELECT app.is_system())));

GRANT SELECT, INSERT ON app.corrections TO {app_role};
