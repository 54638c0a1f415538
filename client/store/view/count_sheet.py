"""The sheet of a stock-take: scan or find a line, type packs and loose units, Enter. What the book says is not known here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal

from client.store import counting, papers_words
from client.store.view.page import StorePage
from client.widgets.code_input import CodeInput
from client.widgets.form import Form, Label, SectionTitle
from client.widgets.inputs import DateInput, TextInput
from client.widgets.list_page import bar
from client.widgets.table import Column, Table
from common.counting_errors import LinesNotCounted
from common.domain.barcodes import Gs1Code, classify
from common.i18n import N_, tr
from common.messages.receipts import FindGoods, GoodsList
from common.messages.stock_take import AddFoundBatch, CountLine, CountSheet, FinishCounting, GetCountSheet, SheetLine, TakeEntry
from common.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from client.store.view.desk import StoreDesk
    from common.errors import XinglinError

_SIDE, _TYPE_AHEAD_MS = 380, 120
_LINES = (
    Column(title=N_("count|Shelf"), text=lambda line: line.shelf, width=72),
    Column(title=N_("stock|Drug"), text=lambda line: line.drug, strong=True),
    Column(title=N_("stock|Specification"), text=lambda line: line.specification, width=124, quiet=True),
    Column(title=N_("stock|Lot"), text=lambda line: " ".join(filter(None, (line.lot, line.delivery))), width=100),
    Column(title=N_("stock|Expiry"), text=lambda line: line.expires.isoformat(), width=92),
    Column(title=N_("count|Counted by"), text=lambda line: line.counters, width=104, quiet=True),
    Column(title=N_("count|State"), text=lambda line: counting.wanted(line)[0], width=96, tone=lambda line: counting.wanted(line)[1]),
)
_GOODS = (
    Column(title=N_("stock|Drug"), text=lambda row: row.name, strong=True, marks=lambda row: row.name_marks),
    Column(title=N_("stock|Specification"), text=lambda row: row.specification, width=148, marks=lambda row: row.specification_marks),
    Column(title=N_("delivery|Maker"), text=lambda row: row.manufacturer, width=148, quiet=True),
)


class SheetPart(StorePage):
    """``finished(take)`` when the counting was finished."""

    finished = Signal(object)

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__(desk)
        self.take: TakeEntry | None = None
        self.lines: tuple[SheetLine, ...] = ()
        self._found: frozenset[int] | None = None
        self.search = TextInput(placeholder=N_("count|Scan a pack, or type name, pinyin, lot or shelf"), most=60)
        self.progress = Label(type="secondary")
        self.table = Table(
            _LINES,
            key=lambda line: line.line_id,
            empty=N_("count|No line fits. Esc shows all; F3 enters a batch that is not on the sheet."),
        )
        self.number, self.name, self.facts = Label(type="secondary"), Label(type="heading"), Label(type="secondary")
        self.packs, self.loose = TextInput(most=10), TextInput(most=10)
        self.form = Form(2)
        self.form.add(N_("count|Packs"), self.packs)
        self.form.add(N_("count|Loose units"), self.loose)
        self.hint = Label(N_("count|Count what lies on the shelf. What is laid aside in baskets for patients is not counted."), "note")
        self.drug = CodeInput(
            _GOODS,
            look_up=self._look_up,
            shown=lambda goods: f"{goods.name}　{goods.specification}",
            key=lambda g: g.drug_id,
            popup_width=520,
        )
        self.lot, self.expires = TextInput(most=40), DateInput()
        self.new = Form(2)
        self.new.add(N_("stock|Drug"), self.drug, span=2)
        self.new.add(N_("stock|Lot"), self.lot)
        self.new.add(N_("stock|Expiry"), self.expires)
        self.new_title = SectionTitle(N_("count|A batch that is not on the sheet"))
        self._later = QTimer(self, singleShot=True, interval=_TYPE_AHEAD_MS)
        self.kept = self.keeps("count", counting.CountDraft, self._half_done)
        self._lay_out()
        self._connect()

    # --- drafts ----------------------------------------------------------------------------------------------------------------

    def _half_done(self) -> counting.CountDraft | None:
        """What would be lost if the program ended now."""
        line = self.table.current()
        if self.take is None:
            return None
        adding = not self.new.isHidden()
        draft = counting.CountDraft(
            take_id=self.take.id,
            line_id=line.line_id if line else 0,
            round=line.round if line else 0,
            packs=self.packs.text().strip(),
            loose=self.loose.text().strip(),
            goods=self.drug.entry() if adding else None,
            lot=self.lot.text() if adding else "",
            expires=self.expires.text() if adding else "",
        )
        return draft if draft.begun() else None

    def _go_on(self) -> None:
        """What was being typed for this sheet when the program ended; a line that was counted meanwhile is left out."""
        left = self.kept.left
        if left is None or self.take is None or left.take_id != self.take.id:
            return
        self.kept.take()
        line = next((each for each in self.lines if each.line_id == left.line_id), None)
        if line is not None and line.round == left.round and not line.mine and (left.packs or left.loose):
            self.table.select(line.line_id)
            self._show_line()
            self.packs.setText(left.packs)
            self.loose.setText(left.loose)
            self.packs.setFocus(Qt.FocusReason.OtherFocusReason)
        if left.adding():
            self._show_new(shown=True)
            self.drug.set_entry(left.goods)
            self.lot.setText(left.lot)
            self.expires.setText(left.expires)
            self.lot.setFocus(Qt.FocusReason.OtherFocusReason)

    def _lay_out(self) -> None:
        for label in (self.name, self.facts, self.hint):
            label.setWordWrap(True)
        right = (self.number, self.name, self.facts, self.form, self.hint, self.new_title, self.new)
        self.lay_out((bar(self.search, self.progress), self.table), right, _SIDE)
        self._show_new(shown=False)

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _text: self._later.start())
        self._later.timeout.connect(self._seek_words)
        self.search.returnPressed.connect(self._to_packs)
        self.table.moved.connect(lambda _row: self._show_line())
        self.table.chosen.connect(lambda _row: self._to_packs())
        self.form.finished.connect(self.count)
        self.new.finished.connect(self.add)
        for field in (self.packs, self.loose):
            field.textChanged.connect(lambda _text: self.form.clear_wrongs())
        for typed in (self.packs, self.loose, self.drug, self.lot, self.expires):
            typed.textChanged.connect(lambda _text: self.kept.soon())

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def open(self, take: TakeEntry) -> None:
        """Show another stock-take's sheet."""
        self.take, self.lines, self._found = take, (), None
        self.search.clear()
        self._show_new(shown=False)
        self.load()

    def load(self) -> None:
        if self.take is not None:
            self.desk.send(GetCountSheet(take_id=self.take.id), self._show, key="count sheet")

    def _show(self, sheet: CountSheet) -> None:
        if self.take is None or sheet.take.id != self.take.id:
            return
        first, self.take, self.lines = not self.lines, sheet.take, sheet.lines
        self.number.setText(f"{sheet.take.number}　{papers_words.place(sheet.take.place)}　{counting.chosen(sheet.take)}")
        self._show_lines()
        if first:
            self._go_on()

    def _show_lines(self) -> None:
        self.table.set_rows(counting.fitting(self.lines, self.search.text(), self._found))
        done = sum(line.round == 0 for line in self.lines)
        again = sum(line.round > 1 for line in self.lines)
        words = tr("count|{done} of {n} counted", done=done, n=len(self.lines))
        self.progress.setText(words + (tr("count|, {n} to be counted again", n=again) if again else ""))
        self._show_line()

    def _show_line(self) -> None:
        line = self.table.current()
        self.name.setText(line.drug if line else tr("count|No line is chosen"))
        self.facts.setText(_facts(line) if line else "")
        for field in (self.packs, self.loose):
            field.setEnabled(line is not None and bool(line.round) and not line.mine)
        self.changed.emit()

    def _seek_words(self) -> None:
        words = self.search.text().strip()
        self._found = None
        self._show_lines()
        if words.isascii() and words.isalpha():
            self.desk.send(FindGoods(text=words), lambda found: self._drugs_found(words, found), key="count words")

    def _drugs_found(self, words: str, found: GoodsList) -> None:
        if words == self.search.text().strip():
            self._found = frozenset(goods.drug_id for goods in found.goods)
            self._show_lines()

    # --- counting --------------------------------------------------------------------------------------------------------------

    def _to_packs(self) -> None:
        line = self.table.current()
        if line is not None and self.packs.isEnabled():
            self.packs.setFocus(Qt.FocusReason.TabFocusReason)
            self.packs.selectAll()
        elif line is not None:
            self.desk.tell(tr("count|{drug} {lot}: {state}.", drug=line.drug, lot=line.lot, state=counting.wanted(line)[0]), "info")

    def scanned(self, code: str) -> bool | None:
        """A pack in the hand: one more of the line that is being counted, or the first of its own line."""
        self.desk.send(FindGoods(text=code.strip()[:200]), lambda found: self._pack_found(code, found), key=f"count pack {code}")
        return None

    def _pack_found(self, code: str, found: GoodsList) -> None:
        drugs = frozenset(goods.drug_id for goods in found.goods)
        if self.new.isVisible() and found.goods:
            self.drug.set_entry(found.goods[0])
            self._take_code(code)
            self.desk.sound(accepted=True)
            return
        line, here = counting.scanned(self.lines, code, drugs), self.table.current()
        if here is not None and here.drug_id in drugs and (line is None or self.packs.text() or line.line_id == here.line_id):
            line = here if not _other_lot(code, here) else line
        self.desk.sound(accepted=line is not None)
        if line is None:
            self.desk.tell(tr("count|This pack is not on the sheet. F3 enters its batch."), "warning")
            return
        if here is not None and here.line_id != line.line_id and (self.packs.text() or self.loose.text()):
            self.count()
        self.search.clear()
        self._found = None
        self._show_lines()
        self.table.select(line.line_id)
        if self.packs.isEnabled():
            typed = self.packs.text().strip()
            self.packs.setText(str(int(typed) + 1) if typed.isdecimal() else "1")
        self._to_packs()

    def _take_code(self, code: str) -> None:
        seen = classify(code)
        if isinstance(seen, Gs1Code):
            self.lot.setText(seen.lot or self.lot.text())
            if seen.expires_on is not None:
                self.expires.set_date(seen.expires_on)
        self.lot.setFocus(Qt.FocusReason.TabFocusReason)

    def count(self) -> None:
        """Enter behind the loose units: the count is kept, and the hand goes to the next line."""
        line = self.table.current()
        if line is None or not self.packs.isEnabled():
            return
        found = counting.quantity(self.packs.text(), self.loose.text(), line)
        if isinstance(found, str):
            self.form.wrong(self.packs, found)
            self.packs.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.send(CountLine(line_id=line.line_id, round=line.round, quantity=found), self._counted, self._not_counted)

    def _counted(self, line: SheetLine) -> None:
        self.lines = tuple(line if each.line_id == line.line_id else each for each in self.lines)
        words = tr("count|{drug} {lot} is counted.", drug=line.drug, lot=line.lot)
        self.desk.tell(words + (tr("count| Somebody else counts it again.") if line.round else ""), "warning" if line.round else "done")
        self._next(line)

    def _next(self, line: SheetLine) -> None:
        self.packs.clear()
        self.loose.clear()
        self._show_lines()
        after = counting.following(counting.fitting(self.lines, self.search.text(), self._found), line.line_id)
        if after is not None:
            self.table.select(after.line_id)
        self._show_line()
        (self.packs if self.packs.isEnabled() else self.search).setFocus(Qt.FocusReason.OtherFocusReason)

    def _not_counted(self, error: XinglinError) -> None:
        self.desk.fail(error)
        self.load()

    # --- found batches ---------------------------------------------------------------------------------------------------------

    def _look_up(self, text: str, show: Callable[[Sequence[Any]], None]) -> None:
        self.desk.send(FindGoods(text=text), lambda found: show(found.goods), key="goods by words")

    def _show_new(self, *, shown: bool) -> None:
        for widget in (self.new_title, self.new):
            widget.setVisible(shown)

    def begin(self) -> bool:
        if self.desk.place.may(Permission.STORE_COUNT):
            self._show_new(shown=True)
            self.drug.set_entry(None)
            self.lot.clear()
            self.expires.clear()
            self.drug.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def add(self) -> None:
        """Enter behind the expiry: the batch comes on the sheet and is counted next."""
        goods, expires = self.drug.entry(), self.expires.date()
        self.new.clear_wrongs()
        for field, missing, words in (
            (self.drug, goods is None, tr("delivery|Choose the drug.")),
            (self.lot, not self.lot.text().strip(), tr("delivery|Type the lot.")),
            (self.expires, expires is None, tr("delivery|Type the expiry, such as 20280131.")),
        ):
            if missing:
                self.new.wrong(field, words)
                field.setFocus(Qt.FocusReason.OtherFocusReason)
                return
        assert self.take is not None
        assert goods is not None
        assert expires is not None
        request = AddFoundBatch(take_id=self.take.id, drug_id=goods.drug_id, lot=self.lot.text().strip(), expires=expires)
        self.send(request, self._added)

    def _added(self, line: SheetLine) -> None:
        self.lines = (*self.lines, line)
        self._show_new(shown=False)
        self.kept.soon()
        self.search.clear()
        self._found = None
        self._show_lines()
        self.table.select(line.line_id)
        self._show_line()
        self.packs.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- what the frame asks ---------------------------------------------------------------------------------------------------

    def work(self) -> QWidget:
        return self.search

    def detail(self) -> QWidget:
        return self.packs

    def seek(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def back(self) -> bool:
        """First the batch that was to be entered, then what was typed, then what was searched for."""
        if self.new.isVisible():
            self._show_new(shown=False)
            self.kept.soon()
        elif self.packs.text() or self.loose.text():
            self.packs.clear()
            self.loose.clear()
        elif self.search.text():
            self.search.clear()
        else:
            return False
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def why_not(self) -> str:
        if not self.desk.place.may(Permission.STORE_MANAGE):
            return tr("count|The store keeper finishes the counting.")
        if self.packs.text() or self.loose.text():
            return tr("count|A line is being typed: Enter keeps it, Esc throws it away.")
        return ""

    def names(self) -> dict[str, str]:
        return {"save": tr("store key|Counting is done")}

    def finish(self) -> None:
        self._finish(0)

    def _finish(self, leave_out: int) -> None:
        assert self.take is not None
        request = FinishCounting(take_id=self.take.id, leave_out=leave_out)
        self.send(request, self._finished, self._not_finished)

    def _finished(self, take: TakeEntry) -> None:
        self.desk.tell(tr("count|{number} is counted. The differences can be looked at and approved.", number=take.number))
        self.finished.emit(take)

    def _not_finished(self, error: XinglinError) -> None:
        if isinstance(error, LinesNotCounted) and error.count:
            self.desk.ask(error.sentence(), [(tr("count|Leave them as the book has them"), lambda: self._finish(error.count))])
        else:
            self.desk.fail(error)


def _other_lot(code: str, line: SheetLine) -> bool:
    seen = classify(code)
    return isinstance(seen, Gs1Code) and bool(seen.lot) and seen.lot != line.lot


def _facts(line: SheetLine) -> str:
    first = "　".join(filter(None, (line.specification, line.manufacturer)))
    second = f"{tr('stock|Lot')} {line.lot}　{tr('stock|Expiry')} {line.expires.isoformat()}"
    shelf = tr("store|Shelf {shelf}", shelf=line.shelf) if line.shelf else ""
    units = tr("count|Packs in {pack}, loose units in {unit}", pack=line.pack_unit, unit=line.base_unit)
    return "\n".join(filter(None, (first, second, line.delivery, shelf, units)))
