"""The means of payment under each other: cash, and what this patient can use besides; amount, and a reference, an account or a reason."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QComboBox, QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from client import theme
from client.cashier.tenders import OTHERS, paying_accounts
from client.texts import text
from client.widgets.form import Label
from client.widgets.inputs import MoneyInput, TextInput
from common.domain.money import format_yuan, yuan
from common.domain.tenders import TITLES
from common.i18n import N_, tr
from common.messages.cashier import CHANNELS, TenderKind

if TYPE_CHECKING:
    from client.cashier.model import CashierModel

#: These come out of an account in the clinic's books; beside the amount stands what is left there.
FROM_ACCOUNTS: Final = (TenderKind.DEPOSIT, TenderKind.CREDIT, TenderKind.GREEN)
#: What only this patient has keeps its row where there is little room.
OWN: Final = (TenderKind.DEPOSIT, TenderKind.CREDIT)
_REFERENCE: Final = N_("till|Reference")
_SCAN: Final = N_("till|Scan code")
_REASON: Final = N_("till|Reason")


class CashInput(MoneyInput):
    """The cash given; Enter in an empty field means exactly what is left (``exact``)."""

    exact = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not self.text().strip():
                self.exact.emit()
            return
        super().keyPressEvent(event)


class TenderRows(QWidget):
    """``paid`` fires when a tender changed. Rows that this patient cannot use are not shown; while ``compact``, those that are not used
    either, and a line says what F7 brings."""

    paid = Signal()

    def __init__(self, model: CashierModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.given = CashInput()
        self.given.setProperty("emphasis", True)
        self.titles = {kind: Label(TITLES[kind]) for kind in OTHERS}
        self.amounts = {kind: MoneyInput() for kind in OTHERS}
        self.references = {kind: TextInput(placeholder=_REFERENCE, most=64) for kind in OTHERS}
        self.notes = {kind: _Note() for kind in FROM_ACCOUNTS}
        self.account = QComboBox()
        self.more = Label(type="note")
        self.more.setWordWrap(True)
        self.compact = False
        self._at: TenderKind | None = None
        self._typed: set[TenderKind] = set()
        self.setFocusProxy(self.given)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.GAP)
        grid.setVerticalSpacing(6)
        grid.setColumnMinimumWidth(0, 72)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        grid.addWidget(Label(N_("till|Cash given")), 0, 0)
        grid.addWidget(self.given, 0, 1, 1, 2)
        text(self.given.setAccessibleName, N_("till|Cash given"))
        for place, kind in enumerate(OTHERS):
            row = place * 2 + 1  # the row below it is for the companies to choose from
            grid.addWidget(self.titles[kind], row, 0)
            grid.addWidget(self.amounts[kind], row, 1)
            grid.addWidget(self.references[kind], row, 2)
            if kind in self.notes:
                grid.addWidget(self.notes[kind], row, 2)
            text(self.amounts[kind].setAccessibleName, TITLES[kind])
            self.amounts[kind].setMinimumWidth(72)
            self.references[kind].setMinimumWidth(72)
        grid.addWidget(self.account, OTHERS.index(TenderKind.CREDIT) * 2 + 2, 1, 1, 2)
        self.account.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.account.setMinimumContentsLength(6)
        self.account.view().setMinimumWidth(320)
        grid.addWidget(self.more, len(OTHERS) * 2 + 1, 0, 1, 3)
        self._order_tabs()
        text(self.account.setAccessibleName, N_("till|Company that pays"))

    def _order_tabs(self) -> None:
        """As one reads: each means with what belongs to it."""
        order: list[QWidget] = [self.given]
        for kind in OTHERS:
            order += [self.amounts[kind], self.references[kind], *([self.account] if kind is TenderKind.CREDIT else [])]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def _connect(self) -> None:
        self.given.textChanged.connect(lambda _typed: self._take_given())
        self.given.exact.connect(self._take_exact)
        self.account.activated.connect(lambda _place: self._take_account())
        for kind in OTHERS:
            self.amounts[kind].textEdited.connect(lambda _typed, kind=kind: self._typed.add(kind))
            self.amounts[kind].textChanged.connect(lambda _typed, kind=kind: self._take_amount(kind))
            self.amounts[kind].returnPressed.connect(lambda kind=kind: self._after_amount(kind))
            self.references[kind].returnPressed.connect(self.given.setFocus)
            self.references[kind].textChanged.connect(lambda typed, kind=kind: self._take_reference(kind, typed))

    # --- what the person does --------------------------------------------------------------------------------------------------

    def _take_given(self) -> None:
        tendering = self._model.tendering
        tendering.given_fen = self.given.fen()
        tendering.given_unreadable = bool(self.given.text().strip()) and tendering.given_fen is None
        self.paid.emit()

    def _take_exact(self) -> None:
        self._model.tendering.exact()
        self.given.set_fen(self._model.tendering.given_fen)
        self.given.selectAll()

    def _take_amount(self, kind: TenderKind) -> None:
        part, field = self._model.tendering.parts[kind], self.amounts[kind]
        part.amount_fen = field.fen()
        part.unreadable = bool(field.text().strip()) and part.amount_fen is None
        self.paid.emit()

    def _take_reference(self, kind: TenderKind, typed: str) -> None:
        part = self._model.tendering.parts[kind]
        part.reference, part.code = typed, ""
        self.paid.emit()

    def _take_account(self) -> None:
        self._model.choose_account(TenderKind.CREDIT, int(self.account.currentData() or 0))
        self.paid.emit()

    def _after_amount(self, kind: TenderKind) -> None:
        (self.references[kind] if kind is TenderKind.WAIVER else self.given).setFocus(Qt.FocusReason.TabFocusReason)

    def next_tender(self) -> None:
        """Let the next means cover what is left; one that was only tried (nothing typed, nothing scanned) gives way."""
        offered = self._model.offered()
        here = next((kind for kind in offered if self._has_focus(kind)), None)
        if here is not None and self._only_tried(here):
            self.amounts[here].clear()
        place = offered.index(here) + 1 if here is not None else 0
        if place < len(offered):
            self.use(offered[place])
        else:
            self.given.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def hand_elsewhere(self) -> bool:
        """Whether the hand is at another means than cash."""
        return any(self._has_focus(kind) for kind in OTHERS)

    def _has_focus(self, kind: TenderKind) -> bool:
        fields: list[QWidget] = [self.amounts[kind], self.references[kind]]
        return any(field.hasFocus() for field in (*fields, *([self.account] if kind is TenderKind.CREDIT else [])))

    def _only_tried(self, kind: TenderKind) -> bool:
        part = self._model.tendering.parts[kind]
        return kind not in self._typed and not part.reference.strip() and not part.code

    def use(self, kind: TenderKind) -> None:
        """Let ``kind`` cover what is left, and go to its reference; to its amount when there is none or it covers nothing."""
        part = self._model.tendering.use(kind)
        self._at = kind
        self.show_model()
        self.amounts[kind].set_fen(part.amount_fen)
        named = kind not in FROM_ACCOUNTS and kind is not TenderKind.WAIVER
        field = self.references[kind] if part.amount_fen and named else self.amounts[kind]
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def forget(self) -> None:
        """Another bill: the fields are empty."""
        self._typed.clear()
        self._at = None
        for field in (self.given, *self.amounts.values(), *self.references.values()):
            field.blockSignals(True)
            field.clear()
            field.blockSignals(False)

    def take_over(self) -> None:
        """Show what the model holds: after a scan, a refusal or a quote it is not what was typed."""
        tendering = self._model.tendering
        for field in (self.given, *self.amounts.values(), *self.references.values()):
            field.blockSignals(True)
        self.given.set_fen(tendering.given_fen)
        for kind, part in tendering.parts.items():
            self.amounts[kind].set_fen(part.amount_fen)
            self.references[kind].setText(part.reference)
        for field in (self.given, *self.amounts.values(), *self.references.values()):
            field.blockSignals(False)

    def show_model(self) -> None:
        """Which rows there are, what stands beside them, and what cash is still wanted."""
        model, offered = self._model, self._model.offered()
        due = model.tendering.cash_due_fen
        self.given.setPlaceholderText(f"{yuan(max(0, due)):,}" if model.lines or model.quoted else "0.00")
        own = () if model.quoted else OWN
        hidden = [kind for kind in offered if self.compact and kind not in own and not self._in_use(kind)]
        self.more.setText(tr("till|F7: {tenders}", tenders=tr("list separator|, ").join(tr(TITLES[kind]) for kind in hidden)))
        self.more.setVisible(bool(hidden))
        for kind in OTHERS:
            shown = kind not in hidden and (kind in offered or bool(model.tendering.parts[kind].amount_fen))
            for widget in (self.titles[kind], self.amounts[kind]):
                widget.setVisible(shown)
            self.references[kind].setVisible(shown and kind not in FROM_ACCOUNTS)
            self.references[kind].setPlaceholderText(tr(self._placeholder(kind)))
        self._show_accounts(tuple(kind for kind in offered if kind not in hidden))

    def _in_use(self, kind: TenderKind) -> bool:
        part = self._model.tendering.parts[kind]
        return bool(part.amount_fen or part.unreadable or part.reference) or kind is self._at or self._has_focus(kind)

    def _placeholder(self, kind: TenderKind) -> str:
        if kind is TenderKind.WAIVER:
            return _REASON
        if self._model.tendering.parts[kind].code:
            return N_("till|✓ Code scanned")
        return _SCAN if kind in CHANNELS and self._model.connected(kind) else _REFERENCE

    def _show_accounts(self, offered: tuple[TenderKind, ...]) -> None:
        accounts = self._model.accounts
        companies = paying_accounts(accounts, TenderKind.CREDIT)
        several = len(companies) > 1 and TenderKind.CREDIT in offered
        for kind, note in self.notes.items():
            note.setVisible(kind in offered)
        self.account.setVisible(several)
        if accounts is not None:
            self.notes[TenderKind.DEPOSIT].say(accounts.deposit_fen)
        for kind in (TenderKind.CREDIT, TenderKind.GREEN):
            chosen = self._model.tendering.parts[kind].account_id
            for each in paying_accounts(accounts, kind):
                if each.account_id == chosen:
                    self.notes[kind].say(each.left_fen, each.name if kind is TenderKind.CREDIT and not several else "")
        if several:
            self._show_companies()

    def _show_companies(self) -> None:
        companies = paying_accounts(self._model.accounts, TenderKind.CREDIT)
        chosen = self._model.tendering.parts[TenderKind.CREDIT].account_id
        ids = [self.account.itemData(place) for place in range(self.account.count())]
        if ids != [each.account_id for each in companies]:
            self.account.clear()
            for each in companies:
                self.account.addItem(each.name, each.account_id)  # what is left there stands beside the amount, where nothing is cut
        self.account.setCurrentIndex(next((place for place, each in enumerate(companies) if each.account_id == chosen), 0))


class _Note(QWidget):
    """What is left in an account, whole whatever room there is; and below it whose it is, as much of that as there is room for."""

    def __init__(self) -> None:
        super().__init__()
        self.amount, self.name = Label(type="note"), _Name()
        self.setFixedHeight(theme.FIELD)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addStretch(1)
        layout.addWidget(self.amount)
        layout.addWidget(self.name)
        layout.addStretch(1)

    def say(self, left_fen: int, name: str = "") -> None:
        """Say it."""
        self.amount.setText(tr("till|of {amount}", amount=format_yuan(left_fen)))
        self.amount.setMinimumWidth(self.amount.sizeHint().width())
        self.name.setText(name)
        self.name.setToolTip(name)
        self.name.setVisible(bool(name))


class _Name(Label):
    """As much of a name as there is room for; all of it to the pointer."""

    def __init__(self) -> None:
        super().__init__(type="note")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        words = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), words)
