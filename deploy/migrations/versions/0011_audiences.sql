-- Access: audiences change, every one of them is remembered, and the database keeps readers apart by itself too.

-- ---------------------------------------------------------------- audiences over time

-- The audience of a document from `changed_at` on: number 1 as it was created, then each change. `sealed_reason` is null
-- for the first. `proposed_by`: the policy owner who asked for it, where another one had to agree.
CREATE TABLE app.audience_history (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    document_id uuid NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    previous integer GENERATED ALWAYS AS (nullif(number - 1, 0)) STORED,
    audience text[] NOT NULL CHECK (cardinality(audience) > 0),
    changed_by text NOT NULL,
    proposed_by text CHECK (proposed_by <> changed_by),
    sealed_reason bytea CHECK ((sealed_reason IS NULL) = (number = 1)),
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, document_id, number),
    FOREIGN KEY (tenant, document_id) REFERENCES app.documents (tenant, id),
    FOREIGN KEY (tenant, document_id, previous) REFERENCES app.audience_history (tenant, document_id, number)
);

-- A wider audience that waits for a second policy owner. `number`: the change that it would become; once another change
-- has that number, it is void.
CREATE TABLE app.audience_proposals (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    id uuid NOT NULL,
    document_id uuid NOT NULL,
    number integer NOT NULL CHECK (number > 1),
    audience text[] NOT NULL CHECK (cardinality(audience) > 0),
    proposed_by text NOT NULL,
    sealed_reason bytea NOT NULL,
    proposed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, document_id) REFERENCES app.documents (tenant, id)
);
CREATE INDEX audience_proposals_of_document ON app.audience_proposals (tenant, document_id, number);

-- Documents from before this migration had one audience all their life.
ALTER TABLE app.documents NO FORCE ROW LEVEL SECURITY;
INSERT INTO app.audience_history (tenant, document_id, number, audience, changed_by, changed_at)
    SELECT tenant, id, 1, audience, created_by, created_at FROM app.documents;
ALTER TABLE app.documents FORCE ROW LEVEL SECURITY;

CREATE FUNCTION app.remember_first_audience() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.audience_history (tenant, document_id, number, audience, changed_by, changed_at)
        VALUES (NEW.tenant, NEW.id, 1, NEW.audience, NEW.created_by, NEW.created_at);
    RETURN NULL;
END $$;
CREATE TRIGGER remember_first_audience AFTER INSERT ON app.documents
    FOR EACH ROW EXECUTE FUNCTION app.remember_first_audience();

-- Adding to the history is how an audience is changed: the one can't happen without the other. Moments follow each other.
CREATE FUNCTION app.check_audience_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF NEW.number > 1 AND NEW.changed_at <= (
        SELECT h.changed_at FROM app.audience_history h
        WHERE h.tenant = NEW.tenant AND h.document_id = NEW.document_id AND h.number = NEW.number - 1
    ) THEN
        RAISE EXCEPTION 'an audience is changed after the one before it';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_audience_change BEFORE INSERT ON app.audience_history
    FOR EACH ROW EXECUTE FUNCTION app.check_audience_change();

CREATE FUNCTION app.change_audience() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    UPDATE app.documents SET audience = NEW.audience WHERE tenant = NEW.tenant AND id = NEW.document_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the audience of no document of this tenant can be changed so';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER change_audience AFTER INSERT ON app.audience_history
    FOR EACH ROW WHEN (NEW.number > 1) EXECUTE FUNCTION app.change_audience();

CREATE FUNCTION app.guard_audience() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.audience IS DISTINCT FROM (
        SELECT h.audience FROM app.audience_history h
        WHERE h.tenant = NEW.tenant AND h.document_id = NEW.id ORDER BY h.number DESC LIMIT 1
    ) THEN
        RAISE EXCEPTION 'an audience is changed by adding to its history';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_audience BEFORE UPDATE OF audience ON app.documents
    FOR EACH ROW EXECUTE FUNCTION app.guard_audience();

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON app.audience_history
    FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();

-- ---------------------------------------------------------------- readers kept apart by the database too

-- The roles that `core.database.transaction` set, with `*` for everyone; none outside a transaction.
CREATE FUNCTION app.current_roles() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT coalesce(nullif(current_setting('app.roles', true), ''), '{}')::text[] $$;
-- Whether the person may put documents in, and so sees what is not published.
CREATE FUNCTION app.sees_drafts() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT current_setting('app.drafts', true) = 'on' $$;

-- What `retrieval/access.py` READABLE says, which every query says as well, so that the text of a document stays hidden from
-- a query that forgets it. Of editions alone (title, version, days) only the unpublished ones are held back, and vectors
-- not at all: through the documents, that would cost every search two microseconds an edition (ADR 23).
-- For the application's role only, so that the functions above, which run as the owner, see their tenant's rows.
CREATE POLICY readers ON app.documents AS RESTRICTIVE TO {app_role} USING (
    (SELECT app.is_system())
    OR audience && (SELECT app.current_roles())
    OR (created_by = (SELECT app.current_person()) AND (SELECT app.sees_drafts())));
CREATE POLICY readers ON app.editions AS RESTRICTIVE TO {app_role} USING (
    state = 'published' OR (SELECT app.is_system()) OR (SELECT app.sees_drafts()));

-- The inner SELECT in place of a join keeps the lookup of one passage a lookup: 0.1 ms for twenty, else 1 ms.
DO $$
DECLARE
    target regclass;
BEGIN
    FOREACH target IN ARRAY ARRAY['app.audience_history', 'app.audience_proposals']::regclass[]
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
        EXECUTE format('CREATE POLICY tenant_rows ON %s USING (tenant = (SELECT app.current_tenant()))', target);
        EXECUTE format('CREATE POLICY readers ON %1$s AS RESTRICTIVE TO {app_role} USING ('
            '(SELECT app.is_system()) OR EXISTS (SELECT 1 FROM app.documents d '
            'WHERE d.tenant = %1$s.tenant AND d.id = %1$s.document_id))', target);
    END LOOP;
    FOREACH target IN ARRAY ARRAY['app.edition_files', 'app.pages', 'app.chunks']::regclass[]
    LOOP
        EXECUTE format('CREATE POLICY readers ON %1$s AS RESTRICTIVE TO {app_role} USING ('
            '(SELECT app.is_system()) OR EXISTS (SELECT 1 FROM app.editions e '
            'WHERE e.tenant = %1$s.tenant AND e.id = %1$s.edition_id AND e.document_id = ('
            'SELECT d.id FROM app.documents d WHERE d.tenant = e.tenant AND d.id = e.document_id)))', target);
    END LOOP;
END $$;

GRANT SELECT, INSERT ON app.audience_history, app.audience_proposals TO {app_role};
-- What a document is stays as it was put in; its audience changes through the history alone.
REVOKE UPDATE ON app.documents FROM {app_role};
