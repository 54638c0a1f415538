"""The count of a drawer as it is being typed: pieces by denomination, and the rest."""

from __future__ import annotations

import msgspec

from common.messages.close_sheet import DENOMINATIONS_FEN, Pieces


class Count(msgspec.Struct, kw_only=True):
    """``pieces``: denomination in fen → how many; what is not typed is not there, a 0 that was typed is. ``loose_fen`` is all small coins."""

    pieces: dict[int, int] = {}
    loose_fen: int = 0

    def total_fen(self) -> int:
        """What was counted so far."""
        return sum(fen * number for fen, number in self.pieces.items()) + self.loose_fen

    def put(self, denomination_fen: int, number: int | None) -> None:
        """So many pieces; ``None``: the field is empty."""
        if number is not None:
            self.pieces[denomination_fen] = number
        else:
            self.pieces.pop(denomination_fen, None)

    def begun(self) -> bool:
        """Whether anything was typed. An empty drawer is said to be so by a 0: one F12 too many must not count it."""
        return bool(self.pieces or self.loose_fen)

    def counts(self) -> tuple[Pieces, ...]:
        """The pieces as the service wants them, the largest first."""
        return tuple(Pieces(denomination_fen=fen, pieces=self.pieces[fen]) for fen in DENOMINATIONS_FEN if self.pieces.get(fen))

    @classmethod
    def of(cls, counted: tuple[Pieces, ...], loose_fen: int) -> Count:
        """A count that was sent before, to be corrected."""
        return cls(pieces={each.denomination_fen: each.pieces for each in counted}, loose_fen=loose_fen)
