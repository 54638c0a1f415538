"""What stands beside a delivery: its sum, what is missing, what its order still awaits, and what a second person has to agree to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from client import theme
from client.store import purchase_words
from client.widgets.approval import ApprovalPane
from client.widgets.choice import Choice
from client.widgets.form import Form, Label, SectionTitle
from client.widgets.inputs import TextInput
from client.widgets.table import Column, Table
from common.domain.dosage import plain
from common.i18n import N_, tr
from common.messages.suppliers import LicenceState

if TYPE_CHECKING:
    from client.ops import Ops
    from client.store.delivery import Delivery
    from common.messages.suppliers import Supplier

_BAD: Final = (LicenceState.MISSING, LicenceState.EXPIRED)
_AWAITED: Final = (
    Column(title=N_("delivery|Still to come"), text=lambda one: one.goods.name, strong=True, marks=lambda one: one.goods.name_marks),
    Column(title="", text=lambda one: f"{plain(one.packs)} {one.goods.pack_unit}", width=72, align="right"),
)


class Licensing(QWidget):
    """A supplier whose licence does not hold: why it comes all the same, and who agrees. ``changed`` when either changed."""

    changed = Signal()

    def __init__(self, ops: Ops) -> None:
        super().__init__()
        self.known: dict[str, Supplier] = {}
        self.supplier: Supplier | None = None
        self.what = Label(type="secondary")
        self.what.setProperty("tone", "danger")
        self.what.setWordWrap(True)
        self.reason = TextInput(most=200)
        self.form = Form()
        self.form.add(N_("delivery|Why they come in all the same"), self.reason, required=True)
        self.approval = ApprovalPane(ops, act="supplier_licence")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        for widget in (SectionTitle(N_("supplier|Licences")), self.what, self.form, self.approval):
            column.addWidget(widget)
        self.reason.textChanged.connect(lambda _text: self.changed.emit())
        self.approval.approved.connect(lambda _id: self.changed.emit())
        self.approval.lapsed.connect(self.changed.emit)
        self.hide()

    def name(self, name: str) -> None:
        """Whom the goods come from."""
        found = self.known.get(name.strip())
        bad = found if found is not None and found.worst in _BAD else None
        if bad is not None:
            wrong = [licence for licence in bad.licences if licence.state in _BAD]
            said = "、".join(f"{purchase_words.licence(one.kind)} {purchase_words.licence_state(one.state)}" for one in wrong)
            self.what.setText(tr("delivery|{supplier}: {what}.", supplier=bad.name, what=said))
            self.approval.ask(bad.id)
        elif self.supplier is not None:
            self.clear()
        self.supplier = bad
        self.setVisible(bad is not None)

    def clear(self) -> None:
        """Nothing is agreed, nothing typed."""
        self.reason.clear()
        self.approval.clear()

    def why_not(self) -> str:
        """What is still missing."""
        if self.supplier is None:
            return ""
        if not self.reason.text().strip():
            return tr(
                "delivery|The supplier's licences do not hold: type why the goods come in all the same, and let a second person agree."
            )
        return (
            "" if self.approval.approval_id is not None else tr("delivery|A second person has to agree: badge, or login name and password.")
        )

    def scanned(self, code: str) -> bool:
        """A badge, while somebody is asked."""
        return self.isVisible() and self.approval.scanned(code)


class GoodsInSide(QWidget):
    """``chosen(awaited)``: Enter on what is still to come. ``changed``: something that F12 needs may be there now."""

    chosen = Signal(object)
    changed = Signal()

    def __init__(self, ops: Ops) -> None:
        super().__init__()
        self.sums, self.missing, self.learn = Label(type="figure"), Label(type="secondary"), Label(type="secondary")
        for label in (self.missing, self.learn):
            label.setWordWrap(True)
        self.place = Choice((("PHARMACY", N_("place|Pharmacy")), ("STORE", N_("place|Drug store"))))
        self.into = Form()
        self.into.add(N_("delivery|Put into"), self.place)
        self.awaited = Table(_AWAITED, key=lambda one: one.goods.drug_id, empty=N_("delivery|All of the order is here."), dense=True)
        self.surplus = TextInput(most=200)
        self.why = Form()
        self.why.add(N_("delivery|Why more came than was ordered"), self.surplus, required=True)
        self.licensing = Licensing(ops)
        self.approval = ApprovalPane(ops, act="trace_prefix")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        for widget in (
            SectionTitle(N_("delivery|In all")),
            self.sums,
            self.into,
            self.missing,
            self.learn,
            self.approval,
            self.licensing,
            self.why,
        ):
            column.addWidget(widget)
        column.addWidget(self.awaited, 1)
        column.addStretch(0)
        self.awaited.chosen.connect(self._chosen)
        self.surplus.textChanged.connect(lambda _text: self.changed.emit())
        self.licensing.changed.connect(self.changed)
        self.learn.hide()
        self.approval.hide()
        self.why.hide()
        self.awaited.hide()

    def _chosen(self, row: Any) -> None:
        self.chosen.emit(row)

    def show_delivery(self, delivery: Delivery) -> None:
        """What the delivery's order awaits, and whether more came."""
        surplus = delivery.surplus() is not None
        self.why.setVisible(surplus)
        self.awaited.set_rows(delivery.still())
        self.awaited.setVisible(
            bool(delivery.order) and not (surplus and self.licensing.supplier is not None)
        )  # there is no room for all three
