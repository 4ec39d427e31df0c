"""Ask: the first schema."""

from alembic import op

from deploy.migrations.run_sql import install_queue, run_file

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_file(op.get_bind(), "0001_ask.sql")
    install_queue(op.get_bind())
