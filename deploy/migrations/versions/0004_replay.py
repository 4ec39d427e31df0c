"""Prove: what each execution of a run took from outside, and what runs were about."""

from alembic import op

from deploy.migrations.run_sql import run_file

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_file(op.get_bind(), "0004_replay.sql")
