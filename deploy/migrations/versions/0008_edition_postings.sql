-- The postings of each edition, made from its chunks when it is read in, so that a process need not go through all texts
-- before its first search. They can be made again from the text at any time: `format` names how they were made, and those
-- of another format, or damaged ones, are.
CREATE TABLE app.edition_postings (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    edition_id uuid NOT NULL,
    format text NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (tenant, edition_id),
    FOREIGN KEY (tenant, edition_id) REFERENCES app.editions (tenant, id)
);
ALTER TABLE app.edition_postings ALTER COLUMN content SET STORAGE EXTERNAL;
ALTER TABLE app.edition_postings ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.edition_postings FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON app.edition_postings USING (tenant = (SELECT app.current_tenant()));
-- As for the text that they are made of (migration 0011, which this one follows).
CREATE POLICY readers ON app.edition_postings AS RESTRICTIVE TO {app_role} USING (
    (SELECT app.is_system()) OR EXISTS (
        SELECT 1 FROM app.editions e WHERE e.tenant = edition_postings.tenant AND e.id = edition_postings.edition_id
            AND e.document_id = (SELECT d.id FROM app.documents d WHERE d.tenant = e.tenant AND d.id = e.document_id)));
GRANT SELECT, INSERT, UPDATE, DELETE ON app.edition_postings TO {app_role};
