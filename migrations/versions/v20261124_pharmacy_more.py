"""The pharmacy, further: what its first months at the desks asked for.

Revision ID: 20261124
Revises: 20261123
"""

from pathlib import Path

from alembic import op

revision = "20261124"
down_revision = "20261123"
branch_labels = None
depends_on = None

#: Each a part of its own; their order is that of what builds on what.
FILES: tuple[str, ...] = ("more_herbal.sql", "more_insurance.sql", "more_stock.sql", "more_catalogue.sql")


def upgrade() -> None:
    cursor = op.get_bind().connection.cursor()
    for name in FILES:
        cursor.execute((Path(__file__).parent / name).read_text(encoding="utf-8"))
    cursor.close()


def downgrade() -> None:
    raise NotImplementedError("what was weighed and told is not forgotten; restore the backup that was made before the upgrade")
