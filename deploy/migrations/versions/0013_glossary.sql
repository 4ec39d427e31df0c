-- The bank's glossary: what its staff and its documents call the same thing. Everyone of the tenant may read it.

-- An entry is never changed: another one takes its place, and this one is retired. One without meanings says that the
-- term is not to be expanded, ours with the same term neither. `version`: the change of the tenant's glossary that the
-- row was last touched by; changes of one tenant come one after another, under `lock_glossary`.
CREATE TABLE app.glossary (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    id uuid NOT NULL,
    term text NOT NULL CHECK (term <> ''),
    term_key text NOT NULL CHECK (term_key <> ''),
    meanings text[] NOT NULL,
    capitals_only boolean NOT NULL,
    note text,
    replaces uuid,
    added_by text NOT NULL,
    added_at timestamptz NOT NULL,
    retired_by text,
    retired_at timestamptz,
    version bigint NOT NULL CHECK (version > 0),
    PRIMARY KEY (tenant, id),
    CHECK ((retired_by IS NULL) = (retired_at IS NULL))
);
CREATE UNIQUE INDEX glossary_one_per_term ON app.glossary (tenant, term_key) WHERE retired_at IS NULL;
CREATE INDEX glossary_version ON app.glossary (tenant, version DESC);

CREATE FUNCTION app.lock_glossary() RETURNS void LANGUAGE sql VOLATILE
    AS $$ SELECT pg_advisory_xact_lock(hashtextextended('glossary|' || app.current_tenant(), 0)) $$;

ALTER TABLE app.glossary ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.glossary FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON app.glossary USING (tenant = (SELECT app.current_tenant()));

GRANT SELECT, INSERT ON app.glossary TO {app_role};
GRANT UPDATE (retired_by, retired_at, version) ON app.glossary TO {app_role};
