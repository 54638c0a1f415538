"""The herbal room: the scale's page and the decoctions' page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from client.pharmacy import herbal_acts as acts
from client.pharmacy import herbal_decocting as decocting
from client.pharmacy.herbal import Page
from client.pharmacy.view.herbal_decoct import DecoctPage
from client.pharmacy.view.herbal_weigh import WeighPage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.pharmacy.herbal import Herbal, Weighing
    from client.pharmacy.view.desk import PharmacyDesk
    from client.widgets.approval import ApprovalPane
    from common.messages.herbal import DecoctionFacts


class HerbalRoom(QWidget):
    """Shows :class:`~client.pharmacy.herbal.Herbal`; what a person does goes to :mod:`client.pharmacy.herbal_acts`."""

    def __init__(self, desk: PharmacyDesk) -> None:
        super().__init__()
        zone = desk.place.session.expires_at.tzinfo
        self._desk = desk
        self.weigh, self.decoct = WeighPage(desk.place.ops, zone), DecoctPage(zone)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.weigh)
        self.pages.addWidget(self.decoct)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.pages)
        self._connect(desk)

    def _connect(self, desk: PharmacyDesk) -> None:
        weigh, decoct = self.weigh, self.decoct
        desk.place.devices.weighed.connect(lambda reading: acts.heard(desk, reading))
        weigh.entries.chosen.connect(lambda entry: acts.open_one(desk, entry.prescription_id))
        weigh.slices.moved.connect(lambda row: acts.choose(desk, row.key) if row is not None else None)
        weigh.kept.connect(lambda: acts.enter(desk))
        weigh.typed.connect(lambda text: acts.typed(desk, text))
        weigh.reasoned.connect(lambda text: acts.reasoned(desk, text))
        for pane in (weigh.approval, weigh.bag_approval):
            pane.approved.connect(lambda approval_id: acts.agreed(desk, approval_id))
            pane.lapsed.connect(lambda: acts.agreed(desk, None))
        decoct.orders.chosen.connect(lambda order: decocting.step(desk, order))
        decoct.orders.moved.connect(lambda _order: self._another())
        decoct.delivered.connect(lambda receiver, phone, address: decocting.deliver(desk, receiver, phone, address))
        decoct.cancelled.connect(lambda note: decocting.cancel(desk, note))
        for field in (weigh.field, decoct.field):
            field.textEdited.connect(lambda text: acts.seek(desk, text))
            field.returnPressed.connect(self._into_list)

    def show_model(self, room: Herbal) -> None:
        """The room as it stands."""
        page = self.weigh if room.page is Page.WEIGH else self.decoct
        self.weigh.show_model(room)
        self.decoct.show_model(room)
        self.pages.setCurrentWidget(page)

    def load(self) -> None:
        """Read both lists."""
        decocting.load(self._desk)

    def show_scale(self, work: Weighing) -> None:
        """What lies on the scale, and what that means."""
        self.weigh.show_scale(work)

    def order(self) -> DecoctionFacts | None:
        """The marked order."""
        found: DecoctionFacts | None = self.decoct.orders.current()
        return found

    def select(self, order: DecoctionFacts) -> None:
        """Mark an order."""
        self.decoct.orders.select(order.prescription_id)

    # --- the hand ------------------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """The hand goes to the list of the page."""
        page = self.pages.currentWidget()
        (self.weigh.entries if page is self.weigh else self.decoct.orders).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def focus(self) -> None:
        """The hand goes to the weight, or to the list while nothing is open."""
        if self.pages.currentWidget() is self.weigh and self._desk.model.herbal.work is not None:
            self.weigh.grams.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            self.start()

    def seek(self) -> None:
        """F2."""
        field = self.weigh.field if self.pages.currentWidget() is self.weigh else self.decoct.field
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        field.selectAll()

    def zones(self) -> Sequence[QWidget]:
        """Alt+1 to Alt+3."""
        if self.pages.currentWidget() is self.weigh:
            return (self.weigh.entries, self.weigh.grams, self.weigh.slices)
        return (self.decoct.orders,)

    @property
    def approval(self) -> ApprovalPane:
        """Where the second person agrees: to a toxic slice, or to an uneven bag with one."""
        return self.weigh.bag_approval if self.weigh.bag_approval.isVisible() else self.weigh.approval

    def ask_second(self) -> None:
        """A second person is wanted."""
        self._desk.show_work()
        self.approval.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def start_reason(self) -> None:
        """The hand goes to the reason for an uneven bag."""
        self.weigh.reason.setVisible(True)
        self.weigh.reason.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def forget_approval(self) -> None:
        """Nobody agreed to anything."""
        self.weigh.approval.clear()
        self.weigh.bag_approval.clear()

    def start_delivery(self) -> None:
        """The hand goes to the address."""
        self.decoct.start_delivery()

    def start_cancel(self) -> None:
        """The hand goes to the reason."""
        self.decoct.start_cancel()

    def _into_list(self) -> None:
        room = self._desk.model.herbal
        self.start()
        if room.page is Page.WEIGH and len(room.found()) == 1:
            acts.open_one(self._desk, room.found()[0].prescription_id)

    def _another(self) -> None:
        self.decoct.show_order(self._desk.model.herbal)
        self._desk.state_changed.emit()
