"""The house: every table of the first version, and the guards on them.

Revision ID: 20261121
Revises:
"""

from pathlib import Path

from alembic import op

revision = "20261121"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    cursor = op.get_bind().connection.cursor()
    for name in ("house_tables.sql", "house_guards.sql"):
        cursor.execute((Path(__file__).parent / name).read_text(encoding="utf-8"))
    cursor.close()


def downgrade() -> None:
    raise NotImplementedError("there is nothing before the first version; drop the database")
