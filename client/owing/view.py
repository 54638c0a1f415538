"""The desk of what the pharmacy owes: one list at a time, what is owed of the marked prescription below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from client import theme
from client.action import Action
from client.desk import Desk
from client.owing import actions
from client.owing.model import REASONS, OwingModel, Page
from client.widgets.badge import Badge
from client.widgets.choice import Choice
from client.widgets.form import Hairline, Label
from client.widgets.inputs import TextInput
from client.widgets.table import Column, Table
from common import topics
from common.domain.dosage import plain
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client.desk import Workplace
    from common.messages.dispensing import OpenPackEntry, OwedEntry
    from common.messages.pharmacy import OwedLine
    from common.wire import Change


@dataclass(frozen=True, kw_only=True)
class Named(Action):
    """An action whose name depends on what is shown."""

    naming: Callable[[], str]

    def caption(self) -> str:
        return self.naming()


class OwingDesk(Desk):
    """F4 turns the lists, F7 gives a rest up, F9 prints the slip again, F12 hands over what is there."""

    id, title, icon = "owing", N_("Owed drugs, opened packs"), "pharmacy"
    topics = frozenset({topics.PRESCRIPTION, topics.STOCK})

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self.model = OwingModel()
        self._today, self._zone = place.session.clinic.today, place.session.expires_at.tzinfo
        self.field = TextInput(placeholder=N_("owed|Patient, phone, drug or number"), most=40)
        self.field.setFixedWidth(280)
        self.heading = Label(type="section")
        self.count = Badge()
        self.ready = Label(type="secondary")
        self.owed = Table(self._owed_columns(), key=lambda entry: entry.prescription_id, empty=N_("Nothing is owed to anybody."))
        self.packs = Table(self._pack_columns(), key=lambda pack: pack.pack_id, empty=N_("No pack is open."))
        self.alone = Table(
            self._alone_columns(),
            key=lambda entry: entry.hand_over_id,
            empty=N_("Nobody handed such drugs over alone in the last 90 days."),
        )
        self.lines = Table(self._line_columns(), key=lambda line: line.line_id, empty="", dense=True)
        self.about = Label(type="secondary")
        self.about.setWordWrap(True)
        self.reasons = Choice(tuple((str(code), title) for code, title in REASONS))
        self.why = Label(N_("owed|Why the rest is given up. A digit chooses, F12 gives it up; the cashier can pay it back then."), "note")
        self.why.setWordWrap(True)
        self.lists = QStackedWidget()
        self.below = QWidget()
        self._lay_out()
        self._connect()

    # --- columns -----------------------------------------------------------------------------------------------------------------------

    def _owed_columns(self) -> tuple[Column, ...]:
        return (
            Column(title=N_("pharmacy|Patient"), text=lambda entry: entry.patient_name, width=110, strong=True),
            Column(title=N_("owed|Phone"), text=lambda entry: entry.phone, width=130),
            Column(title=N_("owed|What is owed"), text=_owed_words),
            Column(title=N_("owed|Since"), text=lambda entry: f"{entry.since.astimezone(self._zone):%m-%d}", width=72, quiet=True),
            Column(title=N_("owed|Promised"), text=lambda entry: f"{entry.promised:%m-%d}", width=96, tone=self._promise_tone),
            Column(title=N_("owed|Now"), text=_ready_words, width=110, tone=_ready_tone),
            Column(title=N_("owed|Slip"), text=lambda entry: entry.slip_number, width=116, quiet=True),
        )

    def _pack_columns(self) -> tuple[Column, ...]:
        return (
            Column(title=N_("pharmacy|Shelf"), text=lambda pack: pack.shelf or "—", width=80),
            Column(title=N_("Drug"), text=lambda pack: f"{pack.name}  {pack.specification}", strong=True),
            Column(title=N_("owed|Left"), text=_left_words, width=110, align="right", strong=True),
            Column(title=N_("owed|Laid aside"), text=lambda pack: _amount(pack.aside, pack.unit), width=96, align="right"),
            Column(title=N_("pharmacy|Lot"), text=lambda pack: pack.lot, width=104),
            Column(title=N_("pharmacy|Use by"), text=lambda pack: pack.expires.isoformat(), width=120, tone=self._expiry_tone),
            Column(title=N_("owed|Code"), text=lambda pack: pack.code or "—", width=190, quiet=True),
            Column(
                title=N_("owed|Opened"), text=lambda pack: f"{pack.opened_at.astimezone(self._zone):%m-%d %H:%M}", width=110, quiet=True
            ),
        )

    def _alone_columns(self) -> tuple[Column, ...]:
        return (
            Column(title=N_("owed|When"), text=lambda entry: f"{entry.at.astimezone(self._zone):%Y-%m-%d %H:%M}", width=150),
            Column(title=N_("owed|Who"), text=lambda entry: entry.by, width=90, strong=True),
            Column(title=N_("pharmacy|Patient"), text=lambda entry: entry.patient_name, width=110),
            Column(title=N_("Drug"), text=lambda entry: entry.drugs),
            Column(title=N_("owed|Why alone"), text=lambda entry: entry.reason, width=260),
            Column(title=N_("pharmacy|No."), text=lambda entry: entry.prescription_number, width=116, quiet=True),
        )

    def _line_columns(self) -> tuple[Column, ...]:
        return (
            Column(title=N_("Drug"), text=lambda line: f"{line.name}  {line.specification}", strong=True),
            Column(title=N_("owed|Owed"), text=lambda line: line.quantity_text, width=120, align="right"),
            Column(
                title=N_("owed|Free in the pharmacy"),
                text=lambda line: _amount(line.there, line.unit),
                width=150,
                align="right",
                tone=_line_tone,
            ),
            Column(title=N_("owed|Laid aside"), text=lambda line: _amount(line.aside, line.unit), width=120, align="right"),
        )

    def _promise_tone(self, entry: OwedEntry) -> str:
        return "danger" if entry.promised < self._today else "warning" if entry.promised == self._today else ""

    def _expiry_tone(self, pack: OpenPackEntry) -> str:
        left = (pack.expires - self._today).days
        return "danger" if left <= 30 else "warning" if left <= 90 else "info" if left <= 180 else ""

    # --- laying out --------------------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        for table in (self.owed, self.packs, self.alone):
            self.lists.addWidget(table)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, theme.MARGIN, 0, 0)
        whole.setSpacing(theme.GAP)
        head = QHBoxLayout()
        head.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        head.setSpacing(theme.GAP)
        for shown in (self.heading, self.count, self.ready):
            head.addWidget(shown)
        head.addStretch(1)
        head.addWidget(self.field)
        whole.addLayout(head)
        whole.addWidget(self.lists, 1)
        whole.addWidget(self.below)
        below = QVBoxLayout(self.below)
        below.setContentsMargins(theme.MARGIN, theme.GAP, theme.MARGIN, theme.MARGIN)
        below.setSpacing(theme.GAP)
        for part in (Hairline(), self.about, self.lines, self.why, self.reasons):
            below.addWidget(part)
        self.setFocusProxy(self.owed)

    def _connect(self) -> None:
        self.field.textEdited.connect(self._seek)
        self.field.returnPressed.connect(self.to_list)
        self.owed.moved.connect(self._mark)
        self.owed.chosen.connect(lambda _entry: actions.finish(self) if self.model.may_finish() is True else None)
        self.reasons.chosen.connect(lambda code: actions.pick_reason(self, [str(each) for each, _title in REASONS].index(code)))

    # --- what the frame asks -----------------------------------------------------------------------------------------------------------

    @property
    def state(self) -> OwingModel:
        return self.model

    def actions(self) -> list[Action]:  # type: ignore[override]  # QWidget.actions lists QActions, which no desk has
        return actions.rows(self)

    def zones(self) -> Sequence[QWidget]:
        return (self._table(), self.field)

    def refresh(self, changes: frozenset[Change]) -> None:  # noqa: ARG002 - everything is read anew
        actions.load(self)

    def back(self) -> bool:
        """Esc: the reasons go, then what is sought."""
        model = self.model
        if model.giving_up:
            model.leave()
        elif model.sought:
            self._seek("")
            self.field.clear()
        else:
            return False
        self.show_model()
        self.to_list()
        return True

    def retranslate(self) -> None:
        self.show_model()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        place = event.key() - int(Qt.Key.Key_1)
        if self.model.giving_up and 0 <= place < len(REASONS) and not event.modifiers():
            actions.pick_reason(self, place)
        else:
            super().keyPressEvent(event)

    # --- showing -----------------------------------------------------------------------------------------------------------------------

    def show_model(self) -> None:
        """The list of the page as it stands, and what is owed of the marked one."""
        model = self.model
        self.lists.setCurrentIndex(list(Page).index(model.page))
        owed = model.shown_owed()
        self.owed.set_rows(owed)
        self.packs.set_rows(model.shown_packs())
        self.alone.set_rows(model.shown_alone())
        if model.current is not None:
            self.owed.select(model.current.prescription_id)
        counts = {Page.OWED: len(owed), Page.PACKS: len(model.shown_packs()), Page.ALONE: len(model.shown_alone())}
        self.heading.setText(actions.page_title(model.page))
        self.count.set(str(counts[model.page]), "info" if counts[model.page] else "plain")
        ready = sum(entry.ready for entry in owed)
        self.ready.setText(tr("owed|{n} can be handed over whole now", n=ready) if model.page is Page.OWED and ready else "")
        self._show_below()
        self.state_changed.emit()

    def _show_below(self) -> None:
        model, entry = self.model, self.model.current
        self.below.setVisible(model.page is Page.OWED and entry is not None)
        if entry is None:
            return
        note = tr("owed|Note: {note}", note=entry.note) if entry.note else ""
        about = tr(
            "owed|Prescription {number}, {patient}, slip {slip}.",
            number=entry.prescription_number,
            patient=entry.patient_name,
            slip=entry.slip_number,
        )
        self.about.setText(f"{about} {note}".rstrip())
        self.lines.set_rows(entry.lines)
        self.lines.setFixedHeight(theme.DENSE_ROW * (1 + min(4, len(entry.lines))))
        for part in (self.why, self.reasons):
            part.setVisible(model.giving_up)
        self.reasons.set_code(str(model.reason))

    def to_search(self) -> None:
        """F2."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def to_list(self) -> None:
        """The list of the page."""
        self._table().setFocus(Qt.FocusReason.OtherFocusReason)

    def to_reasons(self) -> None:
        """F7."""
        self.reasons.setFocus(Qt.FocusReason.OtherFocusReason)

    def _table(self) -> Table:
        return {Page.OWED: self.owed, Page.PACKS: self.packs, Page.ALONE: self.alone}[self.model.page]

    # --- what a person does ------------------------------------------------------------------------------------------------------------

    def _seek(self, text: str) -> None:
        self.model.sought = text
        self.show_model()

    def _mark(self, entry: OwedEntry | None) -> None:
        model = self.model
        if entry is not None and (model.current is None or entry.prescription_id != model.current.prescription_id):
            model.current = entry
            model.leave()
            self._show_below()
            self.state_changed.emit()


def _amount(quantity: Any, unit: str) -> str:
    return f"{plain(quantity)}{unit}" if quantity else "—"


def _there_words(line: OwedLine) -> str:
    return _amount(line.there, line.unit)


def _left_words(pack: OpenPackEntry) -> str:
    return f"{plain(pack.left)}/{plain(pack.size)}{pack.unit}"


def _owed_words(entry: OwedEntry) -> str:
    return tr("list separator|, ").join(f"{line.name} {line.quantity_text}" for line in entry.lines)


def _ready_words(entry: OwedEntry) -> str:
    if entry.ready:
        return tr("owed|There")
    return tr("owed|In part") if any(line.there + line.aside > 0 for line in entry.lines) else tr("owed|Not yet")


def _ready_tone(entry: OwedEntry) -> str:
    if entry.ready:
        return "done"
    return "info" if any(line.there + line.aside > 0 for line in entry.lines) else "plain"


def _line_tone(line: OwedLine) -> str:
    return "done" if line.there + line.aside >= line.owed else ""
