"""Look-alikes 易混淆药品: pairs that are kept and marked, and those that are proposed by their names. F12 keeps a pair, F10 says that it is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, QTimer

from client.store.view.page import OTHER_PAGE, SearchedPage
from client.widgets.form import Label, SectionTitle
from client.widgets.inputs import TextInput
from client.widgets.list_page import bar
from client.widgets.marked_name import marked_html
from client.widgets.table import Column, Table
from common.domain.likeness import STRENGTH
from common.i18n import N_, tr
from common.messages.catalogue_attributes import AlikePair, AlikePairs, DecideAlike, ListAlike
from common.permissions import Permission

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from client.store.view.desk import StoreDesk

SIDE: Final = 340
TYPE_AHEAD_MS: Final = 200
_KINDS: Final = {"LOOK": N_("alike|Looks alike"), "SOUND": N_("alike|Sounds alike"), "STRENGTH": N_("alike|Other strength")}

_PAIRS: Final = (
    Column(title=N_("stock|Drug"), text=lambda row: row.name, strong=True, marks=lambda row: _name_marks(row)[0]),
    Column(title=N_("stock|Specification"), text=lambda row: row.specification, width=124, marks=lambda row: _specification_marks(row)[0]),
    Column(title=N_("alike|Mixed up with"), text=lambda row: row.other_name, strong=True, marks=lambda row: _name_marks(row)[1]),
    Column(
        title=N_("stock|Specification"), text=lambda row: row.other_specification, width=124, marks=lambda row: _specification_marks(row)[1]
    ),
    Column(title=N_("alike|How"), text=lambda row: tr(_KINDS[row.kind]), width=104, quiet=True),
    Column(
        title=N_("catalogue|State"),
        text=lambda row: tr("alike|Marked") if row.kept else tr("alike|Proposed"),
        width=108,
        tone=lambda row: "done" if row.kept else "info",
    ),
)


def _name_marks(row: AlikePair) -> tuple[str, str]:
    return ("", "") if row.kind == STRENGTH else (row.marks, row.other_marks)


def _specification_marks(row: AlikePair) -> tuple[str, str]:
    return (row.marks, row.other_marks) if row.kind == STRENGTH else ("", "")


class AlikePage(SearchedPage):
    """See the user guide."""

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__(desk)
        self.proposals = True
        self.search = TextInput(placeholder=N_("alike|Name, pinyin or code"), most=60)
        self.count = Label(type="note")
        self.table = Table(_PAIRS, key=_key, empty=N_("alike|No pair fits."))
        self.first, self.second, self.facts = Label(type="heading"), Label(type="heading"), Label(type="secondary")
        for label in (self.first, self.second, self.facts):
            label.setWordWrap(True)
        advice = Label(
            N_("alike|F12 marks the pair wherever a drug is picked; F10 says that it is none and is not proposed again."), "note"
        )
        advice.setWordWrap(True)
        self._later = QTimer(self, singleShot=True, interval=TYPE_AHEAD_MS)
        self.lay_out(
            (bar(self.search), bar(self.count), self.table),
            (SectionTitle(N_("alike|As they are shown")), self.first, self.second, self.facts, advice),
            SIDE,
        )
        self.search.textChanged.connect(lambda _text: self._later.start())
        self.search.returnPressed.connect(lambda: self.table.setFocus(Qt.FocusReason.OtherFocusReason))
        self._later.timeout.connect(self.load)
        self.table.moved.connect(self._moved)

    def load(self) -> None:
        self.desk.send(ListAlike(text=self.search.text().strip(), proposals=self.proposals), self._show)

    def _show(self, found: AlikePairs) -> None:
        self.table.set_rows(found.pairs)
        kept = sum(bool(pair.kept) for pair in found.pairs)
        said = tr("alike|{n} marked, {m} proposed", n=kept, m=found.proposals) if self.proposals else tr("alike|{n} marked", n=kept)
        self.count.setText(said)
        self._moved(self.table.current())

    def _moved(self, row: Any) -> None:
        pair = row if isinstance(row, AlikePair) else None
        names, specifications = (_name_marks(pair), _specification_marks(pair)) if pair else (("", ""), ("", ""))
        self.first.setText(_both(pair.name, names[0], pair.specification, specifications[0]) if pair else tr("alike|No pair is chosen"))
        self.second.setText(_both(pair.other_name, names[1], pair.other_specification, specifications[1]) if pair else "")
        kept = pair is not None and pair.kept and pair.at is not None
        self.facts.setText(tr("alike|Kept by {who} on {day}", who=pair.by, day=f"{pair.at:%Y-%m-%d}") if pair and kept else "")
        self.changed.emit()

    def work(self) -> QWidget:
        return self.table

    def detail(self) -> QWidget:
        return self.search

    def may_narrow(self) -> bool | str:
        """F8 shows kept pairs alone, or the proposals too."""
        return True

    def narrow(self) -> None:
        self.proposals = not self.proposals
        self.load()

    def _may(self) -> bool:
        return self.desk.place.may(Permission.STORE_MANAGE)

    def why_not(self) -> str:
        row = self.table.current()
        if not self._may():
            return tr("catalogue|You may look at the catalogue only.")
        if row is None:
            return tr("alike|No pair is chosen")
        return tr("alike|This pair is marked already; F10 takes the marks away.") if row.kept else ""

    def names(self) -> dict[str, str]:
        return {"save": tr("store key|Mark the pair"), "take_out": tr("store key|Not alike"), "empty": tr("store key|Kept or all")}

    def finish(self) -> None:
        self._decide(kept=True)

    def may_take_out(self) -> bool | str:
        """F10: no pair after all."""
        return OTHER_PAGE if not self._may() else True if self.table.current() is not None else N_("alike|No pair is chosen")

    def take_out(self) -> None:
        self._decide(kept=False)

    def _decide(self, *, kept: bool) -> None:
        row = self.table.current()
        if row is None:
            return
        said = N_("alike|{drug} and {other} are marked.") if kept else N_("alike|{drug} and {other} are not marked.")
        told = tr(said, drug=row.name, other=row.other_name)
        self.table.step(1)
        request = DecideAlike(drug_id=row.drug_id, other_id=row.other_id, kind=row.kind, kept=kept)
        self.send(request, lambda _done: self.desk.tell(told))


def _key(row: AlikePair) -> tuple[int, int]:
    return row.drug_id, row.other_id


def _both(name: str, name_marks: str, specification: str, specification_marks: str) -> str:
    return f"{marked_html(name, name_marks)} {marked_html(specification, specification_marks)}"
