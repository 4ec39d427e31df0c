"""Access: audiences over time, and readers kept apart by the database too."""

from alembic import op

from deploy.migrations.run_sql import run_file

revision = "0011"
down_revision = "0007"


def upgrade() -> None:
    run_file(op.get_bind(), "0011_audiences.sql")
