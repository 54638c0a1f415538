"""挂号单: what a patient takes from the registration desk to the waiting room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.i18n import tr
from printing.documents.base import StripDocument, copy_note, joined, labelled, moment, strip_yuan
from printing.strip import Align, Barcode, Divider, Line, Pair, Size, Space, Style

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from printing.strip import Block

_TITLE = Style(size=Size.TALL, bold=True, align=Align.CENTRE)
_CENTRED = Style(align=Align.CENTRE)
_NUMBER = Style(size=Size.HUGE, bold=True, align=Align.CENTRE)
_WHERE = Style(size=Size.TALL, bold=True, align=Align.CENTRE)


class RegistrationSlip(StripDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``patient`` is masked by the caller (张*三), for slips lie about; ``time_window`` is as in ``2026-11-21 周六 08:30-09:00``.

    ``ahead`` is how many wait before; ``barcode`` the visit's code, its number in figures when it has no code of its own.
    """

    queue_number: str
    department: str
    doctor: str
    room: str
    level: str
    time_window: str
    patient: str
    sex: str
    age: str
    visit_number: str
    barcode: str
    ahead: int
    fee_fen: int
    note: str = ""

    def strip(self, *, table: bool) -> Sequence[Block]:  # noqa: ARG002 — nothing on it is a table
        """Number first, then where to go, then who and what was paid."""
        return [*self._head(), *self._where(), *self._who(), *self._foot()]

    def _head(self) -> Iterator[Block]:
        yield Line(self.clinic, _TITLE)
        yield Line(tr("paper|Registration slip"), _CENTRED)
        yield Divider()
        yield Line(tr("paper|Queue number"), _CENTRED)
        yield Line(self.queue_number, _NUMBER)
        yield Space()

    def _where(self) -> Iterator[Block]:
        yield Line(joined(self.department, self.room), _WHERE)
        yield Line(joined(self.doctor, self.level), _CENTRED)
        yield Line(self.time_window, _CENTRED)
        yield Line(tr("paper|{n} waiting before you", n=self.ahead), _CENTRED)
        yield Divider()

    def _who(self) -> Iterator[Block]:
        yield Pair(labelled(tr("paper|Name"), self.patient), joined(self.sex, self.age))
        yield Pair(tr("paper|Visit no."), self.visit_number)
        yield Pair(tr("paper|Fee paid"), strip_yuan(self.fee_fen))

    def _foot(self) -> Iterator[Block]:
        yield Divider()
        yield Barcode(self.barcode)
        if self.note:
            yield Line(self.note)
        yield Line(joined(moment(self.copy.at), self.copy.by) if self.copy.number == 1 else copy_note(self.copy))
