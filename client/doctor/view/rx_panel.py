"""The prescriptions of a visit: a tab for each, its lines, what the rules say, the total, and what can be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from client import theme
from client.doctor import words
from client.doctor.sheet import RxLine, Sheet, line_of
from client.doctor.view import rows
from client.doctor.view.columns import LEAST
from client.doctor.view.line_editor import LineEditor
from client.doctor.view.pot_line import PotLine
from client.doctor.view.reason_line import ReasonLine
from client.doctor.view.tabs import STATE_TONES, RxTabs
from client.texts import text
from client.widgets.badge import Badge
from client.widgets.buttons import Button
from client.widgets.form import Hairline, Label
from common.domain.money import format_yuan
from common.domain.prescription import WHOLE_PRESCRIPTION
from common.domain.states import PRESCRIPTION
from common.i18n import N_, tr
from common.messages.consult import PrescriptionFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client.doctor.model import DoctorModel
    from common.domain.prescription import Finding
    from common.messages.catalogue import DrugFacts


class RxPanel(QWidget):
    """``edited`` whenever a person changed a sheet; ``picked(tab)`` when another tab was chosen; ``voided(reason)``."""

    edited = Signal()
    picked = Signal(object)
    voided = Signal(str)

    def __init__(
        self, model: DoctorModel, find_drugs: Callable[[str, Callable[[Sequence[Any]], None]], None], run: Callable[[str], None]
    ) -> None:
        super().__init__()
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(LEAST)
        self._model = model
        self._sheet: Sheet | None = None
        self._at = 0
        self._findings: list[Finding] = []
        self._rows: list[rows.RxRow] = []
        self.removed: tuple[Sheet, int, RxLine] | None = None
        self.tabs = RxTabs()
        self.kind = Badge()
        self.state = Badge()
        self.notice = QLabel()
        self.notice.setWordWrap(True)
        self.notice.setContentsMargins(theme.MARGIN, 4, theme.MARGIN, 4)
        self.editor = LineEditor(find_drugs)
        self.editor.use(lambda: self._model.catalogue)
        self.count = Label(type="secondary")
        self.total = Label(type="heading")
        self.sign = Button(key="F8", run=lambda: run("sign"))
        self.edit = Button(key="F11", run=lambda: run("edit_again"))
        self.void = Button(key="Ctrl+B", run=lambda: run("void"))
        self.reason = ReasonLine()
        self.pot = PotLine()
        self._lay_out()
        self._connect()

    # --- what it shows -----------------------------------------------------------------------------------------------------------

    @property
    def entry(self) -> QWidget:
        """Where the hand begins. No focus proxy: Tab would leap over all that stands before it."""
        return self.tabs if self._sheet is None else self.editor.drug

    def show_tabs(self) -> None:
        """Show what the model says: the tabs, and the prescription that is chosen."""
        self.tabs.show_tabs(self._model.tabs(), self._model.shown)
        prescription = self._model.prescription
        if prescription is not None:
            self._show_signed(prescription)
        else:
            self._show_sheet(self._model.sheet)

    def add_drug(self, drug: DrugFacts) -> None:
        """A drug was chosen: a new line with its usual dose, or another drug in the current line."""
        sheet = self._sheet
        if sheet is None:
            return
        above = sheet.lines[self._at - 1] if self._at else next(iter(sheet.lines[1:]), None)
        line = line_of(drug, above)
        if self._at < len(sheet.lines):
            line.group = sheet.lines[self._at].group
            sheet.lines[self._at] = line
        else:
            sheet.lines.append(line)
        self.editor.load(line, fresh=True)
        self._changed()
        self.editor.go_to("dose")
        self._keep_in_sight()

    def scanned_drug(self, drug: DrugFacts) -> None:
        """A pack was scanned: its drug goes into a line of its own."""
        if self._sheet is not None:
            self._go(len(self._sheet.lines))
            self.add_drug(drug)

    def go_to_line(self, number: int, cell: str) -> None:
        """Edit a line, counted from 0, and put the focus into a cell."""
        if self._sheet is not None:
            self._go(min(number, len(self._sheet.lines)))
            self.editor.go_to(cell)

    def go_to_new(self) -> None:
        """Put the focus where the next drug is written; on a signed prescription to the tabs."""
        if self._sheet is None:
            self.tabs.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._go(len(self._sheet.lines))
            self.editor.go_to("drug")

    def remove_line(self) -> RxLine | None:
        """Take the current line out. It can be brought back by :meth:`bring_back`."""
        sheet = self._sheet
        if sheet is None or self._at >= len(sheet.lines):
            return None
        line = sheet.lines[self._at]
        sheet.leave_group(self._at)
        del sheet.lines[self._at]
        self.removed = (sheet, self._at, line)
        self._go(self._at, always=True)
        self._changed()
        self.editor.go_to("dose")
        return line

    def bring_back(self) -> bool:
        """Put the line back that was taken out last."""
        if self.removed is None or self.removed[0] is not self._sheet:
            return False
        sheet, at, line = self.removed
        sheet.lines.insert(min(at, len(sheet.lines)), line)
        self.removed = None
        self._go(at, always=True)
        self._changed()
        return True

    def join_group(self) -> bool:
        """Give the current line the group of the one above, or take it out of its group."""
        sheet = self._sheet
        if sheet is None or not 0 < self._at < len(sheet.lines):
            return False
        if sheet.lines[self._at].group and sheet.lines[self._at].group == sheet.lines[self._at - 1].group:
            sheet.leave_group(self._at)
        else:
            sheet.join_above(self._at)
        self.editor.load(sheet.lines[self._at])
        self._changed()
        self.editor.go_to("dose")
        return True

    def go_to_pot(self) -> None:
        """Put the focus to how the doses of a herbal prescription are drunk."""
        if self.pot.isVisible():
            self.pot.start()

    def ask_void(self) -> None:
        """Ask in place for the reason of voiding."""
        self.reason.ask(tr("Reason for voiding:"), self.voided.emit)

    def back(self) -> bool:
        """Esc: out of the reason, then from a line to the next new one."""
        if self.reason.isVisible():
            self.reason.hide()
            self.tabs.setFocus()
            return True
        if self._sheet is not None and self.editor.isAncestorOf(_focused(self)) and self._at < len(self._sheet.lines):
            self.go_to_new()
            return True
        return False

    def retranslate(self) -> None:
        """The language changed."""
        self.editor.load(self.editor.line())
        self.show_tabs()

    # --- a sheet -----------------------------------------------------------------------------------------------------------------

    def _show_sheet(self, sheet: Sheet | None) -> None:
        other = sheet is not self._sheet
        self._sheet = sheet
        if sheet is None:
            self._set_rows([], editable=False)
        elif other:
            self._go(len(sheet.lines), always=True)
        self.editor.setVisible(sheet is not None)
        self.refresh()

    def refresh(self) -> None:
        """Work out anew what the rules say, and show it."""
        sheet = self._sheet
        self.pot.show_sheet(sheet, sheet.doses(self._model.catalogue) if sheet is not None else 0)
        if sheet is None:
            self._say_footer(count=0, fen=0)
            self.notice.setVisible(False)
            self.kind.set("")
            self.state.set("")
            return
        self._findings = sheet.findings(self._model.patient(), self._model.catalogue)
        shown = self._shown_lines(sheet)
        self._set_rows(shown, editable=True)
        self._show_in_editor(shown)
        self._say_footer(count=len(sheet.lines), fen=sheet.total_fen(self._model.catalogue))
        self._say_notice(sheet)
        self.kind.set(words.kind_word(sheet.kind(self._model.patient())) if sheet.lines else "")
        self.state.set(tr("Being signed…") if sheet.sent else "", "info")

    def _shown_lines(self, sheet: Sheet) -> list[rows.Shown]:
        marks = rows.brackets([line.group for line in sheet.lines])
        return [
            rows.written(line, at + 1, marks[at], [each for each in self._findings if each.line == at], self._model.catalogue)
            for at, line in enumerate(sheet.lines)
        ]

    def _show_in_editor(self, shown: list[rows.Shown]) -> None:
        new = rows.Shown(number=len(shown) + 1, drug="", below="", cells=())
        asks = any(each.line == self._at and each.severity == "ask" for each in self._findings)
        self.editor.show_findings(shown[self._at] if self._at < len(shown) else new, asks=asks)

    def _go(self, at: int, *, always: bool = False) -> None:
        """Edit another line."""
        if self._sheet is None or (at == self._at and not always):
            return
        self._at = max(0, min(at, len(self._sheet.lines)))
        self.editor.load(self._sheet.lines[self._at] if self._at < len(self._sheet.lines) else None)
        self._list.removeWidget(self.editor)
        self._list.insertWidget(self._at, self.editor)
        self.refresh()
        self._keep_in_sight()

    def _accepted(self) -> None:
        if self._sheet is None:
            return
        for line in self._sheet.lines[self._at : self._at + 1]:
            line.spell_out()
        self._go(self._at + 1)
        self.editor.go_to("dose")

    def _stepped(self, by: int) -> None:
        if self._sheet is not None and 0 <= self._at + by <= len(self._sheet.lines):
            self._go(self._at + by)
            self.editor.go_to("dose")

    def _changed(self) -> None:
        if self._sheet is not None:
            self._sheet.share(self._at)
        self.refresh()
        self.edited.emit()

    def _keep_in_sight(self) -> None:
        self._inside.adjustSize()
        self._scroll.ensureWidgetVisible(self.editor, 0, 8)

    def _say_notice(self, sheet: Sheet) -> None:
        whole = [each for each in self._findings if each.line == WHOLE_PRESCRIPTION]
        said = [str(each.error) for each in whole]
        if sheet.replaced_number:
            said.insert(0, tr("Takes the place of prescription {number} when it is signed.", number=sheet.replaced_number))
        self._set_notice("\n".join(said), "danger" if whole else "info")

    # --- a signed prescription -----------------------------------------------------------------------------------------------------

    def _show_signed(self, facts: PrescriptionFacts) -> None:
        self._sheet = None
        self.editor.hide()
        marks = rows.brackets([line.group for line in facts.lines])
        self._set_rows([rows.signed(line, at + 1, marks[at], self._model.catalogue) for at, line in enumerate(facts.lines)], editable=False)
        self._say_footer(count=len(facts.lines), fen=facts.amount_fen)
        self.kind.set(words.kind_word(facts.kind))
        self.state.set(PRESCRIPTION.label(facts.state), STATE_TONES.get(facts.state, "plain"))
        sent_back = tr("Sent back by {person}: {reason}", person=facts.reviewer, reason=words.sent_back(facts.rejection))
        self.pot.show_signed(facts)
        self._set_notice(sent_back if facts.state == "REJECTED" else "", "danger")

    # --- inside ------------------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._head())
        layout.addWidget(Hairline())
        layout.addWidget(self.notice)
        layout.addWidget(rows.RxTitles())
        layout.addWidget(self._body(), 1)
        layout.addWidget(self.reason)
        layout.addWidget(self.pot)
        layout.addWidget(Hairline())
        layout.addLayout(self._foot())

    def _head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, theme.MARGIN, 0)
        head.setSpacing(theme.GAP)
        head.addWidget(self.tabs, 1)
        head.addWidget(self.kind)
        head.addWidget(self.state)
        return head

    def _body(self) -> QScrollArea:
        self._inside = QWidget()
        self._inside.setProperty("ground", "surface")
        self._list = QVBoxLayout(self._inside)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(0)
        self._list.addWidget(self.editor)
        self._list.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._inside)
        return self._scroll

    def _foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setContentsMargins(theme.MARGIN, 6, theme.MARGIN, 6)
        foot.setSpacing(theme.GAP)
        for widget in (self.edit, self.void):
            foot.addWidget(widget)
        foot.addStretch(1)
        for end in (self.count, self.total, self.sign):
            foot.addWidget(end)
        text(self.sign.setText, N_("verb|Sign"))
        text(self.edit.setText, N_("Write anew"))
        text(self.void.setText, N_("verb|Void"))
        return foot

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(self._tab_chosen)
        self.editor.drug_chosen.connect(self.add_drug)
        self.editor.changed.connect(self._changed)
        self.editor.accepted.connect(self._accepted)
        self.editor.stepped.connect(self._stepped)
        self.pot.edited.connect(self._changed)
        self.pot.left.connect(self.go_to_new)
        theme.signals().changed.connect(self.show_tabs)

    def _tab_chosen(self, at: int) -> None:
        tabs = self._model.tabs()
        if 0 <= at < len(tabs):
            self.picked.emit(tabs[at])

    def _set_rows(self, shown: list[rows.Shown], *, editable: bool) -> None:
        while len(self._rows) < len(shown):
            row = rows.RxRow()
            row.pressed.connect(lambda number: self.go_to_line(number, "dose"))
            self._rows.append(row)
        where = 0
        for at, row in enumerate(self._rows):
            visible = at < len(shown) and not (editable and at == self._at)
            if at < len(shown):
                row.set(shown[at], editable=editable)
            if at == self._at and editable:
                where += 1
            if self._list.indexOf(row) != where:
                self._list.insertWidget(where, row)
            where += 1
            row.setVisible(visible)
        if editable and self._list.indexOf(self.editor) != self._at:
            self._list.insertWidget(self._at, self.editor)

    def _say_footer(self, *, count: int, fen: int) -> None:
        writing = self._sheet is not None
        self.count.setText(tr("Drugs: {n}, total", n=count) if count else "")
        self.total.setText(format_yuan(fen) if count else "")
        self.sign.setVisible(writing)
        self.sign.setEnabled(bool(self._sheet and self._sheet.lines and not self._sheet.sent))
        unpaid = self._model.may_take_back()
        self.edit.setVisible(not writing and unpaid)
        self.void.setVisible(not writing and unpaid)

    def _set_notice(self, words_said: str, tone: str) -> None:
        self.notice.setText(words_said)
        self.notice.setVisible(bool(words_said))
        colours = theme.now().tone(tone)
        self.notice.setStyleSheet(f"background: {colours.ground}; color: {colours.ink};")


def _focused(widget: QWidget) -> QWidget:
    return widget.window().focusWidget() or widget
