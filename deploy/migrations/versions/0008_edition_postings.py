"""Retrieval: the postings of each edition."""

from alembic import op

from deploy.migrations.run_sql import run_file

revision = "0008"
down_revision = "0012"


def upgrade() -> None:
    run_file(op.get_bind(), "0008_edition_postings.sql")
