"""Passages: which parts of them read like orders."""

from alembic import op

from deploy.migrations.run_sql import run_file

revision = "0014"
down_revision = "0016"


def upgrade() -> None:
    run_file(op.get_bind(), "0014_instruction_flags.sql")
