"""What belongs to the chosen paper: its lines, who did what with it, and what its next step asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from client import theme
from client.store import papers_words, words
from client.store.papers_draft import amount, parse_amount
from client.store.papers_steps import Back, Forward, back, forward
from client.widgets.approval import ApprovalPane
from client.widgets.badge import Badge
from client.widgets.form import Form, Label, SectionTitle
from client.widgets.inputs import TextInput
from client.widgets.list_page import bar
from client.widgets.table import Column, Table
from common.i18n import N_, tr
from common.messages.store_papers import Arrived

if TYPE_CHECKING:
    from client.store.view.desk import StoreDesk
    from common.messages.store_papers import PaperEntry, PaperFacts, PaperLine


class PaperSide(QWidget):
    """``changed`` when what F12 or F10 would do may have changed."""

    changed = Signal()

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__()
        self.desk = desk
        self.entry: PaperEntry | None = None
        self.paper: PaperFacts | None = None
        #: What was typed about lines that did not arrive in full.
        self.arrived: dict[int, Arrived] = {}
        self.number, self.state = Label(type="heading"), Badge()
        self.facts, self.steps, self.hint = Label(type="secondary"), Label(type="secondary"), Label(type="note")
        self.became = Label(type="note")
        self.lines = Table(self._columns(), key=lambda line: line.line_no, dense=True)
        self.received, self.damaged, self.reason = TextInput(most=20), TextInput(most=20), TextInput(most=200)
        self.arrival, self.why = Form(2), Form(1)
        self.approval = ApprovalPane(desk.ops, act="stock_paper")
        #: Whether F10 was pressed, which wants to know why.
        self.voiding = self.asking_why = False
        self._lay_out()
        self._connect()
        self.show_paper(None)

    def _columns(self) -> tuple[Column, ...]:
        return (
            Column(title=N_("stock|Drug"), text=lambda line: line.drug, strong=True),
            Column(title=N_("stock|Lot"), text=self._batch, width=112),
            Column(title=N_("stock|Expiry"), text=lambda line: line.expires.isoformat() if line.expires else "", width=92),
            Column(title=N_("paper|Quantity"), text=self._quantity, width=104, align="right", strong=True, tone=self._tone),
        )

    def _batch(self, line: PaperLine) -> str:
        """The batch; of a drug that was asked for, what became of it."""
        if line.batch_id is None:
            return papers_words.line_note(line, self.entry) if self.entry is not None else ""
        return line.lot

    def _quantity(self, line: PaperLine) -> str:
        """How much; while it is taken over, how much of it is missing."""
        return self._note(line) or words.packs(line.quantity, line)

    def _tone(self, line: PaperLine) -> str:
        return "warning" if self._note(line) else ""

    def _note(self, line: PaperLine) -> str:
        said = self.arrived.get(line.line_no)
        if said is None or said.received == line.quantity:
            return ""
        return tr("paper|short {n}", n=words.packs(line.quantity - said.received, line))

    def _lay_out(self) -> None:
        for label in (self.facts, self.steps, self.hint, self.became):
            label.setWordWrap(True)
        self.arrival.add(N_("paper|Arrived (packs, or packs+pieces)"), self.received)
        self.arrival.add(N_("paper|Of the rest damaged"), self.damaged)
        self.why.add(N_("stock paper|Reason"), self.reason)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GAP)
        head = bar(self.number, self.state)
        head.layout().setContentsMargins(0, 0, 0, 0)  # type: ignore[union-attr]
        parts = (
            head,
            self.facts,
            SectionTitle(N_("receipt|Lines")),
            self.lines,
            self.became,
            self.arrival,
            self.why,
            self.hint,
            self.approval,
            self.steps,
        )
        for part in parts:
            layout.addWidget(part, 1 if part is self.lines else 0)

    def _connect(self) -> None:
        self.lines.moved.connect(lambda _line: self._show_arrival())
        self.lines.chosen.connect(lambda _line: self._to_arrival())
        self.arrival.finished.connect(self._arrival_typed)
        self.reason.textChanged.connect(lambda _text: self.changed.emit())
        self.approval.approved.connect(lambda _id: self.changed.emit())
        self.approval.lapsed.connect(self.changed.emit)

    # --- which one -------------------------------------------------------------------------------------------------------------

    def forward(self) -> Forward:
        """What F12 does."""
        return Forward.NOTHING if self.entry is None else forward(self.entry, self.desk.place.may)

    def back(self) -> Back:
        """What F10 does."""
        return Back.NOTHING if self.entry is None else back(self.entry, self.desk.place.may)

    def show_paper(self, entry: PaperEntry | None) -> None:
        """The row of the list; its lines come later."""
        if (
            entry is None
            or self.entry is None
            or (entry.number, entry.state, entry.version)
            != (
                self.entry.number,
                self.entry.state,
                self.entry.version,
            )
        ):
            self.arrived.clear()
            self.reason.clear()
            self.approval.clear()
            self.paper, self.voiding, self.asking_why = None, False, False
            self.lines.set_rows(())
        self.entry = entry
        self._show()

    def show_facts(self, paper: PaperFacts) -> None:
        """Its lines and steps."""
        if self.entry is not None and paper.entry.number == self.entry.number:
            self.paper, self.entry = paper, paper.entry
            self.lines.set_rows(paper.lines)
            self._show()

    def _show(self) -> None:
        entry, on, out = self.entry, self.forward(), self.back()
        self.number.setText(f"{papers_words.kind(entry)}　{entry.number}" if entry else tr("paper|No paper is chosen"))
        self.state.set(papers_words.state(entry) if entry else "", papers_words.tone(entry) if entry else "plain")
        self.facts.setText(papers_words.facts(entry, self.paper) if entry else "")
        self.steps.setText(papers_words.steps(self.paper) if self.paper and len(self.paper.steps) > 1 else "")
        self.steps.setVisible(bool(self.steps.text()))
        hints = (papers_words.FORWARD[on] if on is not Forward.NOTHING or out is Back.NOTHING else "", papers_words.BACK[out])
        self.hint.setText("\n".join(tr(hint) for hint in hints if hint) if entry else "")
        self.arrival.setVisible(on is Forward.RECEIVE)
        self.why.setVisible(on is Forward.RECEIVE or (out is not Back.NOTHING and self.asking_why))
        mine = entry is not None and entry.staff_id == self.desk.place.session.staff.id
        asks = (on is Forward.APPROVE and mine) or self.voiding
        if entry is not None and asks:
            self.approval.ask(entry.id, detail=f"{entry.number} v{entry.version}")
        self.approval.setVisible(asks)
        self._show_arrival()
        self.changed.emit()

    def asked(self) -> QWidget:
        """What wants the hand next: the second person while one is asked, else the lines."""
        return self.approval if self.approval.isVisible() and self.approval.approval_id is None else self.lines

    def ask_why(self) -> None:
        """F10: the reason is asked for."""
        self.asking_why = True
        self._show()
        self.reason.setFocus(Qt.FocusReason.OtherFocusReason)

    def ask_to_void(self) -> None:
        """A second person is asked before it is voided."""
        self.voiding = True
        self._show()
        self.approval.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- what arrived ----------------------------------------------------------------------------------------------------------

    def _show_arrival(self) -> None:
        line: PaperLine | None = self.lines.current()
        note = papers_words.line_note(line, self.entry) if line is not None and self.entry is not None else ""
        told = (line.drug, line.specification, line.manufacturer, papers_words.place(line.place), note) if line is not None else ()
        self.became.setText("　".join(filter(None, told)))
        self.became.setVisible(line is not None)
        for field in (self.received, self.damaged):
            field.setEnabled(line is not None)
        if line is None:
            return
        said = self.arrived.get(line.line_no, Arrived(line_no=line.line_no, received=line.quantity))
        self.received.setText(amount(said.received, line.pack_size))
        self.damaged.setText(amount(said.damaged, line.pack_size) if said.damaged else "")

    def _to_arrival(self) -> None:
        if self.forward() is Forward.RECEIVE:
            self.received.setFocus(Qt.FocusReason.TabFocusReason)
            self.received.selectAll()

    def _arrival_typed(self) -> None:
        """Enter in the second field: it is said of the line; the hand goes on."""
        line: PaperLine | None = self.lines.current()
        if line is None:
            return
        self.arrival.clear_wrongs()
        received = parse_amount(self.received.text() or "0", line.pack_size)
        damaged = parse_amount(self.damaged.text() or "0", line.pack_size)
        for field, quantity in ((self.received, received), (self.damaged, damaged)):
            if quantity is None or quantity > line.quantity:
                self.arrival.wrong(field, tr("paper|No more than was sent: {n}", n=words.packs(line.quantity, line)))
                field.setFocus(Qt.FocusReason.OtherFocusReason)
                return
        assert received is not None
        assert damaged is not None
        if received + damaged > line.quantity:
            self.arrival.wrong(self.damaged, tr("paper|No more than was sent: {n}", n=words.packs(line.quantity, line)))
            return
        self.arrived.pop(line.line_no, None)
        if received < line.quantity:
            self.arrived[line.line_no] = Arrived(line_no=line.line_no, received=received, damaged=damaged)
        self.lines.viewport().update()
        (self.reason if self.arrived else self.lines).setFocus(Qt.FocusReason.TabFocusReason)
        self.changed.emit()

    # --- what is missing -------------------------------------------------------------------------------------------------------

    def why_not(self) -> str:
        """Why F12 cannot be pressed."""
        on = self.forward()
        if self.entry is None:
            return tr("paper|No paper is chosen")
        if on is Forward.NOTHING:
            return tr(papers_words.FORWARD[on])
        if on is Forward.RECEIVE and self.arrived and not self.reason.text().strip():
            return tr("paper|Less arrived than was sent: type why.")
        if self.approval.isVisible() and self.approval.approval_id is None:
            return tr("paper|You made it yourself: a second person has to agree.")
        return ""
