"""Act: proposed calls, approvals, effects, the stop switch."""

from alembic import op

from deploy.migrations.run_sql import run_file

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run_file(op.get_bind(), "0002_act.sql")
