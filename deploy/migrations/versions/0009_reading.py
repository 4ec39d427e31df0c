"""Retrieval: an edition is read in by steps, each by the worker that holds it."""

from alembic import op

from deploy.migrations.run_sql import run_file

revision = "0009"
down_revision = "0011"


def upgrade() -> None:
    run_file(op.get_bind(), "0009_reading.sql")
