"""The list of pages at the left."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from client.finance.model import Page
from client.widgets.table import Column, Table
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Heading(NamedTuple):
    id: str
    title: str


class Rail(Table):
    """``moved(page)`` when another page was chosen, ``chosen(page)`` when the person wants to work in it."""

    def __init__(self, pages: Sequence[Page]) -> None:
        super().__init__(
            (Column(title=N_("page|Page"), text=lambda page: tr(page.title)), Column(title="", text=lambda _page: "", width=4)),
            key=lambda page: page.id,
            heading=lambda page: tr(page.title) if isinstance(page, _Heading) else "",
        )
        self.horizontalHeader().hide()
        rows: list[Page | _Heading] = []
        for page in pages:
            if not rows or (isinstance(rows[-1], Page) and rows[-1].group != page.group):
                rows.append(_Heading(f"heading {page.group}", page.group))
            rows.append(page)
        self.set_rows(rows)
