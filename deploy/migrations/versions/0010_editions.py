"""Retrieval: what was found at publications, withdrawals with their day, citations of editions, days in questions."""

from alembic import op

from deploy.migrations.run_sql import run_file

revision = "0010"
down_revision = "0013"


def upgrade() -> None:
    run_file(op.get_bind(), "0010_editions.sql")
