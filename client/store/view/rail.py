"""The list of pages at the left, with what each of them counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from client.store.model import Page
from client.widgets.table import Column, Table
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class _Heading(NamedTuple):
    id: str
    title: str


class Rail(Table):
    """``moved(page)`` when another page was chosen, ``chosen(page)`` when the person wants to work in it."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self._counts: Mapping[str, tuple[int, str]] = {}
        super().__init__(
            (
                Column(title=N_("store page|Page"), text=lambda page: tr(page.title)),
                Column(title="", text=self._count, width=64, tone=lambda page: self._counts.get(page.id, (0, ""))[1]),
            ),
            key=lambda page: page.id,
            heading=lambda page: tr(page.title) if isinstance(page, _Heading) else "",
            dense=True,  # all of them at once, on a small screen too
        )
        self.horizontalHeader().hide()
        rows: list[Page | _Heading] = []
        for page in pages:
            if not rows or (isinstance(rows[-1], Page) and rows[-1].group != page.group):
                rows.append(_Heading(f"heading {page.group}", page.group))
            rows.append(page)
        self.set_rows(rows)

    def _count(self, page: Page) -> str:
        number = self._counts.get(page.id, (0, ""))[0]
        return str(number) if number else ""

    def show_counts(self, counts: Mapping[str, tuple[int, str]]) -> None:
        """Numbers beside the pages, each with its tone."""
        self._counts = counts
        self.viewport().update()
