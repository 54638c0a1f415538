"""The scale's page: who waits at the left; the slice that is wanted now, its weight, and all slices along the shelves."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from client import theme
from client.format import sex, short_sex
from client.pharmacy import words
from client.pharmacy.herbal import how_words, off_words, share_words, wanted_words
from client.pharmacy.view.lists import NARROW_WIDTH
from client.widgets.approval import ApprovalPane
from client.widgets.empty import EmptyState
from client.widgets.form import Hairline, Label, SectionTitle
from client.widgets.inputs import TextInput
from client.widgets.table import Column, Table
from common.domain.dosage import plain
from common.domain.herbal import bounds, per_dose
from common.domain.herbal_words import herbal_usage
from common.i18n import N_, tr

if TYPE_CHECKING:
    from datetime import tzinfo

    from client.ops import Ops
    from client.pharmacy.herbal import Herbal, Row, Weighing
    from common.messages.herbal import HerbalEntry

_TALL: Final = 44


class WeighPage(QWidget):
    """``kept`` on Enter in the weight or in the reason, ``typed(text)`` and ``reasoned(text)`` while one types there."""

    kept = Signal()
    typed = Signal(str)
    reasoned = Signal(str)

    def __init__(self, ops: Ops, zone: tzinfo | None) -> None:
        super().__init__()
        self._zone = zone
        self._doses = 1
        self._shown: Weighing | None = None
        self.field = TextInput(placeholder=N_("pharmacy|Name, initials or prescription number"), most=40)
        self.entries = Table(_entry_columns(), key=lambda entry: entry.prescription_id, empty=N_("No prescription of slices waits."))
        self.empty = EmptyState(
            N_("Nothing lies on the scale"), N_("Choose a prescription and press Enter, or scan its barcode."), key="Enter"
        )
        self.sheet = QFrame()
        self.sheet.setProperty("sheet", True)
        self.who, self.number = Label(type="heading"), Label(type="secondary")
        self.usage, self.progress = Label(type="emphasis"), Label(type="emphasis")
        self.usage.setWordWrap(True)
        self.drug, self.target, self.shelf = Label(type="figure"), Label(type="figure"), Label(type="secondary")
        self.handling, self.toxic = _big(), _big()
        self.weight, self.verdict, self.hint = _big(_TALL), Label(type="heading"), Label(type="secondary")
        self.grams = TextInput(most=10)
        self.grams.setFixedWidth(120)
        self.grams.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.reason = TextInput(placeholder=N_("herbal|Why this bag goes out as it is"), most=100)
        self.approval = ApprovalPane(ops, act="toxic_slice")
        self.bag_approval = ApprovalPane(ops, act="uneven_bag")
        self.slices = Table(self._slice_columns(), key=lambda row: row.key, empty=N_("There are no slices."))
        for wraps in (self.shelf, self.hint):
            wraps.setWordWrap(True)
        self._lay_out()
        for shown_when_wanted in (self.reason, self.approval, self.bag_approval):
            shown_when_wanted.hide()
        self.grams.textEdited.connect(self.typed.emit)
        self.reason.textEdited.connect(self.reasoned.emit)
        theme.signals().changed.connect(self._repaint)
        for watched in (self.grams, self.reason, self.slices):
            watched.installEventFilter(self)

    def _slice_columns(self) -> tuple[Column, ...]:
        return (
            Column(title=N_("herbal|Slice"), text=_name, strong=True),
            Column(title=N_("herbal|Shelf"), text=lambda row: "" if row.bag else row.slice.shelf, width=84, quiet=True),
            Column(title="", text=_how, width=112, tone=_how_tone),
            Column(title=N_("herbal|A dose (g)"), text=_dose, width=92, align="right"),
            Column(title=N_("herbal|All (g)"), text=_all, width=92, align="right", strong=True),
            Column(title=N_("herbal|Weighed (g)"), text=_weighed, width=108, align="right", tone=_weighed_tone),
            Column(title=N_("herbal|A dose has"), text=self._has, width=92, align="right", quiet=True),
            Column(title=N_("herbal|By"), text=self._by, width=148, quiet=True),
        )

    def _has(self, row: Row) -> str:
        if row.weight is None or (row.slice.count and row.bag is None):
            return ""
        if row.bag is not None:
            return share_words(row.weight.grams, row.bag.target)
        return plain(per_dose(row.weight.grams, len(row.slice.by_dose) or self._doses))

    def _by(self, row: Row) -> str:
        if row.weight is None:
            return ""
        how = "" if row.weight.by_scale else tr("herbal|counted") if row.slice.count and row.bag is None else tr("herbal|typed")
        return " ".join(filter(None, (row.weight.by, f"{row.weight.at.astimezone(self._zone):%H:%M}", how)))

    # --- laying out ----------------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(side(self.field, N_("herbal|Slices to weigh"), self.entries))
        layout.addWidget(Hairline(vertical=True))
        work = QVBoxLayout()
        work.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        work.addWidget(self.empty, 1)
        work.addWidget(self.sheet, 1)
        layout.addLayout(work, 1)
        inside = QVBoxLayout(self.sheet)
        inside.setContentsMargins(1, 12, 1, 1)
        inside.setSpacing(theme.GAP)
        inside.addLayout(_row(self.who, self.number, 1, self.progress))
        inside.addLayout(_row(self.usage))
        inside.addWidget(Hairline())
        inside.addLayout(self._wanted())
        inside.addWidget(Hairline())
        inside.addWidget(self.slices, 1)

    def _wanted(self) -> QHBoxLayout:
        """The slice that is wanted now beside what lies on the scale."""
        left, right = QVBoxLayout(), QVBoxLayout()
        for column in (left, right):
            column.setSpacing(4)
        left.addLayout(_row(self.drug, self.handling, self.toxic, 1, margin=0))
        left.addWidget(self.target)
        left.addWidget(self.shelf)
        left.addStretch(1)
        right.addWidget(self.weight)
        right.addWidget(self.verdict)
        right.addLayout(_row(self.hint, self.grams, margin=0))
        right.addWidget(self.reason)
        both = QHBoxLayout()
        both.setContentsMargins(theme.MARGIN, 4, theme.MARGIN, 4)
        both.setSpacing(theme.MARGIN * 2)
        both.addLayout(left, 5)
        both.addLayout(right, 5)
        both.addWidget(self.approval, 4)
        both.addWidget(self.bag_approval, 4)
        return both

    # --- showing -------------------------------------------------------------------------------------------------------------------

    def show_model(self, room: Herbal) -> None:
        """The page as it stands."""
        work = self._shown = room.work
        self.entries.set_rows(room.found())
        if not self.field.hasFocus():
            self.field.setText(room.sought)
        self.empty.setVisible(work is None)
        self.sheet.setVisible(work is not None)
        if work is None:
            self.slices.set_rows(())
            return
        facts = work.prescription
        assert facts.herbal is not None
        self._doses = facts.herbal.doses
        self.entries.select(facts.id)
        self.who.setText(facts.patient_name)
        self.number.setText(
            " ".join((sex(facts.sex), words.age_words(facts.age), tr("pharmacy|Prescription {number}", number=facts.number)))
        )
        self.usage.setText(herbal_usage(facts.lines[0], facts.herbal))
        self.progress.setText(_progress(work))
        self.slices.blockSignals(True)
        self.slices.set_rows(work.rows())
        self.slices.select(work.key)
        self.slices.blockSignals(False)
        self._show_slice(work)
        self.show_scale(work)

    def _show_slice(self, work: Weighing) -> None:
        one, bag = work.current, work.bag_now
        self.drug.setText(one.name if bag is None else tr("herbal|Bag {n} of {count}", n=bag.bag, count=len(work.bags)))
        self.handling.setText(how_words(one.handling, one.advice) if bag is None else "")
        self.handling.setVisible(bool(self.handling.text()))
        toxic = one.toxic if bag is None else any(each.toxic for each in work.slices)
        self.toxic.setText(tr("herbal|toxic") if toxic else "")
        self.toxic.setVisible(toxic)
        for label, tone in ((self.handling, "warning"), (self.toxic, "danger")):
            _tint(label, tone)
        self.target.setText(wanted_words(work, self._doses))
        self.shelf.setText("　".join(filter(None, (_place(work), _span(work)))))
        self._show_approvals(work)

    def _show_approvals(self, work: Weighing) -> None:
        """Only what a second person is wanted for now."""
        open_slice = work.bag_now is None and work.toxic and work.current.weight is None
        uneven = work.bag_now is not None and work.toxic and bool(work.reason.strip())
        for pane, wanted, subject in (
            (self.approval, open_slice, work.line_id),
            (self.bag_approval, uneven, work.prescription.id),
        ):
            pane.setVisible(wanted)
            if wanted:
                pane.ask(subject)

    def show_scale(self, work: Weighing) -> None:
        """What lies on the scale or is typed, and how far it is from what is wanted."""
        grams = work.grams()
        unit = work.current.count_unit if work.counts else "g"
        self.weight.setText(f"{plain(grams)} {unit}" if grams is not None else f"— {unit}")
        rests = bool(work.typed) or work.counts or (work.reading is not None and work.reading.stable)
        off = work.off()
        tone = "plain" if grams is None or not rests or (work.counts and not work.typed) else "danger" if off else "done"
        self.verdict.setText("" if grams is None else tr("herbal|coming to rest") if not rests else _verdict(work))
        for label in (self.weight, self.verdict):
            label.setStyleSheet(f"color: {theme.now().tone(tone).ink if tone != 'plain' else theme.now().text};")
        counting = tr("herbal|Count them; Enter says that all are there. If not, type how many:")
        self.hint.setText(counting if work.counts else tr("herbal|Enter keeps it. Without a scale type the grams:"))
        if self.grams.text() != work.typed:
            self.grams.setText(work.typed)
        self.grams.setEnabled(not work.handing)
        uneven = work.bag_now is not None and rests and bool(off)
        self.reason.setVisible(uneven or (self.reason.hasFocus() and bool(work.reason)))
        if not self.reason.hasFocus() and self.reason.text() != work.reason:
            self.reason.setText(work.reason)

    def _repaint(self) -> None:
        if self._shown is not None:
            self._show_slice(self._shown)
            self.show_scale(self._shown)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.kept.emit()
                return True
            if watched is not self.slices and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                self.slices.step(-1 if event.key() == Qt.Key.Key_Up else 1)
                return True
        return super().eventFilter(watched, event)


def side(field: TextInput, title: str, table: Table) -> QWidget:
    """The left column: a finder above a list. ``title`` is a source string."""
    column = QWidget()
    column.setProperty("ground", "surface")
    column.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    column.setFixedWidth(NARROW_WIDTH)
    layout = QVBoxLayout(column)
    layout.setContentsMargins(0, theme.GAP, 0, 0)
    layout.setSpacing(0)
    layout.addLayout(_row(field))
    layout.addSpacing(theme.GAP)
    layout.addWidget(Hairline())
    head = _row(SectionTitle(title))
    head.setContentsMargins(theme.MARGIN, 10, theme.MARGIN, 10)
    layout.addLayout(head)
    layout.addWidget(table, 1)
    return column


def _row(*parts: QWidget | int, margin: int = theme.MARGIN) -> QHBoxLayout:
    """Widgets side by side; a number is a stretch."""
    row = QHBoxLayout()
    row.setContentsMargins(margin, 0, margin, 0)
    row.setSpacing(theme.GAP)
    for part in parts:
        row.addStretch(part) if isinstance(part, int) else row.addWidget(part)
    return row


def _big(size: int = theme.FIGURE) -> QLabel:
    label = QLabel()
    font = theme.font(theme.FIGURE)
    font.setPixelSize(size)
    label.setFont(font)
    return label


def _tint(label: QLabel, tone: str) -> None:
    colours = theme.now().tone(tone)
    label.setStyleSheet(f"background: {colours.ground}; color: {colours.ink}; padding: 0 8px; border-radius: 4px;")


def _entry_columns() -> tuple[Column, ...]:
    return (
        Column(title=N_("pharmacy|Patient"), text=lambda entry: entry.patient_name, strong=True),
        Column(title="", text=lambda entry: f"{short_sex(entry.sex)} {words.age_words(entry.age)}", width=72, quiet=True),
        Column(title="", text=_state, width=84, tone=_state_tone),
        Column(
            title=N_("pharmacy|Waits"),
            text=lambda entry: words.waiting_words(entry.since, datetime.now().astimezone()),
            width=72,
            quiet=True,
        ),
    )


def _state(entry: HerbalEntry) -> str:
    if entry.weighed:
        return f"{entry.weighed}/{entry.slices}"
    return tr("herbal|Decoct") if entry.decoct else tr("herbal|{n} doses", n=entry.doses)


def _state_tone(entry: HerbalEntry) -> str:
    return "info" if entry.weighed else "warning" if entry.decoct else "plain"


def _name(row: Row) -> str:
    return row.slice.name if row.bag is None else tr("herbal|Bag {n}", n=row.bag.bag)


def _how(row: Row) -> str:
    if row.bag is not None:
        return row.bag.reason
    dosewise = tr("herbal|each dose") if row.slice.by_dose else ""
    return " ".join(filter(None, (how_words(row.slice.handling, row.slice.advice), dosewise)))


def _how_tone(row: Row) -> str:
    if row.bag is not None:
        return "danger" if row.bag.reason else ""
    return "warning" if row.slice.handling else "info" if row.slice.by_dose else ""


def _dose(row: Row) -> str:
    return plain(row.slice.per_dose) if row.bag is None else ""


def _all(row: Row) -> str:
    if row.bag is not None:
        return plain(row.bag.target)
    return f"{plain(row.slice.count)} {row.slice.count_unit}" if row.slice.count else plain(row.slice.target)


def _weighed(row: Row) -> str:
    if row.weight is not None:
        return f"{plain(row.slice.count)} {row.slice.count_unit}" if row.slice.count and row.bag is None else plain(row.weight.grams)
    done = sum(each is not None for each in row.slice.by_dose) if row.bag is None else 0
    return tr("herbal|{n} of {count}", n=done, count=len(row.slice.by_dose)) if done else ""


def _weighed_tone(row: Row) -> str:
    if row.weight is None:
        return ""
    return "danger" if row.bag is not None and row.bag.reason else "done"


def _progress(work: Weighing) -> str:
    """How far it is; of the bags besides what is in them altogether."""
    slices = tr("herbal|{n} of {count} weighed", n=len(work.slices) - work.left, count=len(work.slices))
    if not work.bags:
        return slices
    return "　".join((slices, tr("herbal|{n} of {count} bags", n=len(work.bags) - work.bags_left, count=len(work.bags))))


def _place(work: Weighing) -> str:
    if work.bag_now is not None:
        packs = any(each.count for each in work.slices)
        return "　".join(filter(None, (_small_bags(work), tr("herbal|without the ready packs") if packs else "")))
    return tr("herbal|Shelf {place}", place=work.current.shelf) if work.current.shelf else ""


def _span(work: Weighing) -> str:
    if work.counts:
        return ""
    least, most = bounds(work.target)
    return tr("herbal|{least} to {most} g will do (±5 % a dose)", least=plain(least), most=plain(most))


def _small_bags(work: Weighing) -> str:
    """What lies on the scale besides the bag itself."""
    kinds = dict.fromkeys(tr(each.handling.label) for each in work.slices if each.handling is not None and not each.count)
    return tr("herbal|with the small bags: {kinds}", kinds=" ".join(kinds)) if kinds else ""


def _verdict(work: Weighing) -> str:
    if not work.counts:
        return off_words(work.off())
    off = work.off()
    if not work.typed or not off:
        return tr("herbal|fits") if work.typed else ""
    words = N_("herbal|{n} {unit} too many") if off > 0 else N_("herbal|{n} {unit} too few")
    return tr(words, n=plain(abs(off)), unit=work.current.count_unit)
