"""Drugs 药品: what the catalogue says of each, in groups; Enter changes an attribute in place, F12 lets the changes hold now or from a day on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QStackedWidget

from client import format
from client.store import catalogue
from client.store.catalogue import Attribute, AttributeDraft, Heading
from client.store.view.drug_page_editor import AttributeEditor
from client.store.view.page import OTHER_PAGE, SearchedPage
from client.widgets.choice import Choice
from client.widgets.form import Label
from client.widgets.inputs import TextInput
from client.widgets.list_page import bar
from client.widgets.marked_name import marked_html
from client.widgets.table import Column, Table
from common.domain.formulary import CONTROLLED
from common.i18n import N_, tr
from common.messages.catalogue_attributes import (
    CatalogueDrug,
    CatalogueDrugs,
    DrugChangeFacts,
    DrugPage,
    GetDrugPage,
    ListCatalogueDrugs,
    ProposeDrugChange,
    WithdrawDrugChange,
)
from common.permissions import Permission

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from client.store.view.desk import StoreDesk

SIDE: Final = 500
TYPE_AHEAD_MS: Final = 120
ATTRIBUTES, HISTORY = "attributes", "history"

_DRUGS: Final = (
    Column(title=N_("stock|Drug"), text=lambda row: row.name, strong=True, marks=lambda row: row.name_marks),
    Column(
        title=N_("stock|Specification"),
        text=lambda row: row.specification,
        width=176,
        quiet=True,
        marks=lambda row: row.specification_marks,
    ),
    Column(
        title=N_("catalogue|Control"),
        text=lambda row: tr(CONTROLLED[row.controlled]) if row.controlled else "",
        width=116,
        tone=lambda row: "danger" if row.controlled in ("narcotic", "psychotropic_1", "toxic") else "warning" if row.controlled else "",
    ),
    Column(title=N_("catalogue|Look out for"), text=lambda row: _flags(row)[0], width=104, tone=lambda row: _flags(row)[1]),
)
_ATTRIBUTES: Final = (
    Column(title=N_("catalogue|Attribute"), text=lambda row: row.title, width=184, quiet=True),
    Column(title=N_("catalogue|Says"), text=lambda row: row.value, tone=lambda row: "danger" if getattr(row, "warn", False) else ""),
    Column(title=N_("catalogue|Will say"), text=lambda row: row.new, width=124, tone=lambda row: "warning" if row.new else ""),
)
_PAST: Final = (
    Column(title=N_("catalogue|From"), text=lambda row: f"{row.when:%Y-%m-%d %H:%M}", width=132),
    Column(title=N_("catalogue|What"), text=lambda row: row.what, strong=True),
    Column(title=N_("catalogue|Who"), text=lambda row: row.who, width=56, quiet=True),
    Column(title=N_("catalogue|State"), text=lambda row: row.state, width=104, tone=lambda row: row.tone),
)


def _flags(row: CatalogueDrug) -> tuple[str, str]:
    """The one thing that matters most about a drug, and its tone."""
    if not row.active:
        return tr("catalogue|Stopped"), "plain"
    if row.waiting:
        return tr("catalogue|{n} waiting", n=row.waiting), "info"
    if row.high_alert:
        return tr("catalogue|High alert"), "danger"
    return (tr("catalogue|Look-alike"), "warning") if row.alike else ("", "")


class DrugsPage(SearchedPage):
    """See the user guide."""

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__(desk)
        self.shown: DrugPage | None = None
        #: What is typed and not sent, by drug: looking at another one loses nothing.
        self.drafts: dict[int, dict[str, str]] = {}
        self.search = TextInput(placeholder=N_("store|Name, pinyin, code or barcode"), most=60)
        self.only = Choice(
            (
                ("", N_("catalogue|All")),
                ("controlled", N_("catalogue|Controlled")),
                ("high_alert", N_("catalogue|High alert")),
                ("alike", N_("catalogue|Look-alike")),
                ("waiting", N_("catalogue|Waiting")),
                ("stopped", N_("catalogue|Stopped")),
            )
        )
        self.table = Table(
            _DRUGS, key=lambda row: row.drug_id, empty=N_("store|No drug fits. Esc shows all of them."), dim=lambda row: not row.active
        )
        self.name, self.facts, self.count = Label(type="heading"), Label(type="secondary"), Label(type="note")
        self.view = Choice(((ATTRIBUTES, N_("catalogue|Attributes")), (HISTORY, N_("catalogue|Changes and history"))))
        self.attributes = Table(
            _ATTRIBUTES, key=lambda row: row.key, heading=lambda row: row.title if isinstance(row, Heading) else "", dense=True
        )
        self.past = Table(_PAST, key=lambda row: row.key, empty=N_("catalogue|Nothing was changed so far."), dense=True)
        self.views = QStackedWidget()
        self.views.addWidget(self.attributes)
        self.views.addWidget(self.past)
        self.editor = AttributeEditor()
        self._kept = self.keeps("drugs", AttributeDraft, self._half_done)
        self._later = QTimer(self, singleShot=True, interval=TYPE_AHEAD_MS)
        self.lay_out(
            (bar(self.search), bar(self.only), bar(self.count), self.table),
            (self.name, self.facts, self.view, self.views, self.editor),
            SIDE,
            grows=self.views,
        )
        self.name.setWordWrap(True)
        self.facts.setWordWrap(True)
        self._connect()
        self._go_on()
        self._show_drug()

    def _half_done(self) -> AttributeDraft | None:
        """What would be lost if the program ended now. The drug in hand is found again by its code."""
        drafts = {drug_id: draft for drug_id, draft in self.drafts.items() if draft}
        if not drafts:
            return None
        when = {name: field.text() for name, field in self.editor.when_fields().items()}
        return AttributeDraft(drafts=drafts, code=self.shown.drug.code if self.shown is not None and self._draft() else "", when=when)

    def _go_on(self) -> None:
        """What was typed and not sent when the program ended."""
        left = self._kept.take()
        if left is None:
            return
        self.drafts = dict(left.drafts)
        for name, field in self.editor.when_fields().items():
            field.setText(left.when.get(name, ""))
        self.search.setText(left.code)
        self._later.stop()  # it is read when it is looked at

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _text: self._later.start())
        self.search.returnPressed.connect(lambda: self.table.setFocus(Qt.FocusReason.OtherFocusReason))
        self._later.timeout.connect(self.load)
        self.only.chosen.connect(lambda _code: self.load())
        self.view.chosen.connect(lambda code: self._see(code))
        self.table.moved.connect(lambda _row: self._ask())
        self.table.chosen.connect(lambda _row: self.detail().setFocus(Qt.FocusReason.TabFocusReason))
        self.attributes.chosen.connect(self._edit)
        self.editor.taken.connect(self._taken)
        self.editor.changed.connect(self._when_typed)

    # --- asking ----------------------------------------------------------------------------------------------------------------

    def load(self) -> None:
        self.desk.send(ListCatalogueDrugs(text=self.search.text().strip(), only=self.only.code()), self._show)
        self._ask()

    def _show(self, found: CatalogueDrugs) -> None:
        self.table.set_rows(found.drugs)
        count = tr("store|{count} drugs", count=len(found.drugs))
        self.count.setText(tr("catalogue|{count}, and more; narrow the list", count=count) if found.more else count)
        self._ask()

    def _ask(self) -> None:
        row = self.table.current()
        if row is None:
            self.shown = None
            self._show_drug()
        else:
            self.desk.send(GetDrugPage(drug_id=row.drug_id), self._came)

    def _came(self, page: DrugPage) -> None:
        row = self.table.current()
        if row is None or row.drug_id != page.drug.drug_id:
            return
        if self.shown is None or self.shown.drug.drug_id != page.drug.drug_id:
            self.editor.close_field()
        self.shown = page
        self._show_drug()

    def _show_drug(self) -> None:
        page = self.shown
        if page is None:
            self.name.setText(tr("store|No drug is chosen"))
            self.facts.setText("")
            self.attributes.set_rows(())
            self.past.set_rows(())
        else:
            drug, draft = page.drug, self._draft()
            self.name.setText(marked_html(drug.name, drug.name_marks))
            self.facts.setText("　".join(filter(None, (drug.code, drug.specification, drug.manufacturer))))
            self.attributes.set_rows(catalogue.attributes(page, draft))
            self.past.set_rows(catalogue.past(page))
        self.editor.show_when(bool(self._draft()))
        self.changed.emit()

    def _draft(self) -> dict[str, str]:
        return self.drafts.get(self.shown.drug.drug_id, {}) if self.shown is not None else {}

    def _when_typed(self) -> None:
        self._kept.soon()
        self.changed.emit()

    def _see(self, code: str) -> None:
        self.views.setCurrentWidget(self.past if code == HISTORY else self.attributes)
        self.changed.emit()

    # --- changing --------------------------------------------------------------------------------------------------------------

    def _may(self) -> bool:
        return self.desk.place.may(Permission.STORE_MANAGE)

    def _edit(self, row: Any) -> None:
        """Enter on an attribute."""
        if not isinstance(row, Attribute) or self.shown is None:
            return
        if not self._may():
            self.desk.tell(tr("catalogue|You may look at the catalogue only."), "warning")
        elif row.field is None:
            self.desk.tell(tr("catalogue|{what} is not changed here; stock or prices hang on it.", what=row.title), "warning")
        else:
            self.editor.open_field(row.field, self._draft().get(row.field.name, self.shown.values[row.field.name]))

    def _taken(self, name: str, value: str) -> None:
        """A value was typed that can be one; it stands beside the old one until F12."""
        if self.shown is None:
            return
        draft = self.drafts.setdefault(self.shown.drug.drug_id, {})
        draft[name] = value
        if value == self.shown.values[name]:
            del draft[name]
        self._kept.soon()
        self._show_drug()
        self.attributes.setFocus(Qt.FocusReason.OtherFocusReason)

    def why_not(self) -> str:
        if not self._may():
            return tr("catalogue|You may look at the catalogue only.")
        if self.shown is None:
            return tr("store|No drug is chosen")
        if not self._draft():
            return tr("catalogue|Nothing was changed. Enter on an attribute changes it.")
        wrong = catalogue.wrong_together(self.shown, self._draft())
        if wrong is not None:
            return str(wrong)
        moment = self.editor.moment(self.desk.place.now())
        return moment if isinstance(moment, str) else ""

    def names(self) -> dict[str, str]:
        return {"save": tr("store key|Save changes"), "take_out": tr("store key|Withdraw the change")}

    def finish(self) -> None:
        page, draft = self.shown, dict(self._draft())
        moment = self.editor.moment(self.desk.place.now())
        if page is None or not draft or isinstance(moment, str):
            return
        seen = {name: page.values[name] for name in draft}
        request = ProposeDrugChange(
            drug_id=page.drug.drug_id, seen=seen, after=draft, effective_at=moment, reason=self.editor.reason.text().strip()
        )
        self.send(request, lambda done: self._saved(page, done))

    def _saved(self, page: DrugPage, done: DrugChangeFacts) -> None:
        self.drafts.pop(page.drug.drug_id, None)
        self._kept.keep()
        self.editor.clear()
        self.attributes.setFocus(Qt.FocusReason.OtherFocusReason)
        if done.state == "APPLIED":
            self.desk.tell(tr("catalogue|{drug}: changed.", drug=page.drug.name))
        else:
            said = tr("catalogue|{drug}: holds from {moment}.", drug=page.drug.name, moment=format.moment(done.effective_at))
            self.desk.tell(said, "info")

    def may_take_out(self) -> bool | str:
        """F10: what waits is taken back."""
        if self.view.code() != HISTORY or not self._may():
            return OTHER_PAGE if not self._may() else N_("catalogue|Choose a change that does not hold yet, under changes and history.")
        row = self.past.current()
        return True if row is not None and row.change_id is not None else N_("catalogue|This change is over; type a new one.")

    def take_out(self) -> None:
        row = self.past.current()
        if row is not None and row.change_id is not None:
            self.send(WithdrawDrugChange(change_id=row.change_id), lambda _done: self.desk.tell(tr("catalogue|The change was taken back.")))

    # --- the desk --------------------------------------------------------------------------------------------------------------

    def work(self) -> QWidget:
        return self.table

    def detail(self) -> QWidget:
        return self.editor if self.editor.is_open() else self.past if self.view.code() == HISTORY else self.attributes

    def scanned(self, code: str) -> bool:
        """A pack in the hand: its drug."""
        self.search.setText(code.strip()[:60])
        return True

    def back(self) -> bool:
        """First the open field closes, then what is typed for this drug goes, then what was searched for."""
        if self.editor.is_open():
            self.editor.close_field()
            self.attributes.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self._draft() and self.shown is not None:
            del self.drafts[self.shown.drug.drug_id]
            self._kept.soon()
            self.editor.clear()
            self._show_drug()
        elif self.search.text():
            self.search.clear()
        elif not self.table.hasFocus() and not self.desk.rail.hasFocus():
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            return False
        return True
