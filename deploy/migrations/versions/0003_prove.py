"""Prove: the Merkle log of each tenant, its checkpoints and their cosignatures."""

from alembic import op

from deploy.migrations.run_sql import run_file

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_file(op.get_bind(), "0003_prove.sql")
