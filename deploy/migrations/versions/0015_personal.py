"""Guardrails: the placeholders of a conversation."""

from alembic import op

from deploy.migrations.run_sql import run_file

revision = "0015"
down_revision = "0008"


def upgrade() -> None:
    run_file(op.get_bind(), "0015_personal.sql")
