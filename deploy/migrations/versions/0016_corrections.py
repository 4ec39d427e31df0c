"""Forms: what people changed in them."""

from alembic import op

from deploy.migrations.run_sql import run_file

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    run_file(op.get_bind(), "0016_corrections.sql")
