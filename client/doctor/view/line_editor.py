"""The line of a prescription that is being written: Enter walks its cells, and on a fresh line with its defaults takes it as it is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from client import theme
from client.doctor import words
from client.doctor.sheet import parse_number, parse_quantity
from client.doctor.view.columns import LINE, cells
from client.doctor.view.rows import FINDING, Shown, paint_finding, paint_number
from client.doctor.view.type_ahead import Cell, TypeAhead
from client.format import name_of
from client.texts import text
from client.widgets.badge import badge_width, paint_badge
from client.widgets.form import Label
from client.widgets.table import Column
from common.domain.dosage import plain
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client.doctor.sheet import Catalogue, RxLine
    from common.messages.catalogue import DrugFacts, FrequencyFacts, RouteFacts

DRUGS: Final = (
    Column(title=N_("Drug"), text=lambda drug: drug.name, strong=True, marks=lambda drug: drug.name_marks),
    Column(title=N_("Specification"), text=lambda drug: drug.specification, width=140, marks=lambda drug: drug.specification_marks),
    Column(title=N_("Stock"), text=lambda drug: words.stock(drug)[0], width=100, tone=lambda drug: words.stock(drug)[1]),
    Column(title=N_("Price"), text=words.pack_price, width=92, align="right"),
    Column(title=N_("Insurance"), text=words.insurance, width=56, quiet=True),
    Column(title="", text=lambda drug: words.skin_test(drug.skin_test), width=112, tone=lambda _drug: "warning"),
    Column(title="", text=words.antibacterial, width=84, tone=lambda drug: "plain" if drug.antibacterial == "unrestricted" else "warning"),
)
CODES: Final = (
    Column(title=N_("Code"), text=lambda each: each.code, width=72, quiet=True),
    Column(title=N_("Meaning"), text=name_of, strong=True),
)
_WALK: Final = ("drug", "dose", "frequency", "route", "days", "quantity", "advice", "reason")
_TOP: Final = 4
ADVICE: Final = N_("Advice, such as after meals")
HANDLING: Final = N_("How: xj first, hx last, bj bag, lj apart, yh melt, cf stir in")


class LineEditor(QWidget):
    """Edits one :class:`RxLine` in place, or waits for the drug of a new one.

    ``drug_chosen(DrugFacts)``; ``changed`` after each key that changed the line; ``accepted`` when the line is done; ``stepped(-1 | 1)``.
    """

    drug_chosen = Signal(object)
    changed = Signal()
    accepted = Signal()
    stepped = Signal(int)

    def __init__(self, find_drugs: Callable[[str, Callable[[Sequence[Any]], None]], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._line: RxLine | None = None
        self._catalogue: Callable[[], Catalogue] | None = None
        self._fresh = False
        self._shown: Shown | None = None
        self._asks = False
        self.drug = TypeAhead(DRUGS, look_up=find_drugs, shown=lambda drug: drug.name, key=lambda drug: drug.id, popup_width=800)
        self.dose, self.days, self.quantity, self.advice, self.reason = (Cell() for _ in range(5))
        self.frequency = TypeAhead(
            CODES, look_up=self._find_frequency, shown=words.short_frequency, key=lambda each: each.code, popup_width=280, opens=True
        )
        self.route = TypeAhead(CODES, look_up=self._find_route, shown=name_of, key=lambda each: each.code, popup_width=280, opens=True)
        self.unit = Label(type="note", parent=self.dose)
        self.fields: dict[str, Cell | TypeAhead] = {name: getattr(self, name) for name in _WALK}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusProxy(self.drug)
        self._dress()
        self._connect()
        self._fit()

    # --- what it edits -----------------------------------------------------------------------------------------------------------

    def use(self, catalogue: Callable[[], Catalogue]) -> None:
        """Where the short lists are."""
        self._catalogue = catalogue

    def load(self, line: RxLine | None, *, fresh: bool = False) -> None:
        """Edit ``line``; ``None``: a new one. ``fresh``: it was just chosen, and Enter takes it with its defaults."""
        self._line, self._fresh = line, fresh
        self.drug.set_entry(line.drug if line is not None else None)
        self._fill()
        self._fit()

    def line(self) -> RxLine | None:
        """The line being edited."""
        return self._line

    def show_findings(self, shown: Shown, *, asks: bool) -> None:
        """What the rules say of the line, and whether a reason is asked for."""
        self._shown, self._asks = shown, asks or bool(self._line and self._line.reason)
        self._fill_quantity()
        self._fit()
        self.update()

    def go_to(self, cell: str) -> None:
        """Put the focus into a cell; where a dose is asked for that is there, to the first cell that is empty."""
        wanted = cell if self._line is not None else "drug"
        if wanted == "dose":
            wanted = self._first_empty() or "dose"
        field = self.fields[wanted]
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        field.selectAll()

    # --- building ----------------------------------------------------------------------------------------------------------------

    def _dress(self) -> None:
        for name, field in self.fields.items():
            field.setParent(self)
            field.installEventFilter(self)
            field.first = partial(self._key, name)
            field.setProperty("live", True)
            if name in ("days", "quantity"):
                field.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if name in ("dose", "days"):
                field.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.days.setMaxLength(2)
        self.advice.setMaxLength(100)
        self.reason.setMaxLength(200)
        text(self.drug.setPlaceholderText, N_("Drug: initials, name, code, or scan the pack"))
        text(self.reason.setPlaceholderText, N_("Reason (it is kept with the prescription)"))
        names = (N_("Drug"), N_("Each dose"), N_("Days"), N_("Quantity"), N_("Advice"), N_("Reason"))
        for named, source in zip((self.drug, self.dose, self.days, self.quantity, self.advice, self.reason), names, strict=True):
            text(named.setAccessibleName, source)

    def _connect(self) -> None:
        self.drug.chosen.connect(self._take_drug)
        self.dose.textEdited.connect(lambda typed: self._edit("dose", parse_number(typed)))
        self.days.textEdited.connect(lambda typed: self._edit("days", int(typed) if typed.strip().isdecimal() and int(typed) else None))
        self.quantity.textEdited.connect(self._edit_quantity)
        self.advice.textEdited.connect(lambda typed: self._edit("advice", typed))
        self.reason.textEdited.connect(lambda typed: self._edit("reason", typed))
        self.frequency.chosen.connect(lambda each: self._take_code("frequency", each.code))
        self.route.chosen.connect(lambda each: self._take_code("route", each.code))

    # --- keys --------------------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        name = next((name for name, field in self.fields.items() if field is watched), "")
        if event.type() == QEvent.Type.FocusOut and name in ("drug", "frequency", "route"):
            self._put_back(name)
        return super().eventFilter(watched, event)

    def _key(self, name: str, event: QKeyEvent) -> bool:
        field = self.fields[name]
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if isinstance(field, TypeAhead) and field.popup_open():
                return False
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._back(name)
            else:
                self._enter(name)
            return True
        if event.key() == Qt.Key.Key_Escape and self._line is not None and isinstance(field, TypeAhead) and field.entry() is None:
            self._put_back(name)
            return True
        if event.key() == Qt.Key.Key_Up and not (isinstance(field, TypeAhead) and field.popup_open()):
            self.stepped.emit(-1)
            return True
        if event.key() == Qt.Key.Key_Down and not isinstance(field, TypeAhead):
            self.stepped.emit(1)
            return True
        return False

    def _enter(self, name: str) -> None:
        if self._line is None:
            return
        if (
            (name == "dose" and self._fresh and not self._first_empty())
            or (name == "advice" and not self.reason.isVisibleTo(self))
            or name == "reason"
        ):
            self._done()
        else:
            self.go_to_cell(_WALK[_WALK.index(name) + 1])

    def _done(self) -> None:
        """The line is done, unless a reason is still asked for."""
        if self._asks and self._line is not None and not self._line.reason.strip() and not self.reason.hasFocus():
            self.go_to_cell("reason")
        else:
            self.accepted.emit()

    def _back(self, name: str) -> None:
        at = _WALK.index(name)
        if at:
            self.go_to_cell(_WALK[at - 1])

    def go_to_cell(self, name: str) -> None:
        """Put the focus into this very cell."""
        field = self.fields[name]
        field.setFocus(Qt.FocusReason.TabFocusReason)
        field.selectAll()

    def _first_empty(self) -> str:
        """The first cell that has to be filled in."""
        line = self._line
        if line is None:
            return "drug"
        catalogue = self._lists()
        if not line.dose:
            return "dose"
        if line.frequency not in catalogue.frequencies:
            return "frequency"
        if line.route not in catalogue.routes:
            return "route"
        if not line.days:
            return "days"
        return "" if line.quantity(catalogue) else "quantity"

    # --- changes -----------------------------------------------------------------------------------------------------------------

    def _take_drug(self, drug: DrugFacts) -> None:
        self.drug_chosen.emit(drug)

    def _take_code(self, name: str, code: str) -> None:
        self._edit(name, code)
        self.go_to_cell(_WALK[_WALK.index(name) + 1])

    def _edit(self, name: str, value: object) -> None:
        line = self._line
        if line is None:
            return
        self._fresh = False
        setattr(line, name, value)
        if name in ("dose", "frequency", "days"):
            line.typed_quantity = None
        if name != "reason":
            line.refused = []
        self.changed.emit()

    def _edit_quantity(self, typed: str) -> None:
        if self._line is not None:
            self._fresh = False
            self._line.typed_quantity = parse_quantity(typed, self._line.drug) if typed.strip() else None
            self._line.refused = []
            self.changed.emit()

    def _put_back(self, name: str) -> None:
        """What was typed and not chosen gives way to what is chosen."""
        line, field = self._line, self.fields[name]
        if line is None or not isinstance(field, TypeAhead) or field.entry() is not None:
            return
        self._fill_code(name)

    # --- showing -----------------------------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        line = self._line
        self.dose.setText(plain(line.dose) if line is not None and line.dose is not None else "")
        self.days.setText(str(line.days) if line is not None and line.days else "")
        self.advice.setText(line.advice if line is not None else "")
        self.advice.setPlaceholderText(tr(HANDLING if line is not None and line.herbal else ADVICE))
        self.reason.setText(line.reason if line is not None else "")
        for name in ("frequency", "route"):
            self._fill_code(name)
        self._fill_quantity(always=True)
        unit = line.drug.dose_unit if line is not None else ""
        self.unit.setText(unit)
        self.unit.adjustSize()
        self.dose.setTextMargins(0, 0, self.unit.width() + 2 if unit else 0, 0)
        self._place()

    def _fill_code(self, name: str) -> None:
        line, lists = self._line, self._lists()
        if name == "drug":
            self.drug.set_entry(line.drug if line is not None else None)
        elif name == "frequency":
            self.frequency.set_entry(lists.frequencies.get(line.frequency) if line is not None else None)
        else:
            self.route.set_entry(lists.routes.get(line.route) if line is not None else None)
        if name != "drug":
            field = self.fields[name]
            field.setToolTip(name_of(field.entry()) if isinstance(field, TypeAhead) and field.entry() is not None else "")
            field.setCursorPosition(0)

    def _fill_quantity(self, *, always: bool = False) -> None:
        if self._line is None:
            self.quantity.clear()
        elif always or not self.quantity.hasFocus():
            self.quantity.setText(words.quantity(self._line, self._lists()))

    def _find_frequency(self, typed: str, show: Callable[[Sequence[FrequencyFacts]], None]) -> None:
        show(_narrowed(list(self._lists().frequencies.values()), typed))

    def _find_route(self, typed: str, show: Callable[[Sequence[RouteFacts]], None]) -> None:
        show(_narrowed(list(self._lists().routes.values()), typed))

    def _lists(self) -> Catalogue:
        from client.doctor.sheet import Catalogue

        return self._catalogue() if self._catalogue is not None else Catalogue()

    def _fit(self) -> None:
        full = self._line is not None
        for name in _WALK[1:]:
            self.fields[name].setVisible(full and (name != "reason" or self._asks))
        self.setFixedHeight(self.sizeHint().height())
        self._place()

    def sizeHint(self) -> QSize:
        if self._line is None:
            return QSize(400, LINE + 2 * _TOP + 2)
        findings = len(self._shown.findings) if self._shown is not None else 0
        return QSize(400, _TOP + (LINE + 4) * (3 if self._asks else 2) + FINDING * findings + _TOP)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        places = cells(self.width())
        for name in ("drug", "dose", "frequency", "route", "days", "quantity"):
            self.fields[name].setGeometry(places[name].translated(0, _TOP))
        if self._line is None:
            self.drug.setGeometry(QRect(places["drug"].x(), _TOP, places["amount"].right() - places["drug"].x(), LINE))
        self.unit.move(places["dose"].width() - self.unit.width() - 8, (LINE - self.unit.height()) // 2)
        second = _TOP + LINE + 4
        self.advice.setGeometry(QRect(places["dose"].x(), second, places["quantity"].right() - places["dose"].x() + 1, LINE))
        self.reason.setGeometry(QRect(places["drug"].x(), second + LINE + 4, places["quantity"].right() - places["drug"].x() + 1, LINE))

    def paintEvent(self, _event: QPaintEvent) -> None:
        look, painter = theme.now(), QPainter(self)
        painter.fillRect(self.rect(), QColor(look.selected))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(look.line))
        painter.fillRect(0, 0, 3, self.height() - 1, QColor(look.primary))
        places = {name: box.translated(0, _TOP) for name, box in cells(self.width()).items()}
        if self._shown is not None:
            paint_number(painter, places["number"], self._shown, self.height() - 1)
        if self._line is None:
            return
        self._paint_amount(painter, places["amount"])
        self._paint_drug(painter, QRect(places["drug"].x(), _TOP + LINE + 4, places["drug"].width(), LINE))
        below = _TOP + (LINE + 4) * (3 if self._asks else 2) - 2
        width = places["amount"].right() - places["drug"].x()
        for at, (severity, sentence) in enumerate(self._shown.findings if self._shown is not None else ()):
            paint_finding(painter, QRect(places["drug"].x(), below + at * FINDING, width, FINDING), severity, sentence)

    def _paint_amount(self, painter: QPainter, box: QRect) -> None:
        amount = self._line.amount_fen(self._lists()) if self._line is not None else 0
        painter.setFont(theme.font())
        painter.setPen(QColor(theme.now().text))
        painter.drawText(
            box.adjusted(0, 0, -4, 0),
            int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight),
            words.bare_yuan(amount) if amount else "—",
        )

    def _paint_drug(self, painter: QPainter, box: QRect) -> None:
        """Below the drug: specification, price, and what is free."""
        assert self._line is not None
        drug = self._line.drug
        painter.setFont(theme.font(theme.NOTE))
        painter.setPen(QColor(theme.now().secondary))
        stock, tone = words.stock(drug)
        width = badge_width(stock, painter.fontMetrics())
        room = box.adjusted(0, 0, -width - 8, 0)
        painter.drawText(
            room,
            int(Qt.AlignmentFlag.AlignVCenter),
            painter.fontMetrics().elidedText(drug.specification, Qt.TextElideMode.ElideRight, room.width()),
        )
        paint_badge(painter, QRect(box.right() - width, box.y(), width, box.height()), stock, tone)


def _narrowed(entries: list[Any], typed: str) -> list[Any]:
    """Codes that begin with what was typed, then names and initials that hold it."""
    from client.initials import matches

    wanted = typed.strip().lower()
    if not wanted:
        return entries
    ranked = [
        (each.code.lower() != wanted, not each.code.lower().startswith(wanted), -matches(wanted, name_of(each)), at)
        for at, each in enumerate(entries)
    ]
    return [entries[rank[3]] for rank in sorted(ranked) if not rank[1] or rank[2]]
