"""Papers 单据: requests, transfers, damage, destruction, returns to a supplier; the list with what each of them waits for, and a new one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from client import theme
from client.store import papers_words
from client.store.model import PAPERS
from client.store.papers_draft import PaperDraft, to_change
from client.store.papers_printing import print_paper
from client.store.papers_steps import STEPS, Back, Forward
from client.store.view.page import StorePage
from client.store.view.paper_page_editor import PaperEditor
from client.store.view.paper_page_side import PaperSide
from client.widgets.choice import Choice
from client.widgets.form import Label, SectionTitle
from client.widgets.inputs import DateInput, TextInput
from client.widgets.list_page import bar
from client.widgets.table import Column, Table
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.store_papers import (
    ApprovePaper,
    CallBackTransfer,
    CloseRequest,
    GetPaper,
    ListPapers,
    PaperEntry,
    PaperFacts,
    PaperKind,
    PaperList,
    ReceiveTransfer,
    RejectPaper,
    VoidPaper,
)
from common.permissions import Permission

if TYPE_CHECKING:
    from client.store.view.desk import StoreDesk

SIDE: Final = 508
#: A paper that is made has more to show in its lines.
MAKING_SIDE: Final = 252
DAYS: Final = 30
TYPE_AHEAD_MS: Final = 120
_ALL: Final = "ALL"

_PAPERS: Final = (
    Column(title=N_("stock paper|Number"), text=lambda row: row.number, width=116, strong=True),
    Column(title=N_("receipt|Time"), text=lambda row: f"{row.at:%m-%d %H:%M}", width=92),
    Column(title=N_("paper|Kind"), text=papers_words.kind, width=84),
    Column(title=N_("paper|State"), text=papers_words.state, width=132, tone=papers_words.tone),
    Column(title=N_("stock|Drug"), text=papers_words.about),
    Column(title=N_("paper|Between, supplier or reason"), text=papers_words.between, quiet=True),
)


class PaperPage(StorePage):
    """See the user guide."""

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__(desk)
        today = desk.place.now().date()
        self.search = TextInput(placeholder=N_("paper|Number, drug, lot or supplier"), most=60)
        self.first, self.last = DateInput(), DateInput()
        for field, day in ((self.first, today - timedelta(days=DAYS)), (self.last, today)):
            field.setFixedWidth(104)
            field.set_date(day)
        self.kind = Choice([(_ALL, N_("paper|All")), *((kind, title) for kind, title in papers_words.KINDS.items())])
        self.open_only, self.more = False, Label(type="note")
        self.table = Table(_PAPERS, key=lambda row: row.number, empty=N_("paper|No paper fits. F3 makes one."))
        self.side = PaperSide(desk)
        self.editor = PaperEditor(desk, self)
        self.sums, self.missing, self.about = Label(type="figure"), Label(type="secondary"), Label(type="note")
        self.making = self.left_over = self.editor.draft.begun()
        self._chosen = ""
        self._later = QTimer(self, singleShot=True, interval=TYPE_AHEAD_MS)
        self._lay_out()
        self._connect()
        self._show_mode()

    def _lay_out(self) -> None:
        listed = QWidget()
        column = QVBoxLayout(listed)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        column.addWidget(bar(self.search, self.first, Label(N_("receipt|to"), "note"), self.last))
        column.addWidget(bar(self.kind))
        column.addWidget(bar(self.more))
        column.addWidget(self.table, 1)
        for note in (self.missing, self.about):
            note.setWordWrap(True)
        summed = QWidget()
        sums = QVBoxLayout(summed)
        sums.setContentsMargins(0, 0, 0, 0)
        sums.setSpacing(theme.GAP)
        for part in (SectionTitle(N_("paper|In all")), self.sums, self.missing, self.about):
            sums.addWidget(part)
        sums.addStretch(1)
        self.left, self.right = QStackedWidget(), QStackedWidget()
        for stack, widget in ((self.left, listed), (self.left, self.editor), (self.right, self.side), (self.right, summed)):
            stack.addWidget(widget)
        self.lay_out((self.left,), (self.right,), SIDE, grows=self.right)

    def _connect(self) -> None:
        for field in (self.search, self.first, self.last):
            field.textChanged.connect(lambda _text: self._later.start())
            field.returnPressed.connect(lambda: self.table.setFocus(Qt.FocusReason.OtherFocusReason))
        self.kind.chosen.connect(lambda _kind: self.load())
        self._later.timeout.connect(self.load)
        self.table.moved.connect(self._moved)
        self.table.chosen.connect(self._open)
        self.side.changed.connect(self.changed.emit)
        self.editor.changed.connect(self._say)

    # --- the list --------------------------------------------------------------------------------------------------------------

    def load(self) -> None:
        first, last = self.first.date(), self.last.date()
        if first is None or last is None:
            return
        kind = None if self.kind.code() == _ALL else PaperKind(self.kind.code())
        request = ListPapers(first_day=first, last_day=last, kind=kind, open_only=self.open_only, text=self.search.text().strip())
        self.desk.send(request, self._show, key="papers")
        if self.making and self.desk.on(PAPERS):
            self.editor.load_suppliers()

    def _show(self, found: PaperList) -> None:
        self.desk.model.counts[PAPERS] = (sum(found.waiting.values()), "warning")
        self.table.set_rows(found.papers)
        if self._chosen and self.table.select(self._chosen):
            self._chosen = ""
        count = tr("paper|{n} papers", n=len(found.papers))
        shown = tr("paper|only open ones") if self.open_only else tr("paper|with all that are open")
        more = tr("receipt|{count}; take fewer days to see older ones", count=count) if found.more else count
        self.more.setText(f"{more}　{shown}")
        self._moved(self.table.current())

    def _moved(self, row: Any) -> None:
        entry = row if isinstance(row, PaperEntry) else None
        self.side.show_paper(entry)
        if entry is not None and self.desk.on(PAPERS):
            self.desk.send(GetPaper(number=entry.number), self.side.show_facts, key="paper")
        self.changed.emit()

    def may_narrow(self) -> bool | str:
        return N_("paper|A paper is being made; Esc goes back to the list.") if self.making else True

    def narrow(self) -> None:
        self.open_only = not self.open_only
        self.load()

    def _open(self, entry: PaperEntry) -> None:
        """Enter: one's own draft is changed; of any other the lines."""
        own = entry.state == "DRAFT" and entry.staff_id == self.desk.place.session.staff.id
        if own and self.side.paper is not None:
            self._make(to_change(self.side.paper))
        else:
            self.side.lines.setFocus(Qt.FocusReason.TabFocusReason)

    # --- making one ------------------------------------------------------------------------------------------------------------

    def begin(self) -> bool:
        """F3: a new paper, of the kind that is listed. What was typed is thrown away only when the person says so."""
        if not self.editor.offered:
            self.desk.tell(tr("paper|You may look at papers only."), "warning")
        elif self.editor.draft.begun() and not self.making:
            self._go_on()
        elif self.editor.draft.begun():
            question = tr("paper|Throw away this paper with {n} lines?", n=len(self.editor.draft.lines))
            self.desk.ask(question, [(tr("delivery|Throw it away"), self._begin)])
        else:
            self._begin()
        return True

    def _go_on(self) -> None:
        """What was left half made comes back; F3 once more begins anew."""
        self.making = True
        self._show_mode()
        self.editor.to_line()

    def _begin(self) -> None:
        listed = self.kind.code()
        kind = PaperKind(listed) if listed in self.editor.offered else self.editor.offered[0]
        self._make(PaperDraft(kind=kind))
        self.editor.kind.setFocus(Qt.FocusReason.OtherFocusReason)

    def _make(self, draft: PaperDraft) -> None:
        self.making = True
        self.editor.open(draft)
        self.editor.load_suppliers()
        self._show_mode()
        self.editor.to_line()

    def make_for(self, draft: PaperDraft, drug_id: int, lot: str) -> None:
        """Begin the paper that a batch asks for, with all of it."""
        self._make(draft)
        self.editor.fill(drug_id, lot)

    def _show_mode(self) -> None:
        side = self.right.parentWidget()
        if side is not None:
            side.setFixedWidth(MAKING_SIDE if self.making else SIDE)
        self.left.setCurrentIndex(int(self.making))
        self.right.setCurrentIndex(int(self.making))
        self._say()

    def _leave(self) -> None:
        self.making = False
        self.editor.end()
        self._show_mode()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say(self) -> None:
        draft = self.editor.draft
        count = tr("delivery|{n} lines", n=len(draft.lines))
        asking = draft.kind is PaperKind.REQUEST
        self.sums.setText(count if asking else format_yuan(draft.value_fen()))
        self.missing.setText("\n".join(filter(None, ("" if asking else count, self.why_not()))) if self.making else "")
        about = [tr("paper|Request {number}", number=draft.serves) if draft.serves else ""]
        about.append(tr("paper|Changes {number}", number=draft.number) if draft.number else "")
        if self.editor.short:
            about.append(tr("paper|The store has not enough of: {drugs}", drugs="、".join(self.editor.short)))
        self.about.setText("\n".join(filter(None, about)))
        self.changed.emit()

    # --- keys ------------------------------------------------------------------------------------------------------------------

    def work(self) -> QWidget:
        return self.editor.goods if self.making else self.table

    def detail(self) -> QWidget:
        """Where a second person is asked, that is what comes next; the lines are an Enter or a Tab away."""
        return self.editor.table if self.making else self.side.asked()

    def seek(self) -> None:
        if self.making:
            self.editor.to_line()
        else:
            self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.search.selectAll()

    def scanned(self, code: str) -> bool | None:
        if self.making:
            self.editor.scanned(code)
            return None
        return self.side.approval.isVisible() and self.side.approval.scanned(code)

    def back(self) -> bool:
        """First the line in hand, then the paper that is made (it stays as a draft), then what was searched for."""
        if self.making and not self.editor.line_empty():
            self.editor.clear_line()
        elif self.making:
            self.making = False
            self.editor.keep()
            self._show_mode()
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self.search.text():
            self.search.clear()
        elif not self.table.hasFocus() and not self.desk.rail.hasFocus():
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            return False
        return True

    def wind_up(self) -> None:
        self.editor.keep()

    def may_suggest(self) -> bool | str:
        return self.editor.may_suggest() if self.making else N_("paper|F3 makes a paper; then F7 suggests its lines.")

    def suggest(self) -> None:
        self.editor.suggest()

    def take_out(self) -> None:
        if self.making:
            self.editor.take_out()
        elif not self.side.reason.text().strip():
            self.side.ask_why()
            self.desk.tell(tr("paper|Type why, then F10 again."), "warning")
        else:
            self._take_back()

    def may_take_out(self) -> bool | str:
        if self.making:
            return True if self.editor.table.current() is not None else N_("paper|There is no line yet.")
        return True if self.side.back() is not Back.NOTHING else N_("paper|This paper cannot be taken back.")

    def _take_back(self) -> None:
        entry, reason = self.side.entry, self.side.reason.text().strip()
        if entry is None:
            return
        way = self.side.back()
        if way is Back.VOID:
            if self.side.approval.approval_id is None:
                self.side.ask_to_void()
                return
            self.send(
                VoidPaper(number=entry.number, reason=reason, approval_id=self.side.approval.approval_id), self._voided, self._refused
            )
        elif way is Back.REJECT:
            self.send(RejectPaper(number=entry.number, version=entry.version, reason=reason), self._done, self._refused)
        elif way is Back.CALL_BACK:
            self.send(CallBackTransfer(number=entry.number, reason=reason), self._done, self._refused)
        elif way is Back.CLOSE:
            self.send(CloseRequest(number=entry.number, reason=reason), self._done, self._refused)

    def why_not(self) -> str:
        if not self.making:
            return self.side.why_not()
        if not self.editor.line_empty():
            return tr("paper|A line is being typed: Enter in its quantity adds it, Esc throws it away.")
        return self.editor.draft.why_not()[1]

    def names(self) -> dict[str, str]:
        if self.making:
            return {"save": tr("store key|Write down"), "moment": tr("store key|Suggest"), "take_out": tr("store key|Take the line out")}
        step = STEPS.get(self.side.forward()) if self.side.entry is not None else None
        return {"empty": tr("store key|Open ones or all")} | ({"save": tr(step)} if step else {})

    def finish(self) -> None:
        entry, side = self.side.entry, self.side
        if self.making:
            self.send(self.editor.draft.request(), self._made, self._refused)
        elif entry is None:
            return
        elif side.forward() is Forward.SERVE:
            self._serve(entry)
        elif side.forward() is Forward.RECEIVE:
            request = ReceiveTransfer(number=entry.number, lines=tuple(side.arrived.values()), reason=side.reason.text().strip())
            self.send(request, self._done, self._refused)
        elif side.forward() is Forward.APPROVE:
            approval_id = side.approval.approval_id if side.approval.isVisible() else None
            self.send(ApprovePaper(number=entry.number, version=entry.version, approval_id=approval_id), self._signed, self._refused)

    def _serve(self, entry: PaperEntry) -> None:
        """F12 on a request: a transfer of what it still wants, by first expiry."""
        if self.editor.draft.lines and self.editor.draft.serves != entry.number:
            question = tr("paper|Throw away this paper with {n} lines?", n=len(self.editor.draft.lines))
            self.desk.ask(question, [(tr("delivery|Throw it away"), lambda: self._begin_serving(entry))])
        else:
            self._begin_serving(entry)

    def _begin_serving(self, entry: PaperEntry) -> None:
        self._make(PaperDraft(kind=PaperKind.TRANSFER, out_of="STORE", serves=entry.number))
        self.editor.suggest()

    # --- what came of it -------------------------------------------------------------------------------------------------------

    def _made(self, paper: PaperFacts) -> None:
        self._chosen = paper.entry.number
        self._leave()
        self._tell(paper)
        if paper.entry.kind is PaperKind.TRANSFER:
            print_paper(self.desk, paper.entry.number)

    def _signed(self, paper: PaperFacts) -> None:
        self._done(paper)
        if self.desk.place.may(Permission.STORE_PAPERS):
            print_paper(self.desk, paper.entry.number)

    def _voided(self, paper: PaperFacts) -> None:
        self._chosen = paper.entry.number
        self.desk.tell(tr("paper|{number} is undone by {other}.", number=paper.reverses, other=paper.entry.number))
        self.side.show_paper(None)

    def _done(self, paper: PaperFacts) -> None:
        self._chosen = paper.entry.number
        self._tell(paper)
        self.side.show_paper(None)

    def _refused(self, error: Any) -> None:
        self.side.approval.clear()
        self.desk.fail(error)
        self.load()

    def _tell(self, paper: PaperFacts) -> None:
        entry = paper.entry
        self.desk.tell(
            tr("paper|{kind} {number}: {state}, {n} lines.", kind=papers_words.kind(entry), number=entry.number,
               state=papers_words.state(entry), n=entry.lines)
        )  # fmt: skip

    # --- paper -----------------------------------------------------------------------------------------------------------------

    def may_print(self) -> bool | str:
        """F6."""
        if not self.desk.place.may(Permission.STORE_PAPERS):
            return N_("paper|You may look at papers only.")
        return True if not self.making and self.side.entry is not None else N_("paper|No paper is chosen")

    def reprint(self) -> None:
        """F6: print the chosen paper."""
        if self.side.entry is not None:
            print_paper(self.desk, self.side.entry.number)
