"""Prove: find runs by time and by person."""

from alembic import op

from deploy.migrations.run_sql import run_file

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run_file(op.get_bind(), "0007_audit_search.sql")
