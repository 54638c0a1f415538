"""Today's clinic sessions under their departments; those that cannot be had are grey and say why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.fitting import Fitting
from client.registration.sessions import LEVELS, PERIODS, SessionRow
from client.widgets.table import Column, Table
from common.domain.money import yuan
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable

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
    Column(title=N_("session|Title"), text=_fact(lambda session: session.title), width=88),
    Column(title=N_("session|Level"), text=_fact(lambda session: tr(LEVELS[session.level])), width=96),
    Column(title=N_("session|Room"), text=_fact(lambda session: session.room), width=80),
    Column(title=N_("session|Time"), text=_fact(lambda s: f"{tr(PERIODS[s.period])} {s.starts:%H:%M}"), width=88),
    Column(title=N_("session|Left"), text=_left, tone=_left_tone, width=68, align="right"),
    Column(title=N_("session|Waiting"), text=_fact(lambda session: str(session.waiting)), width=60, align="right"),
    Column(title=N_("session|Fee (yuan)"), text=_fact(lambda session: f"{yuan(session.fee_fen):,}"), width=80, align="right"),
)
_LEAST_NAME: Final = 72
#: Title, room, level, waiting.
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
        Fitting(self, least=_LEAST_NAME, first_to_go=_FIRST_TO_GO)
