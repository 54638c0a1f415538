"""The bureau's lists with their versions, and its dictionaries in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.insurance import words
from client.insurance.view.page import InsurancePage
from client.widgets.form import SectionTitle
from client.widgets.list_page import bar
from client.widgets.table import Column, Table
from common.i18n import N_, tr
from common.messages.insurance import (
    CatalogueFacts,
    Dictionaries,
    DictionaryEntry,
    DownloadCatalogue,
    ErrandFacts,
    ErrandList,
    ListCatalogues,
    ListDictionaries,
    ListErrands,
    RefreshDictionaries,
)

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from client.insurance.view.desk import InsuranceDesk


def errand_table() -> Table:
    """What the service was asked to do, newest first."""
    return Table(
        (
            Column(title=N_("errand|What"), text=_errand),
            Column(
                title=N_("errand|State"),
                text=lambda row: words.word(words.STATES, row.state),
                tone=lambda row: words.TONES[row.state],
                width=80,
            ),
            Column(title=N_("errand|What came of it"), text=words.errand_result, quiet=True),
        ),
        key=lambda row: row.id,
        empty=N_("errand|The bureau was asked nothing yet."),
        dense=True,
    )


def _errand(row: ErrandFacts) -> str:
    return " ".join((words.word(words.ERRANDS, row.kind), words.errand_subject(row))).strip()


class ListPage(InsurancePage):
    """See the user guide."""

    def __init__(self, desk: InsuranceDesk) -> None:
        super().__init__(desk)
        self.table = Table(
            (
                Column(title=N_("list|List"), text=lambda row: words.word(words.LISTS, row.infno), strong=True),
                Column(title=N_("list|Number"), text=lambda row: row.infno, width=72, quiet=True),
                Column(title=N_("list|Rows"), text=lambda row: f"{row.rows:,}", width=96, align="right"),
                Column(title=N_("list|Valid"), text=lambda row: f"{row.valid_rows:,}", width=96, align="right"),
                Column(title=N_("list|Version"), text=lambda row: row.version or tr("list|not downloaded yet"), width=216),
            ),
            key=lambda row: row.infno,
            empty=N_("list|No list."),
        )
        self.table.setFixedHeight(232)
        self.dictionaries = Table(
            (
                Column(title=N_("dictionary|Value"), text=lambda row: row.value, width=96, strong=True),
                Column(title=N_("dictionary|Chinese"), text=lambda row: row.label),
                Column(title=N_("dictionary|English"), text=lambda row: row.label_en, quiet=True),
            ),
            key=lambda row: row if isinstance(row, str) else (row.type, row.value),
            heading=lambda row: words.word(words.DICTIONARIES, row) if isinstance(row, str) else "",
            empty=N_("dictionary|No dictionary yet."),
            dim=lambda row: isinstance(row, DictionaryEntry) and not row.valid,
            dense=True,
        )
        self.errands = errand_table()
        self.lay_out(
            (
                bar(SectionTitle(N_("list|Lists of the bureau"))),
                self.table,
                bar(SectionTitle(N_("dictionary|Dictionaries"))),
                self.dictionaries,
            ),
            (SectionTitle(N_("errand|Under way and done")), self.errands),
            400,
            grows=self.errands,
        )
        self.table.moved.connect(lambda _row: self.changed.emit())

    def load(self) -> None:
        self.desk.send(ListCatalogues(), lambda found: self.table.set_rows(found.lists), self.desk.fail)
        self.desk.send(ListDictionaries(), self._show, self.desk.fail)
        self.desk.send(ListErrands(), self._show_errands, self.desk.fail)

    def _show(self, found: Dictionaries) -> None:
        rows: list[DictionaryEntry | str] = []
        for entry in found.entries:
            if not rows or (isinstance(rows[-1], DictionaryEntry) and rows[-1].type != entry.type):
                rows.append(entry.type)
            rows.append(entry)
        self.dictionaries.set_rows(rows)

    def _show_errands(self, found: ErrandList) -> None:
        self.errands.set_rows([one for one in found.errands if one.kind in ("CATALOGUE", "DICTIONARY")])
        self.changed.emit()

    def work(self) -> QWidget:
        return self.table

    def detail(self) -> QWidget:
        return self.dictionaries

    def why_not(self) -> str:
        return "" if isinstance(self.table.current(), CatalogueFacts) else tr("Choose a list.")

    def finish(self) -> None:
        """F12: fetch what is newer of the list in hand."""
        row = self.table.current()
        if isinstance(row, CatalogueFacts):
            name = words.word(words.LISTS, row.infno)
            self.send(
                DownloadCatalogue(infno=row.infno), lambda _errand: self.desk.tell(tr("{name} is being downloaded …", name=name), "info")
            )

    def refresh_dictionaries(self) -> None:
        """F10: fetch all dictionaries."""
        self.send(RefreshDictionaries(), lambda _done: self.desk.tell(tr("The dictionaries are being fetched …"), "info"))
