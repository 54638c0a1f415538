"""The part of the papers' page where a paper is made: its kind and fields, the line in hand, the lines so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCompleter, QStackedWidget, QVBoxLayout, QWidget

from client import theme
from client.drafts import KeptDraft
from client.store import papers_steps, papers_words, words
from client.store.papers_draft import FIELDS, NEEDED, DraftLine, PaperDraft, amount, parse_amount
from client.widgets.choice import Choice
from client.widgets.code_input import CodeInput
from client.widgets.form import Form
from client.widgets.inputs import TextInput
from client.widgets.table import Column, Table
from common.i18n import N_, tr
from common.messages.receipts import ListSuppliers, Suppliers
from common.messages.store_papers import FindPaperGoods, PaperGoods, PaperGoodsList, PaperKind, SuggestPaper

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client.drafts import Numbered
    from client.store.view.desk import StoreDesk


def _where(goods: PaperGoods) -> str:
    """Where a batch lies; of a drug that is asked for, what the store has."""
    if goods.batch_id is not None:
        return papers_words.place(goods.place)
    return tr("paper|store {n}", n=words.packs(goods.there, goods))


_GOODS: Final = (
    Column(title=N_("stock|Drug"), text=lambda goods: goods.drug, strong=True),
    Column(title=N_("stock|Specification"), text=lambda goods: goods.specification, width=132, quiet=True),
    Column(title=N_("stock|Lot"), text=lambda goods: goods.lot, width=96),
    Column(title=N_("stock|Expiry"), text=lambda goods: goods.expires.isoformat() if goods.expires else "", width=96),
    Column(title=N_("paper|Where"), text=_where, width=112),
    Column(title=N_("paper|Free"), text=lambda goods: words.packs(goods.free, goods), width=104, align="right"),
)


class PaperEditor(QWidget):
    """``changed`` when something was typed. The draft survives a crash: it is kept in the journal while it is typed."""

    changed = Signal()

    def __init__(self, desk: StoreDesk, act: Numbered) -> None:
        super().__init__()
        self.desk = desk
        self.draft = PaperDraft()
        self.short: tuple[str, ...] = ()
        self.offered = papers_steps.kinds(desk.place.may)
        self.kind = Choice([(kind, papers_words.KINDS[kind]) for kind in self.offered] or [("", "")])
        self.out_of = Choice([(place, _WAYS[place]) for place in papers_steps.places(desk.place.may)] or [("", "")])
        self.kind_form = Form(1)
        self.forms = QStackedWidget()
        self.fields: dict[PaperKind, dict[str, TextInput]] = {}
        self.head: dict[PaperKind, Form] = {}
        self.line = Form(6)
        self.goods = CodeInput(
            _GOODS, look_up=self._look_up, shown=_shown, key=lambda goods: (goods.drug_id, goods.batch_id, goods.place), popup_width=780
        )
        self.quantity = TextInput(most=20)
        self.table = Table(self._columns(), key=id, empty=N_("paper|Scan a pack or type the drug, then how much; F7 suggests."), dense=True)
        self._kept = KeptDraft(desk, "store:paper", PaperDraft, lambda: self.draft if self.draft.begun() else None, act)
        self._make_forms()
        self._lay_out()
        self._connect()
        self._restore()

    def _make_forms(self) -> None:
        self.kind_form.add(N_("paper|Kind"), self.kind)
        for kind in PaperKind:
            form = Form(4)
            self.fields[kind] = {name: TextInput(most=100 if name in ("site", "way", "witness") else 200) for name in FIELDS[kind]}
            if kind is PaperKind.TRANSFER:
                form.add(N_("paper|Way"), self.out_of, span=2)
            for name, field in self.fields[kind].items():
                wide = name in ("note", "reason", "supplier") and kind is not PaperKind.DESTROY
                form.add(papers_words.FIELDS[name], field, span=2 if wide or name == "reason" else 1, required=name in NEEDED)
                field.textChanged.connect(lambda _text: self._head_typed())
            form.finished.connect(self.to_line)
            self.head[kind] = form
            self.forms.addWidget(form)

    def _columns(self) -> tuple[Column, ...]:
        return (
            Column(title="", text=lambda line: str(self.draft.lines.index(line) + 1), width=32, align="right", quiet=True),
            Column(title=N_("stock|Drug"), text=lambda line: line.goods.drug, strong=True),
            Column(title=N_("stock|Specification"), text=lambda line: line.goods.specification, width=124, quiet=True),
            Column(title=N_("stock|Lot"), text=lambda line: line.goods.lot, width=92),
            Column(
                title=N_("stock|Expiry"),
                text=lambda line: line.goods.expires.isoformat() if line.goods.expires else "",
                width=108,
                tone=lambda line: words.expiry_tone(line.goods.expires, self.desk.place.now().date()),
            ),
            Column(title=N_("paper|Where"), text=lambda line: _where(line.goods), width=104),
            Column(
                title=N_("paper|Quantity"), text=lambda line: words.packs(line.quantity, line.goods), width=112, align="right", strong=True
            ),
            Column(
                title=N_("delivery|Amount"),
                text=lambda line: words.amount(line.value_fen) if line.goods.batch_id else "",
                width=84,
                align="right",
            ),
        )

    def _lay_out(self) -> None:
        self.line.add(N_("paper|Drug: name, pinyin, code, lot, or scan the pack"), self.goods, span=4)
        self.line.add(N_("paper|How much (packs, or packs+pieces)"), self.quantity, span=2)
        self.quantity.removeEventFilter(self.line)
        forms = QWidget()
        column = QVBoxLayout(forms)
        column.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        column.setSpacing(0)
        for form in (self.kind_form, self.forms, self.line):
            column.addWidget(form)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GAP)
        layout.addWidget(forms)
        layout.addWidget(self.table, 1)

    def _connect(self) -> None:
        self.kind.chosen.connect(self._kind_chosen)
        self.kind_form.finished.connect(self._to_head)
        self.out_of.chosen.connect(self._way_chosen)
        self.goods.chosen.connect(self._goods_chosen)
        for field in (self.goods, self.quantity):
            field.textChanged.connect(lambda _text: self.changed.emit())
        self.quantity.returnPressed.connect(self.add)
        self.table.chosen.connect(self._correct)

    # --- drafts ----------------------------------------------------------------------------------------------------------------

    def _restore(self) -> None:
        """What was being typed when the program ended."""
        kept = self._kept.take()
        if kept is not None and kept.kind in self.offered:
            self.draft = kept
        self.show_draft()

    def keep(self) -> None:
        """On the disk, as it stands."""
        self._kept.keep()

    def open(self, draft: PaperDraft) -> None:
        """Take this one in hand."""
        self.draft, self.short = draft, ()
        self.goods.set_entry(None)
        self.quantity.clear()
        self.show_draft()
        self.keep()

    def end(self) -> None:
        """Nothing is in hand."""
        self.open(PaperDraft(kind=self.draft.kind, out_of=self.draft.out_of))

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def show_draft(self) -> None:
        """Fields and lines as the draft has them."""
        draft = self.draft
        if draft.out_of not in self.out_of.codes():
            draft.out_of = self.out_of.codes()[0] or draft.out_of
        self.kind.set_code(draft.kind)
        self.kind.setEnabled(not draft.number and not draft.serves)
        self.out_of.set_code(draft.out_of)
        self.out_of.setEnabled(not draft.serves)
        self.forms.setCurrentWidget(self.head[draft.kind])
        self.forms.setFixedHeight(self.head[draft.kind].sizeHint().height())
        for name, field in self.fields[draft.kind].items():
            field.blockSignals(True)
            field.setText(getattr(draft, name))
            field.blockSignals(False)
        self._lines_changed()

    def _lines_changed(self) -> None:
        self.table.set_rows(self.draft.lines)
        self._kept.soon()
        self.changed.emit()

    def _head_typed(self) -> None:
        for name, field in self.fields[self.draft.kind].items():
            setattr(self.draft, name, field.text())
        self._kept.soon()
        self.changed.emit()

    # --- the head --------------------------------------------------------------------------------------------------------------

    def _kind_chosen(self, code: str) -> None:
        """Another kind; lines of the old one would not fit."""
        if self._keeps_its_lines():
            return
        self.open(PaperDraft(kind=PaperKind(code), out_of=self.draft.out_of))

    def _to_head(self) -> None:
        """Enter in the kind: its first field."""
        fields = self.head[self.draft.kind].fields()
        (fields[0] if fields else self.goods).setFocus(Qt.FocusReason.TabFocusReason)

    def _way_chosen(self, code: str) -> None:
        if not self._keeps_its_lines():
            self.draft.out_of = code
            self._lines_changed()

    def _keeps_its_lines(self) -> bool:
        """Whether there are lines that another kind or way would throw away; then it stays as it is."""
        if self.draft.lines:
            self.desk.tell(tr("paper|Take its lines out first; F3 begins another paper."), "warning")
            self.show_draft()
        return bool(self.draft.lines)

    def load_suppliers(self) -> None:
        """Names that the first characters complete."""
        self.desk.send(ListSuppliers(), self._suppliers, key="paper suppliers")

    def _suppliers(self, found: Suppliers) -> None:
        field = self.fields[PaperKind.SUPPLIER_RETURN]["supplier"]
        completer = QCompleter(list(found.names), field)
        completer.setFilterMode(Qt.MatchFlag.MatchStartsWith)
        completer.setCompletionMode(QCompleter.CompletionMode.InlineCompletion)
        field.setCompleter(completer)

    # --- lines -----------------------------------------------------------------------------------------------------------------

    def to_line(self) -> None:
        """The hand goes to the next line."""
        self.goods.setFocus(Qt.FocusReason.TabFocusReason)

    def line_empty(self) -> bool:
        """Whether no line is in hand."""
        return not (self.goods.text() or self.quantity.text())

    def clear_line(self) -> None:
        """Throw the line in hand away."""
        self.goods.set_entry(None)
        self.quantity.clear()
        self.line.clear_wrongs()
        self.to_line()

    def _asks(self, text: str) -> FindPaperGoods:
        draft = self.draft
        place = draft.out_of if draft.kind is PaperKind.TRANSFER else ""
        return FindPaperGoods(kind=draft.kind, place=place, supplier=draft.supplier.strip(), text=text[:200])

    def _look_up(self, text: str, show: Callable[[Sequence[Any]], None]) -> None:
        self.desk.send(self._asks(text), lambda found: show(found.goods), key="paper goods")

    def scanned(self, code: str) -> None:
        """A pack: its batch where only one lies there, else the choice among them."""
        self.desk.send(self._asks(code), self._scanned, key=f"paper pack {code}")

    def _scanned(self, found: PaperGoodsList) -> None:
        self.desk.sound(accepted=bool(found.goods))
        if not found.goods:
            self.desk.tell(tr("paper|Nothing with this code lies there."), "warning")
            return
        self.goods.set_entry(found.goods[0])
        self._goods_chosen(found.goods[0])

    def _goods_chosen(self, goods: PaperGoods) -> None:
        self.line.clear_wrongs()
        self.quantity.setPlaceholderText(f"10 {goods.pack_unit}，10+5 {goods.base_unit}" if goods.pack_unit != goods.base_unit else "10")
        self.quantity.setFocus(Qt.FocusReason.TabFocusReason)
        self.changed.emit()

    def add(self) -> None:
        """Enter in the quantity: the line is one of the paper's."""
        goods: PaperGoods | None = self.goods.entry()
        self.line.clear_wrongs()
        if goods is None:
            self.line.wrong(self.goods, tr("delivery|Choose the drug."))
            self.to_line()
            return
        quantity = parse_amount(self.quantity.text(), goods.pack_size)
        wrong = (
            tr("paper|Type how much: 3 packs, 3+5 packs and pieces, +5 pieces.") if quantity is None else self.draft.add(goods, quantity)
        )
        if wrong:
            self.line.wrong(self.quantity, wrong)
            self.quantity.selectAll()
            return
        self.clear_line()
        self._lines_changed()
        self.table.scrollToBottom()

    def _correct(self, line: DraftLine) -> None:
        """Enter on a line: it is taken back into the fields."""
        self.draft.lines.remove(line)
        self.goods.set_entry(line.goods)
        self.quantity.setText(amount(line.quantity, line.goods.pack_size))
        self._lines_changed()
        self.quantity.setFocus(Qt.FocusReason.OtherFocusReason)
        self.quantity.selectAll()

    def take_out(self) -> None:
        """F10: the selected line goes."""
        line = self.table.current()
        if line is not None:
            self.draft.lines.remove(line)
            self._lines_changed()

    def suggest(self) -> None:
        """F7: what should go on it, beside what stands there already."""
        draft = self.draft
        request = SuggestPaper(kind=draft.kind, serves=draft.serves, supplier=draft.supplier.strip())
        self.desk.send(request, lambda found: self._suggested(draft, found), key="paper suggestion")

    def fill(self, drug_id: int, lot: str) -> None:
        """All of a batch, wherever such a paper may take it from."""
        draft = self.draft
        self.desk.send(self._asks(lot), lambda found: self._filled(draft, found, drug_id), key="paper batch")

    def _filled(self, draft: PaperDraft, found: PaperGoodsList, drug_id: int) -> None:
        if draft is not self.draft:
            return
        for goods in found.goods:
            if goods.drug_id == drug_id and goods.free > 0:
                draft.add(goods, goods.free)
        self._lines_changed()
        if not draft.lines:
            self.desk.tell(tr("paper|Nothing of it is free there."), "warning")

    def may_suggest(self) -> bool | str:
        """Whether there is a ground for a suggestion."""
        if self.draft.kind is PaperKind.TRANSFER and not self.draft.serves:
            return N_("paper|A transfer is suggested from a request: choose one, F12.")
        if self.draft.kind is PaperKind.SUPPLIER_RETURN and not self.draft.supplier.strip():
            return N_("paper|Type the supplier.")
        return True

    def _suggested(self, draft: PaperDraft, found: PaperGoodsList) -> None:
        if draft is not self.draft:
            return
        before = len(draft.lines)
        for goods in found.goods:
            if goods.suggested > 0:
                draft.add(goods, goods.suggested)
        self.short = found.short
        self._lines_changed()
        if found.short:
            self.desk.tell(tr("paper|The store has not enough of: {drugs}", drugs="、".join(found.short)), "warning")
        elif len(draft.lines) == before:
            self.desk.tell(tr("paper|There is nothing to suggest."), "warning")

    def mark(self, name: str, why: str) -> None:
        """What is missing, at its field."""
        if name in self.fields[self.draft.kind]:
            field = self.fields[self.draft.kind][name]
            self.head[self.draft.kind].wrong(field, why)
            field.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.to_line()


_WAYS: Final = {"STORE": N_("paper|Store → pharmacy"), "PHARMACY": N_("paper|Pharmacy → store")}


def _shown(goods: PaperGoods) -> str:
    return "　".join(filter(None, (goods.drug, goods.specification, goods.lot, papers_words.place(goods.place) if goods.place else "")))
