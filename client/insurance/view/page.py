"""A page of this desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.widgets.list_page import ListPage

if TYPE_CHECKING:
    from client.insurance.view.desk import InsuranceDesk


class InsurancePage(ListPage):
    """Knows its desk."""

    def __init__(self, desk: InsuranceDesk) -> None:
        super().__init__(desk)
        self.desk = desk
