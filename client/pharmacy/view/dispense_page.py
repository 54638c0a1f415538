"""Handing over: the way along the shelves with its counts, and the ten items of 四查十对 to compare by looking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from client import texts, theme
from client.fitting import show_columns
from client.format import department
from client.pharmacy import words
from client.pharmacy.view.parting_panels import BatchPanel, OwingPanel, SecondPanel
from client.pharmacy.view.reasons import ReasonPanel
from client.pharmacy.view.ten_checks import TenChecks
from client.widgets.badge import Badge
from client.widgets.empty import EmptyState
from client.widgets.form import Hairline, Label
from client.widgets.marked_name import marks_of_both
from client.widgets.table import Column, Table
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from client.ops import Ops
    from client.pharmacy.model import PharmacyModel
    from client.pharmacy.picking import Picking, PickRow
    from common.messages.catalogue import Lists
    from common.messages.consult import PrescriptionLine
    from common.messages.pharmacy import BatchChoice, Pick

_MOST_ROWS: Final = 6
_ROOMY: Final = 800


class DispensePage(QWidget):
    """Shows a :class:`~client.pharmacy.picking.Picking`. ``today`` is the clinic's day."""

    def __init__(self, today: date, ops: Ops) -> None:
        super().__init__()
        self._today = today
        self._picking: Picking | None = None
        self._narrow = False
        self.empty = EmptyState(
            N_("No prescription is open here"), N_("Choose a paid one and press Enter, or scan its barcode."), key="Alt+2"
        )
        self.problem = QLabel()
        self.problem.setProperty("tone", "danger")
        self.problem.setWordWrap(True)
        self.problem.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sheet = QFrame()
        self.sheet.setProperty("sheet", True)
        self.number = Label(type="emphasis")
        self.kind = Badge()
        self.about = Label(type="secondary")
        self.count = Label(type="figure")
        self.unit = Label(N_("packs scanned"), "secondary")
        self.picks = Table(self._columns(), key=lambda row: (row.pick.line_id, row.pick.batch_id), empty=N_("Nothing is laid aside."))
        self.no_code = ReasonPanel(
            N_("No code on the pack"),
            N_("A digit chooses for the marked drug; 0 takes the reason back. Esc leaves it."),
            [*(reason for _code, reason in words.NO_CODE_REASONS)],
            columns=4,
        )
        self.owing = OwingPanel()
        self.batch = BatchPanel(today)
        self.second = SecondPanel(ops)
        self.lots = Label(type="secondary")
        self.lots.setWordWrap(True)
        self.checks = TenChecks()
        self._lay_out()

    # --- laying out ----------------------------------------------------------------------------------------------------------------

    def _columns(self, *, narrow: bool = False) -> tuple[Column, ...]:
        """``narrow``: without the days to the expiry, whose colour says enough, so that the drug's name has room."""
        shelf, take, lot, until, count = (60, 84, 88, 128, 88) if narrow else (72, 96, 108, 176, 128)
        return (
            Column(title=N_("pharmacy|Shelf"), text=lambda row: row.pick.shelf or "—", width=shelf, strong=True),
            Column(title=N_("Drug"), text=self._drug, marks=lambda row: marks_of_both(row.line) if row.leads else ""),
            Column(
                title=N_("pharmacy|Take"), text=lambda row: words.take_words(row.pick, row.line), width=take, align="right", strong=True
            ),
            Column(title=N_("pharmacy|Lot"), text=words.lot_words, width=lot),
            Column(
                title=N_("pharmacy|Use by"),
                text=lambda row: row.pick.expires.isoformat() if narrow else words.expiry_words(row.pick.expires, self._today),
                width=until,
                tone=lambda row: words.expiry_tone(row.pick.expires, self._today),
            ),
            Column(title=N_("pharmacy|Scanned"), text=self._count, width=count, tone=self._count_tone),
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._narrow is not (self.width() < _ROOMY):
            self._narrow = not self._narrow
            show_columns(self.picks, self._columns(narrow=self._narrow), self.picks.viewport().width())

    def _drug(self, row: PickRow) -> str:
        if row.leads:
            return f"{row.line.name}  {words.specification_words(row.line)}".rstrip()
        return tr("〃 from an opened pack") if row.pick.opened is not None else tr("〃 from a second batch")

    def _count(self, row: PickRow) -> str:
        picking = self._picking
        if picking is None or not row.leads:
            return ""
        reason = picking.without.get(row.line.id)
        if reason is not None:
            return words.no_code_words(reason)
        if picking.facts.herbal is not None:
            return tr("herbal|On the scale")
        return f"{picking.scanned(row.line.id)}/{picking.wanted(row.line.id)}"

    def _count_tone(self, row: PickRow) -> str:
        picking = self._picking
        if picking is None or not row.leads:
            return ""
        if row.line.id in picking.without:
            return "warning"
        if picking.settled(row.line.id):
            return "done"
        return "info" if picking.scanned(row.line.id) else "plain"

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        layout.setSpacing(theme.GAP)
        layout.addWidget(self.problem)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.sheet, 1)
        for panel in (self.no_code, self.batch, self.owing, self.second):
            layout.addWidget(panel)
        inside = QVBoxLayout(self.sheet)
        inside.setContentsMargins(1, 12, 1, 8)
        inside.setSpacing(theme.GAP)
        inside.addLayout(self._head())
        inside.addWidget(Hairline())
        inside.addWidget(self.picks)
        inside.addLayout(self._lots())
        inside.addWidget(self.checks, 1)

    def _lots(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        row.addWidget(self.lots)
        return row

    def _head(self) -> QHBoxLayout:
        names = QVBoxLayout()
        names.setSpacing(2)
        first = QHBoxLayout()
        first.setSpacing(theme.GAP)
        first.addWidget(self.number)
        first.addWidget(self.kind)
        first.addStretch(1)
        names.addLayout(first)
        names.addWidget(self.about)
        row = QHBoxLayout()
        row.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        row.setSpacing(theme.GAP)
        row.addLayout(names, 1)
        row.addWidget(self.unit, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.count, 0, Qt.AlignmentFlag.AlignBottom)
        return row

    # --- showing -------------------------------------------------------------------------------------------------------------------

    def show_model(self, model: PharmacyModel, lists: Lists | None, line_id: int | None = None) -> None:
        """What is open as it stands; ``line_id`` becomes the current line."""
        picking = self._picking = model.picking
        self.problem.setText(model.problem)
        self.problem.setVisible(bool(model.problem) and picking is None)
        self.empty.setVisible(picking is None)
        self.sheet.setVisible(picking is not None)
        self.no_code.setVisible(picking is not None and model.choosing_no_code)
        self._show_panels(picking, choosing=model.choosing_no_code)
        if picking is None:
            self.picks.set_rows(())
            return
        self._show_head(picking, lists)
        rows = picking.rows()
        self.picks.set_rows(rows)
        self.picks.setFixedHeight(theme.DENSE_ROW + theme.ROW * min(_MOST_ROWS, len(rows)))
        if line_id is not None:
            self._select(line_id)
        self.checks.show_items(picking.facts, lists, model.drugs)
        self._show_no_code(picking)
        self._show_parting(picking)

    def _show_panels(self, picking: Picking | None, *, choosing: bool) -> None:
        """One of them at a time: there is no room for more, and nobody does two things at once."""
        if picking is None:
            self.batch.close()
        free = picking is not None and not choosing and not self.batch.isVisible()
        owing = free and picking is not None and picking.owing.shown
        self.owing.setVisible(owing)
        self.second.setVisible(free and picking is not None and picking.picked.controlled and not owing)

    def _show_parting(self, picking: Picking) -> None:
        said = [words.care_words(row.line.name, minded) for row, minded in self._minded(picking) if minded]
        said += [words.opened_words(row) for row in picking.rows() if row.pick.opened is not None]
        said += [words.chosen_words(row) for row in picking.rows() if row.pick.reason]
        self.lots.setText("\n".join(said))
        self.lots.setVisible(bool(said))
        if self.owing.isVisibleTo(self):
            self.owing.show_picking(picking, self.current_line())
        if self.second.isVisibleTo(self):
            self.second.show_picking(picking)

    def _minded(self, picking: Picking) -> Iterator[tuple[PickRow, list[str]]]:
        """The drugs along the shelves, each with what to mind."""
        drugs = picking.picked.drugs
        return ((row, list(words.cares(drugs[row.line.id]))) for row in picking.rows() if row.leads and row.line.id in drugs)

    def open_batches(self, pick: Pick, line: PrescriptionLine, choices: Sequence[BatchChoice]) -> None:
        """The batches that a row may be exchanged for, in the place of what else stands below the list."""
        for other in (self.lots, self.owing, self.second):
            other.hide()
        self.batch.open(pick, line, choices)

    def current_pick(self) -> Pick | None:
        """The row that another batch is for."""
        row = self.picks.current()
        return row.pick if row is not None else None

    def current_line(self) -> int | None:
        """The line that a reason is for."""
        row = self.picks.current()
        return row.line.id if row is not None else None

    def focus(self) -> None:
        """The focus goes to where the next key belongs."""
        (self.no_code if self.no_code.isVisible() else self.picks).setFocus(Qt.FocusReason.OtherFocusReason)

    def _select(self, line_id: int) -> None:
        row = next((row for row in self.picks.rows() if row.line.id == line_id and row.leads), None)
        if row is not None:
            self.picks.select((row.pick.line_id, row.pick.batch_id))

    def _show_head(self, picking: Picking, lists: Lists | None) -> None:
        facts = picking.facts
        scanned, wanted = picking.totals()
        self.number.setText(tr("pharmacy|Prescription {number}", number=facts.number))
        self.kind.set(words.kind_words(facts.kind), words.kind_tone(facts.kind))
        self.about.setText(
            tr(
                "{department} {doctor}, reviewed by {reviewer}, picked by {picker}",
                department=department(facts.department, lists),
                doctor=facts.doctor,
                reviewer=facts.reviewer or "—",
                picker=facts.picker or "—",
            )
        )
        slices = facts.herbal is not None  # they are weighed, not scanned
        self.unit.setVisible(not slices)
        self.count.setVisible(not slices)
        self.count.setText(f"{scanned}/{wanted}")
        self.count.setProperty("tone", "done" if not picking.hindrance() else "")
        self.count.style().polish(self.count)

    def _show_no_code(self, picking: Picking) -> None:
        line_id = self.current_line()
        reason = picking.without.get(line_id, "") if line_id is not None else ""
        self.no_code.show_chosen({place for place, (code, _words) in enumerate(words.NO_CODE_REASONS) if code == reason})
        name = picking.line(line_id).name if line_id is not None else ""
        texts.text(self.no_code.title.setText, "{title}: {drug}", title=lambda: tr("No code on the pack"), drug=name)
