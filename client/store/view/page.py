"""A page of this desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.widgets.list_page import ListPage
from common.i18n import N_

if TYPE_CHECKING:
    from client.store.view.desk import StoreDesk


OTHER_PAGE = N_("This belongs to another page.")


class StorePage(ListPage):
    """Knows its desk."""

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__(desk)
        self.desk = desk

    def begin(self) -> bool:
        """F3: begin something new on this page. ``False``: nothing begins here."""
        return False

    def may_print(self) -> bool | str:
        """Whether F6 prints something here, or why not."""
        return OTHER_PAGE

    def reprint(self) -> None:
        """F6."""

    def may_take_out(self) -> bool | str:
        """Whether F10 takes something out here, or why not."""
        return OTHER_PAGE

    def take_out(self) -> None:
        """F10: take a line out, or give a paper up."""
