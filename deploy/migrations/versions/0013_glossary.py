"""Retrieval: the bank's glossary."""

from alembic import op

from deploy.migrations.run_sql import run_file

revision = "0013"
down_revision = "0009"


def upgrade() -> None:
    run_file(op.get_bind(), "0013_glossary.sql")
