"""Stock-take 盘点: the list, the sheet to count from, and the differences. One page with three faces; Enter goes in, Esc comes back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from client.store import counting, papers_words, words
from client.store.view.count_differences import DifferencesPart
from client.store.view.count_sheet import SheetPart
from client.store.view.page import StorePage
from client.widgets.choice import Choice as ChoiceInput
from client.widgets.form import Form, Label, SectionTitle
from client.widgets.inputs import TextInput
from client.widgets.table import Column, Table
from common.i18n import N_, tr
from common.messages.stock_take import Choice, ListStockTakes, OpenStockTake, TakeEntry, TakeList, VoidStockTake
from common.permissions import Permission

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from client.store.view.desk import StoreDesk

_SIDE = 380
_TAKES = (
    Column(title=N_("count|Number"), text=lambda take: take.number, width=108, strong=True),
    Column(title=N_("count|Opened"), text=lambda take: f"{take.opened_at:%Y-%m-%d %H:%M}", width=136),
    Column(title=N_("count|Place"), text=lambda take: papers_words.place(take.place), width=112),
    Column(title=N_("count|Choice"), text=counting.chosen),
    Column(title=N_("count|Counted"), text=lambda take: f"{take.counted} / {take.lines}", width=96, align="right"),
    Column(title=N_("count|State"), text=counting.state, width=128, tone=lambda take: counting.TONES[take.state]),
)


class ListPart(StorePage):
    """All stock-takes; F3 opens a new one."""

    def __init__(self, desk: StoreDesk, page: CountPage) -> None:
        super().__init__(desk)
        self._page = page
        self.opening = False
        self.table = Table(_TAKES, key=lambda take: take.id, empty=N_("count|Nothing was counted yet. F3 opens a stock-take."))
        self.number, self.facts = Label(type="heading"), Label(type="secondary")
        self.facts.setWordWrap(True)
        self.place, self.choice = ChoiceInput(counting.PLACES), ChoiceInput([(str(code), words) for code, words in counting.CHOICES])
        self.shelf, self.cls, self.note = TextInput(most=40), ChoiceInput(counting.CLASSES), TextInput(most=200)
        self.form = Form()
        self.form.add(N_("count|Place"), self.place)
        self.form.add(N_("count|What is counted"), self.choice)
        self.form.add(N_("count|Shelves that begin with"), self.shelf)
        self.form.add(N_("count|Class"), self.cls)
        self.form.add(N_("count|Note"), self.note)
        self.title = SectionTitle(N_("count|New stock-take"))
        self.lay_out((self.table,), (self.number, self.facts, self.title, self.form), _SIDE)
        self.choice.chosen.connect(lambda _code: self._show_form())
        self.shelf.textChanged.connect(lambda _text: self.changed.emit())
        self.form.finished.connect(lambda: self.finish() if not self.why_not() else None)
        self.table.moved.connect(lambda _row: self._show_entry())
        self.table.chosen.connect(page.enter)
        self._show_form()

    def load(self) -> None:
        self.desk.send(ListStockTakes(), self._show, key="stock-takes")

    def _show(self, found: TakeList) -> None:
        self.table.set_rows(found.takes)
        under_way = sum(take.state in ("OPEN", "COUNTED") for take in found.takes)
        self.desk.model.counts["count"] = (under_way, "info")
        self._show_entry()
        left = self._page.sheet.kept.left
        if left is not None and self._page.part() is self:  # a count was half typed when the program ended: its sheet is open again
            take = next((take for take in found.takes if take.id == left.take_id and take.state == "OPEN"), None)
            self._page.sheet.kept.done() if take is None else self._page.enter(take)

    def _show_entry(self) -> None:
        take = self.table.current()
        self.number.setText(take.number if take else tr("count|No stock-take is chosen"))
        self.facts.setText(words.facts(_facts(take)) if take else "")
        self.changed.emit()

    def _show_form(self) -> None:
        choice = Choice(self.choice.code())
        for field, shown in ((self.shelf, choice is Choice.SHELF), (self.cls, choice is Choice.CLASS)):
            self.form.show_field(field, shown)
        for widget in (self.title, self.form):
            widget.setVisible(self.opening)
        self.changed.emit()

    def work(self) -> QWidget:
        return self.table

    def detail(self) -> QWidget:
        return self.place if self.opening else self.table

    def seek(self) -> None:
        self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def begin(self) -> bool:
        if self.desk.place.may(Permission.STORE_MANAGE):
            self.opening = True
            self._show_form()
            self.place.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def back(self) -> bool:
        if not self.opening:
            return False
        self.opening = False
        self._show_form()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def why_not(self) -> str:
        if not self.opening:
            return tr("count|Enter opens the chosen stock-take, F3 begins a new one.")
        if self.choice.code() == Choice.SHELF and not self.shelf.text().strip():
            return tr("count|Type how the shelf's name begins.")
        return ""

    def names(self) -> dict[str, str]:
        return {"save": tr("store key|Begin counting") if self.opening else "", "take_out": tr("store key|Void")}

    def finish(self) -> None:
        choice = Choice(self.choice.code())
        named = self.shelf.text().strip() if choice is Choice.SHELF else self.cls.code() if choice is Choice.CLASS else ""
        request = OpenStockTake(place=self.place.code(), choice=choice, chosen=named, note=self.note.text().strip())
        self.send(request, self._opened)

    def _opened(self, take: TakeEntry) -> None:
        self.opening = False
        self._show_form()
        self.desk.tell(tr("count|Stock-take {number} is open: {n} lines to count.", number=take.number, n=take.lines))
        self._page.enter(take)

    def may_take_out(self) -> bool | str:
        take = self.table.current()
        return (
            True if take is not None and take.state in ("OPEN", "COUNTED") else N_("count|Only one that is not confirmed can be given up.")
        )

    def take_out(self) -> None:
        take = self.table.current()
        if take is not None:
            void(self, take)


def void(part: StorePage, take: TakeEntry) -> None:
    """F10: why it is given up is chosen, then it is."""

    def give_up(reason: str) -> None:
        part.send(
            VoidStockTake(take_id=take.id, reason=reason), lambda _t: part.desk.tell(tr("count|Given up: {number}.", number=take.number))
        )

    question = tr("count|Give stock-take {number} up? Its counts stay on record, nothing is booked.", number=take.number)
    part.desk.ask(question, [(tr(reason), partial(give_up, tr(reason))) for reason in counting.REASONS])


def _facts(take: TakeEntry) -> tuple[tuple[str, str], ...]:
    ended = f"{take.ended_at:%Y-%m-%d %H:%M}　{take.ended_by}" if take.ended_at else ""
    return (
        (tr("count|Place"), papers_words.place(take.place)),
        (tr("count|Choice"), counting.chosen(take)),
        (tr("count|State"), counting.state(take)),
        (tr("count|Opened"), f"{take.opened_at:%Y-%m-%d %H:%M}　{take.opened_by}"),
        (tr("count|Counting finished"), f"{take.counted_at:%Y-%m-%d %H:%M}　{take.counted_by}" if take.counted_at else ""),
        (tr("count|Given up") if take.state == "VOIDED" else tr("count|Confirmed"), ended),
        (tr("count|Agreed by"), take.approved_by),
        (tr("count|Reason"), take.void_reason),
        (tr("count|Note"), take.note),
        (tr("count|To be counted again"), str(take.again) if take.again else ""),
    )


class CountPage(StorePage):
    """See the user guide."""

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__(desk)
        self.list, self.sheet, self.differences = ListPart(desk, self), SheetPart(desk), DifferencesPart(desk)
        self.stack = QStackedWidget()
        for part in (self.list, self.sheet, self.differences):
            self.stack.addWidget(part)
            part.changed.connect(self.changed.emit)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.stack)
        self.sheet.finished.connect(self.enter)
        self.left_over = self.sheet.left_over

    def wind_up(self) -> None:
        self.sheet.wind_up()

    def part(self) -> StorePage:
        """The face that is shown."""
        shown: Any = self.stack.currentWidget()
        return shown  # type: ignore[no-any-return]

    def enter(self, take: TakeEntry) -> None:
        """Into a stock-take: to be counted, or to be looked at."""
        if take.state == "OPEN":
            self.sheet.open(take)
            self.stack.setCurrentWidget(self.sheet)
        elif take.counted_at is not None:
            self.differences.open(take)
            self.stack.setCurrentWidget(self.differences)
        else:
            self.desk.tell(tr("count|Stock-take {number} was given up before it was counted.", number=take.number), "info")
            return
        self.part().work().setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def load(self) -> None:
        self.list.load()
        if self.part() is not self.list:
            self.part().load()

    def work(self) -> QWidget:
        return self.part().work()

    def detail(self) -> QWidget:
        return self.part().detail()

    def seek(self) -> None:
        self.part().seek()

    def scanned(self, code: str) -> bool | None:
        return self.part().scanned(code)

    def begin(self) -> bool:
        return self.part().begin()

    def may_print(self) -> bool | str:
        return self.part().may_print()

    def reprint(self) -> None:
        self.part().reprint()

    def may_take_out(self) -> bool | str:
        return self.part().may_take_out()

    def take_out(self) -> None:
        self.part().take_out()

    def why_not(self) -> str:
        return self.part().why_not()

    def names(self) -> dict[str, str]:
        return self.part().names()

    def finish(self) -> None:
        self.part().finish()

    def back(self) -> bool:
        if self.part().back():
            return True
        if self.part() is self.list:
            return False
        self.stack.setCurrentWidget(self.list)
        self.list.load()
        self.list.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()
        return True
