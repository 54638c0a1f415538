"""Today's clinic sessions under their departments; those that cannot be had are grey and say why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.registration.sessions import LEVELS, PERIODS, SessionRow
from client.widgets.table import Column, Table
from common.domain.money import yuan
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

    from common.messages.registration import SessionFacts

_FEW: Final = 3


def _fact(show: Callable[[SessionFacts], str]) -> Callable[[SessionRow], str]:
    return lambda row: show(row.facts) if row.facts else ""


def _left(row: SessionRow) -> str:
    if row.facts is None:
        return ""
    return tr(row.why_not) if row.why_not else f"{row.facts.left}"


def _left_tone(row: SessionRow) -> str:
    if row.facts is None:
        return ""
    return "plain" if row.why_not else "warning" if row.facts.left <= _FEW else ""


COLUMNS: Final = (
    Column(title=N_("session|No."), text=lambda row: str(row.number), width=40, align="right", quiet=True),
    Column(title=N_("Doctor"), text=_fact(lambda session: session.doctor), strong=True),
    Column(title=N_("session|Title"), text=_fact(lambda session: session.title), width=96),
    Column(title=N_("session|Level"), text=_fact(lambda session: tr(LEVELS[session.level])), width=80),
    Column(title=N_("session|Room"), text=_fact(lambda session: session.room), width=80),
    Column(title=N_("session|Time"), text=_fact(lambda s: f"{tr(PERIODS[s.period])} {s.starts:%H:%M}"), width=96),
    Column(title=N_("session|Left"), text=_left, tone=_left_tone, width=68, align="right"),
    Column(title=N_("session|Waiting"), text=_fact(lambda session: str(session.waiting)), width=60, align="right"),
    Column(title=N_("session|Fee (yuan)"), text=_fact(lambda session: f"{yuan(session.fee_fen):,}"), width=80, align="right"),
)
#: The column that shares what is left over, its least width, and which others go first where there is no room: title, room, level, waiting.
_NAME: Final = 1
_LEAST_NAME: Final = 72
_FIRST_TO_GO: Final = (2, 4, 3, 7)


class SessionTable(Table):
    """The list on the right. ``chosen`` and ``moved`` give a :class:`SessionRow` with facts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            COLUMNS,
            key=lambda row: row.key,
            empty=N_("No clinic session today fits. Esc shows all of them."),
            fits=lambda row: bool(row.facts and not row.why_not),
            heading=lambda row: "" if row.facts else row.said,
            dim=lambda row: bool(row.why_not),
            parent=parent,
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._drop_what_has_no_room()

    def _drop_what_has_no_room(self) -> None:
        """On a small screen, or at 200 %, the columns that matter least go, so that none is cut."""
        room = self.viewport().width() - _LEAST_NAME
        kept = {place for place, column in enumerate(COLUMNS) if column.width}
        for place in _FIRST_TO_GO:
            if sum(COLUMNS[each].width for each in kept) > room:
                kept.discard(place)
        for place, column in enumerate(COLUMNS):
            self.setColumnHidden(place, bool(column.width) and place not in kept)
        taken = sum(COLUMNS[each].width for each in kept)
        self.setColumnWidth(_NAME, max(_LEAST_NAME, self.viewport().width() - taken))
