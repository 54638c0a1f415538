"""排队小票: a number and nothing that names a person, for check-in and the pharmacy window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.i18n import tr
from printing.documents.base import StripDocument, copy_note, moment
from printing.strip import Align, Divider, Line, Size, Space, Style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from printing.strip import Block

_CENTRED = Style(align=Align.CENTRE)
_TITLE = Style(size=Size.TALL, bold=True, align=Align.CENTRE)
_NUMBER = Style(size=Size.HUGE, bold=True, align=Align.CENTRE)


class QueueTicket(StripDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``queue`` says what one waits for (department or window); ``ahead`` is how many wait before."""

    queue: str
    queue_number: str
    ahead: int
    note: str = ""

    def strip(self, *, table: bool) -> Sequence[Block]:  # noqa: ARG002 — nothing on it is a table
        """The number as large as it goes."""
        blocks: list[Block] = [
            Line(self.clinic, _CENTRED),
            Line(self.queue, _TITLE),
            Space(),
            Line(self.queue_number, _NUMBER),
            Space(),
            Line(tr("paper|{n} waiting before you", n=self.ahead), _CENTRED),
            Divider(),
        ]
        blocks += [Line(text, _CENTRED) for text in (self.note, moment(self.copy.at), copy_note(self.copy)) if text]
        return blocks
