-- Personal data that a conversation hid from models, so that a value keeps its placeholder through all its turns.

-- `sealed`, under the conversation's key: kind, number and value. `ordinal`: the order in which they were met. Only the
-- service reads them: whoever asked knows what they typed, and compliance is shown values where it asks for them.
CREATE TABLE app.thread_masks (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    thread_id uuid NOT NULL,
    ordinal integer NOT NULL CHECK (ordinal > 0),
    run_id uuid NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (tenant, thread_id, ordinal),
    FOREIGN KEY (tenant, run_id) REFERENCES app.runs (tenant, id)
);

ALTER TABLE app.thread_masks ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.thread_masks FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON app.thread_masks
    USING (tenant = (SELECT app.current_tenant()) AND (SELECT app.is_system()));

GRANT SELECT, INSERT ON app.thread_masks TO {app_role};
