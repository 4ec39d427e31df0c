"""A step of a turn in fewer statements: events with their inputs, records linked where they are kept."""

from alembic import op

from deploy.migrations.run_sql import run_file

revision = "0012"
down_revision = "0010"


def upgrade() -> None:
    run_file(op.get_bind(), "0012_steps.sql")
