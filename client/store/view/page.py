"""A page of this desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import Qt

from client.drafts import KeptDraft
from client.widgets.list_page import ListPage
from common.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.store.view.desk import StoreDesk
    from client.widgets.inputs import TextInput


OTHER_PAGE = N_("This belongs to another page.")
Form = TypeVar("Form")


class StorePage(ListPage):
    """Knows its desk."""

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__(desk)
        self.desk = desk
        self._drafts: list[KeptDraft[Any]] = []
        #: Whether something was half done here when the program ended, until the person was told.
        self.left_over = False

    def keeps(self, key: str, kind: type[Form], form: Callable[[], Form | None]) -> KeptDraft[Form]:
        """What is half done on this page: kept while it is typed, and when the desk closes."""
        made = KeptDraft(self.desk, f"store:{key}", kind, form, self)
        self._drafts.append(made)
        self.left_over |= made.left is not None
        return made

    def wind_up(self) -> None:
        for draft in self._drafts:
            draft.keep()

    def names(self) -> dict[str, str]:
        """What the keys do here at this moment, by the id of their action, in the current language; the others keep their general title."""
        return {}

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

    def may_suggest(self) -> bool | str:
        """Whether F7 suggests lines here, or why not."""
        return OTHER_PAGE

    def suggest(self) -> None:
        """F7: lines that should stand on what is being made."""

    def may_narrow(self) -> bool | str:
        """Whether F8 narrows the list here, or why not."""
        return OTHER_PAGE

    def narrow(self) -> None:
        """F8: only what is open, or all."""

    def may_see(self) -> bool | str:
        """Whether F11 shows patients here, or why not."""
        return OTHER_PAGE

    def see(self) -> None:
        """F11: show the patients. The look is written down."""


class SearchedPage(StorePage):
    """A page with a search above its list: F2 goes there, Esc empties it first."""

    search: TextInput

    def seek(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def back(self) -> bool:
        if self.search.text():
            self.search.clear()
            return True
        return False
