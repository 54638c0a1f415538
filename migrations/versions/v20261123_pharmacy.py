"""The pharmacy: drugs that come back, and what the store keeps besides its moves.

Revision ID: 20261123
Revises: 20261122
"""

from pathlib import Path

from alembic import op

revision = "20261123"
down_revision = "20261122"
branch_labels = None
depends_on = None

#: Each a part of its own; their order is that of what builds on what.
FILES = (
    "pharmacy_returns.sql",
    "pharmacy_store.sql",
    "pharmacy_places.sql",
    "pharmacy_dispensing.sql",
    "pharmacy_windows.sql",
    "pharmacy_catalogue.sql",
    "pharmacy_herbal.sql",
    "pharmacy_purchasing.sql",
    "pharmacy_papers.sql",
    "pharmacy_counting.sql",
    "pharmacy_recalls.sql",
)


def upgrade() -> None:
    cursor = op.get_bind().connection.cursor()
    for name in FILES:
        cursor.execute((Path(__file__).parent / name).read_text(encoding="utf-8"))
    cursor.close()


def downgrade() -> None:
    raise NotImplementedError("what came back is not given out again; restore the backup that was made before the upgrade")
