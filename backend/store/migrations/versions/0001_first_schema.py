"""First schema."""

from alembic import op

from backend.store.tables import metadata
from backend.store.views import create_views, drop_views

revision: str = "0001"
down_revision: str | None = None


def upgrade() -> None:
    metadata.create_all(op.get_bind())
    for statement in create_views(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    for statement in drop_views():
        op.execute(statement)
    metadata.drop_all(op.get_bind())
