"""What a customer display does."""

from __future__ import annotations

from typing import Final, Protocol

COLUMNS: Final = 20
"""Half-width characters in a row; a Chinese character takes two."""

ROWS: Final = 2


class CustomerDisplay(Protocol):
    """A display on its own port. All calls come from one thread and raise ``DeviceTrouble`` if the port is gone."""

    def show(self, first: str, second: str = "") -> None:
        """Show two rows instead of what was there. What is too long is cut between characters, never inside one."""

    def clear(self) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Close the port; the next call opens it again."""
