"""First schema."""

from alembic import op

from backend.store.tables import metadata

revision: str = "0001"
down_revision: str | None = None


def upgrade() -> None:
    metadata.create_all(op.get_bind())


def downgrade() -> None:
    metadata.drop_all(op.get_bind())
