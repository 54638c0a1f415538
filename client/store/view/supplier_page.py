"""Suppliers 供应商: who they are, how long they take, and their licences with what is left of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, QTimer

from client.drafts import Typed, type_in, typed
from client.store import purchase_words as words
from client.store.model import SUPPLIERS
from client.store.view.page import SearchedPage
from client.widgets.choice import Choice
from client.widgets.form import Form, SectionTitle
from client.widgets.inputs import DateInput, TextInput
from client.widgets.list_page import bar
from client.widgets.table import Column, Table
from common.i18n import N_, tr
from common.messages.suppliers import DEMANDED, EnterLicence, FindSuppliers, Licence, LicenceKind, LicenceState, SaveSupplier, Supplier
from common.permissions import Permission

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLineEdit, QWidget

    from client.store.view.desk import StoreDesk
    from common.messages.suppliers import SupplierList, SupplierSaved

SIDE: Final = 416
TYPE_AHEAD_MS: Final = 120
_BAD: Final = (LicenceState.MISSING, LicenceState.EXPIRED, LicenceState.NEAR_30)
_FIELDS: Final = ("name", "code", "contact", "phone", "lead_days", "note")

_SUPPLIERS: Final = (
    Column(title=N_("supplier|Code"), text=lambda row: row.code, width=64, quiet=True),
    Column(title=N_("delivery|Supplier"), text=lambda row: row.name, strong=True),
    Column(title=N_("supplier|Contact"), text=lambda row: "　".join(filter(None, (row.contact, row.phone))), width=192),
    Column(title=N_("supplier|Days"), text=lambda row: str(row.lead_days), width=64, align="right"),
    Column(
        title=N_("supplier|Licences"),
        text=lambda row: words.licence_state(row.worst),
        width=128,
        tone=lambda row: words.licence_tone(row.worst),
    ),
    Column(
        title=N_("supplier|Last delivery"),
        text=lambda row: f"{row.last_delivery:%Y-%m-%d}" if row.last_delivery else "",
        width=96,
        quiet=True,
    ),
)
_LICENCES: Final = (
    Column(title=N_("supplier|Licence"), text=lambda row: words.licence(row.kind), strong=True),
    Column(title=N_("supplier|Until"), text=words.holds_until, width=92),
    Column(
        title=N_("supplier|State"),
        text=lambda row: words.licence_state(row.state) if _demanded(row) else tr("supplier|not demanded"),
        width=120,
        tone=lambda row: words.licence_tone(row.state) if _demanded(row) else "plain",
    ),
)


def _demanded(licence: Licence) -> bool:
    return licence.kind in DEMANDED or licence.state is not LicenceState.MISSING


def _all_kinds(supplier: Supplier) -> tuple[Licence, ...]:
    """Also those that nobody demands and that are not there."""
    there = {licence.kind: licence for licence in supplier.licences}
    return tuple(there.get(kind) or Licence(kind=kind, number="", expires=None, state=LicenceState.MISSING) for kind in LicenceKind)


class SupplierPage(SearchedPage):
    """See the user guide."""

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__(desk)
        self.search = TextInput(placeholder=N_("supplier|Name, code or contact"), most=60)
        self.which = Choice((("used", N_("supplier|In use")), ("all", N_("supplier|All"))))
        self.table = Table(
            _SUPPLIERS, key=lambda row: row.id, empty=N_("supplier|Nobody here. F3 enters a supplier."), dim=lambda row: not row.active
        )
        self.fields = {name: TextInput(most=100 if name == "name" else 40 if name != "note" else 200) for name in _FIELDS}
        self.use = Choice((("yes", N_("supplier|In use")), ("no", N_("supplier|Out of use"))))
        self.form = Form(2)
        self.licences = Table(_LICENCES, key=lambda row: row.kind, dense=True)
        self.number, self.until = TextInput(most=60), DateInput()
        self.licence = Form(2)
        #: Whose fields are shown; ``None``: somebody new.
        self.supplier: Supplier | None = None
        self.fresh = False
        self._later = QTimer(self, singleShot=True, interval=TYPE_AHEAD_MS)
        self._kept = self.keeps("supplier", Typed, self._half_done)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        for name, label, span, required in (
            ("name", N_("supplier|Name"), 2, True),
            ("code", N_("supplier|Code"), 1, False),
            ("lead_days", N_("supplier|Days to deliver"), 1, True),
            ("contact", N_("supplier|Contact"), 1, False),
            ("phone", N_("supplier|Phone"), 1, False),
            ("note", N_("supplier|Note"), 1, False),
        ):
            self.form.add(label, self.fields[name], span=span, required=required)
        self.form.add(N_("supplier|Use"), self.use)
        self.licence.add(N_("supplier|Number of the chosen kind"), self.number)
        self.licence.add(N_("supplier|Until (empty: no end)"), self.until)
        self.licences.setMinimumHeight(172)
        self.which.setFixedWidth(184)
        right = (SectionTitle(N_("supplier|Supplier")), self.form, SectionTitle(N_("supplier|Licences")), self.licences, self.licence)
        self.lay_out((bar(self.search, self.which), self.table), right, SIDE, grows=self.licences)

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _text: self._later.start())
        self.search.returnPressed.connect(lambda: self.table.setFocus(Qt.FocusReason.OtherFocusReason))
        self.which.chosen.connect(lambda _code: self.load())
        self._later.timeout.connect(self.load)
        self.table.moved.connect(self._moved)
        self.table.chosen.connect(lambda _row: self._to(self.fields["name"]))
        self.licences.chosen.connect(self._take_licence)
        self.form.finished.connect(lambda: self._to(self.licences))
        self.licence.finished.connect(lambda: self.finish() if not self.why_not() else None)
        for field in (*self.fields.values(), self.number, self.until):
            field.textChanged.connect(lambda _text: self._something_typed())
        self.use.chosen.connect(lambda _code: self._something_typed())

    # --- drafts ----------------------------------------------------------------------------------------------------------------

    def _all_fields(self) -> dict[str, QLineEdit | Choice]:
        return {**self.fields, "use": self.use, "number": self.number, "until": self.until}

    def _half_done(self) -> Typed | None:
        """What would be lost if the program ended now, of which supplier and which licence."""
        if not self._may() or not (self._typed() or self._licence_typed()):
            return None
        kind = self.licences.current()
        return typed(self._all_fields(), self.supplier.id if self.supplier else 0, kind.kind if kind else "")

    def _something_typed(self) -> None:
        self._kept.soon()
        self.changed.emit()

    def _go_on(self) -> None:
        left = self._kept.take() if self._may() else None
        if left is None:
            return
        if left.about[0]:
            self.table.select(left.about[0])
        else:
            self.fresh = True
            self._take(None)
        if (self.supplier.id if self.supplier else 0) == left.about[0]:
            self.licences.select(left.about[1])
            type_in(self._all_fields(), left)

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def load(self) -> None:
        self.desk.send(FindSuppliers(text=self.search.text().strip(), inactive=self.which.code() == "all"), self._show)

    def _show(self, found: SupplierList) -> None:
        self.table.set_rows(found.suppliers)
        bad = sum(supplier.active and supplier.worst in _BAD for supplier in found.suppliers)
        self.desk.model.counts[SUPPLIERS] = (bad, "danger")
        self._moved(self.table.current())
        self._go_on()

    def _moved(self, row: Any) -> None:
        supplier = row if isinstance(row, Supplier) else None
        same = supplier is not None and self.supplier is not None and supplier.id == self.supplier.id
        if self.fresh or (same and self._typed()):
            return
        self._take(supplier)

    def _take(self, supplier: Supplier | None) -> None:
        self.supplier = supplier
        for name, field in self.fields.items():
            field.setText(str(getattr(supplier, name)) if supplier else "3" if name == "lead_days" else "")
            field.setCursorPosition(0)
        self.use.set_code("yes" if supplier is None or supplier.active else "no")
        self.licences.set_rows(_all_kinds(supplier) if supplier else ())
        self._clear_licence()
        self.form.clear_wrongs()
        for field in self.fields.values():
            field.setReadOnly(not self._may())
        self.licence.setVisible(self._may() and supplier is not None)
        self.changed.emit()

    def _clear_licence(self) -> None:
        self.number.clear()
        self.until.clear()
        self.licence.clear_wrongs()

    def _take_licence(self, row: Licence) -> None:
        """Enter on a licence: the next one of its kind is typed."""
        self.licences.select(row.kind)
        self._to(self.number)

    def _may(self) -> bool:
        return self.desk.place.may(Permission.STORE_MANAGE)

    def _to(self, widget: QWidget) -> None:
        widget.setFocus(Qt.FocusReason.TabFocusReason)

    # --- what was typed --------------------------------------------------------------------------------------------------------

    def _asked(self) -> SaveSupplier | None:
        """The fields as a request; ``None`` while a number is none."""
        typed = {name: field.text().strip() for name, field in self.fields.items()}
        days = typed.pop("lead_days")
        if not typed["name"] or not days.isdecimal() or int(days) > 180:
            return None
        supplier_id = self.supplier.id if self.supplier else None
        return SaveSupplier(supplier_id=supplier_id, lead_days=int(days), active=self.use.code() == "yes", **typed)

    def _typed(self) -> bool:
        """Whether the supplier's fields are other than they were."""
        was = self.supplier
        if was is None:
            return any(field.text().strip() for name, field in self.fields.items() if name != "lead_days")
        return any(field.text().strip() != str(getattr(was, name)) for name, field in self.fields.items()) or was.active != (
            self.use.code() == "yes"
        )

    def _licence_typed(self) -> bool:
        return self.supplier is not None and bool(self.number.text().strip() or self.until.text().strip())

    def why_not(self) -> str:
        if not self._may():
            return tr("supplier|Only the store keeper changes suppliers.")
        if self._typed() or self.fresh:
            if not self.fields["name"].text().strip():
                return tr("supplier|Type the name.")
            return "" if self._asked() is not None else tr("supplier|Days to deliver: a number up to 180.")
        if not self._licence_typed():
            return tr("supplier|Nothing was changed.")
        if self.licences.current() is None:
            return tr("supplier|Choose the kind of licence.")
        if not self.number.text().strip():
            return tr("supplier|Type the licence's number.")
        return tr("supplier|Type the last day, such as 20271231.") if self.until.text().strip() and self.until.date() is None else ""

    def names(self) -> dict[str, str]:
        return {"save": tr("store key|Save")}

    def finish(self) -> None:
        """F12: the supplier's fields first, then the licence that was typed."""
        asked = self._asked() if self._typed() or self.fresh else None
        if asked is not None:
            self.send(asked, lambda saved: self._saved(asked.name, saved))
        elif self.supplier is not None and self._licence_typed():
            self._enter(self.supplier)

    def _enter(self, supplier: Supplier) -> None:
        chosen: Licence | None = self.licences.current()
        assert chosen is not None
        kind = chosen.kind
        request = EnterLicence(supplier_id=supplier.id, kind=kind, number=self.number.text().strip(), expires=self.until.date())
        self.send(request, lambda _done: self._entered(kind))

    def _saved(self, name: str, saved: SupplierSaved) -> None:
        self.fresh, self.supplier = False, None
        self.search.clear()
        self.desk.tell(tr("supplier|{name} is entered, code {code}.", name=name, code=saved.code))
        QTimer.singleShot(0, self, lambda: self.show_supplier(saved.supplier_id))

    def _entered(self, kind: LicenceKind) -> None:
        self._clear_licence()
        self.supplier = None
        self.desk.tell(tr("supplier|{licence} is written down.", licence=words.licence(kind)))
        self._to(self.licences)

    def show_supplier(self, supplier_id: int) -> None:
        """This supplier, with its licences."""

        def shown(found: SupplierList) -> None:
            self._show(found)
            self.table.select(supplier_id)
            self._to(self.licences)

        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self.desk.send(FindSuppliers(inactive=self.which.code() == "all"), shown, key="supplier to be shown")

    # --- keys ------------------------------------------------------------------------------------------------------------------

    def begin(self) -> bool:
        """F3: somebody new."""
        if not self._may():
            return False
        self.fresh = True
        self._take(None)
        self._to(self.fields["name"])
        return True

    def may_take_out(self) -> bool | str:
        row = self.licences.current()
        if not self._may():
            return N_("supplier|Only the store keeper changes suppliers.")
        return True if row is not None and row.state is not LicenceState.MISSING else N_("supplier|Choose a licence that is there.")

    def take_out(self) -> None:
        """F10: the licence is not there any more."""
        row, supplier = self.licences.current(), self.supplier
        if row is not None and supplier is not None:
            request = EnterLicence(supplier_id=supplier.id, kind=row.kind, withdrawn=True)
            question = tr("supplier|{licence} of {name}: is it withdrawn?", licence=words.licence(row.kind), name=supplier.name)
            self.desk.ask(question, [(tr("supplier|It is withdrawn"), lambda: self.send(request, lambda _done: self._entered(row.kind)))])

    def back(self) -> bool:
        if self.fresh or self._typed() or self._licence_typed():
            self.fresh = False
            self._take(self.table.current())
            self._to(self.table)
            return True
        return super().back()

    def work(self) -> QWidget:
        return self.table

    def detail(self) -> QWidget:
        return self.fields["name"]
