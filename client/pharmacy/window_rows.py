"""The desk's actions about windows, calls, batches and the doctor, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from client.action import Action
from client.pharmacy import asking, batch, windows
from common.i18n import N_
from common.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.pharmacy.view.desk import PharmacyDesk


@dataclass(frozen=True, kw_only=True)
class _Named(Action):
    """An action whose name depends on what is open."""

    naming: Callable[[], str]

    def caption(self) -> str:
        return self.naming()


def rows(desk: PharmacyDesk) -> list[Action]:
    """Calling stands in the key bar; the others are in the palette (Ctrl+K) and on their keys."""
    dispense, review = Permission.PHARMACY_DISPENSE, Permission.PHARMACY_REVIEW
    return [
        _Named(
            id="call",
            title=N_("windows|Call"),
            naming=lambda: windows.call_words(desk),
            key="F11",
            run=lambda: windows.call(desk),
            needs=dispense,
            enabled=lambda _model: windows.may_call(desk),
        ),
        _row("pass_over", N_("windows|Did not come"), "Alt+N", lambda: windows.pass_over(desk), dispense, lambda: windows.may_pass(desk)),
        _row("window", N_("windows|My window"), "Alt+W", lambda: windows.choose(desk), dispense, lambda: windows.may_choose(desk)),
        _row(
            "all_windows", N_("windows|All windows"), "Alt+A", lambda: windows.show_all(desk), dispense, lambda: windows.may_show_all(desk)
        ),
        _row("pass_clean", N_("pharmacy|Pass clean ones"), "Alt+P", lambda: batch.ask(desk), review, lambda: batch.may_pass(desk)),
        _row("ask_doctor", N_("pharmacy|Ask the doctor"), "Alt+D", lambda: asking.toggle(desk), review, lambda: asking.may_ask(desk)),
    ]


def _row(id: str, title: str, key: str, run: Callable[[], None], needs: Permission, enabled: Callable[[], bool | str]) -> Action:
    return Action(id=id, title=title, key=key, run=run, needs=needs, enabled=lambda _model: enabled(), bar=False)
