"""Prove: a destroyed key stays destroyed, and what is kept of a conversation beside it."""

from alembic import op

from deploy.migrations.run_sql import run_file

revision = "0006"
down_revision = "0004"


def upgrade() -> None:
    run_file(op.get_bind(), "0006_erasure.sql")
