-- Retrieval: publications with what was found at them, withdrawals with their day, and which answers cited an edition.

-- `publication`: the edition that this one was compared with, the digest of what the publisher was shown, the findings.
ALTER TABLE app.editions
    ADD COLUMN publication jsonb,
    ADD COLUMN withdrawn_by text,
    ADD COLUMN withdrawn_at timestamptz;

-- `asked_on`: the day in the tenant's time zone when the question was admitted. `as_of_given`: the request named its day,
-- so that one in the question's words does not count.
ALTER TABLE app.runs
    ADD COLUMN asked_on date,
    ADD COLUMN as_of_given boolean NOT NULL DEFAULT true;

-- Who asked is not here: a policy owner counts answers, and reads none.
CREATE TABLE app.edition_citations (
    tenant text NOT NULL DEFAULT app.current_tenant(),
    edition_id uuid NOT NULL,
    run_id uuid NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant, edition_id, run_id),
    FOREIGN KEY (tenant, edition_id) REFERENCES app.editions (tenant, id),
    FOREIGN KEY (tenant, run_id) REFERENCES app.runs (tenant, id)
);
CREATE INDEX edition_citations_by_time ON app.edition_citations (tenant, edition_id, at);

-- Answers from before: their passages and released claims stand in the ledger. Forced row-level security would hide
-- every row from the owner, who runs this.
ALTER TABLE app.audit_records NO FORCE ROW LEVEL SECURITY;
ALTER TABLE app.runs NO FORCE ROW LEVEL SECURITY;
ALTER TABLE app.editions NO FORCE ROW LEVEL SECURITY;
INSERT INTO app.edition_citations (tenant, edition_id, run_id, at)
SELECT DISTINCT r.tenant, e.id, r.id, r.finished_at
FROM app.runs r
JOIN app.audit_records f ON f.tenant = r.tenant AND f.run_id = r.id AND f.kind = 'run.retrieved'
CROSS JOIN jsonb_array_elements(f.body -> 'passages') passage
JOIN app.editions e ON e.tenant = r.tenant AND e.id::text = passage ->> 'edition'
WHERE r.status = 'answered' AND r.finished_at IS NOT NULL AND EXISTS (
    SELECT 1 FROM app.audit_records c
    WHERE c.tenant = r.tenant AND c.run_id = r.id AND c.kind = 'claim.released'
      AND c.body -> 'citations' ? (passage ->> 'chunk'));
ALTER TABLE app.editions FORCE ROW LEVEL SECURITY;
ALTER TABLE app.runs FORCE ROW LEVEL SECURITY;
ALTER TABLE app.audit_records FORCE ROW LEVEL SECURITY;

ALTER TABLE app.edition_citations ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.edition_citations FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON app.edition_citations USING (tenant = (SELECT app.current_tenant()));

GRANT SELECT, INSERT ON app.edition_citations TO {app_role};
