"""The cashier's desk: settlements with outside parties, deposits, credit, closing, invoices, insurance, prices.

Revision ID: 20261122
Revises: 20261121
"""

from pathlib import Path

from alembic import op

revision = "20261122"
down_revision = "20261121"
branch_labels = None
depends_on = None


def upgrade() -> None:
    cursor = op.get_bind().connection.cursor()
    for name in ("cashier_tables.sql", "cashier_guards.sql"):
        cursor.execute((Path(__file__).parent / name).read_text(encoding="utf-8"))
    cursor.close()


def downgrade() -> None:
    raise NotImplementedError("money that was booked is not unbooked; restore the backup that was made before the upgrade")
