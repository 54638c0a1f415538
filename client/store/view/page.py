"""A page of this desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.widgets.list_page import ListPage

if TYPE_CHECKING:
    from client.store.view.desk import StoreDesk


class StorePage(ListPage):
    """Knows its desk."""

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__(desk)
        self.desk = desk
