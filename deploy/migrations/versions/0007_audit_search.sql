-- Compliance looks for runs of everybody, the latest first, and of one person.
CREATE INDEX runs_by_time ON app.runs (tenant, created_at DESC, id DESC);
CREATE INDEX runs_of_person ON app.runs (tenant, person_id, created_at DESC, id DESC);
CREATE INDEX approvals_by_closing ON app.approvals (tenant, closed_at) WHERE closed_at IS NOT NULL;
