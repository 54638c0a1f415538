"""What is half done in a form survives the end of the program: it is on the disk a moment after each change, and gone once it was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

import msgspec
from PySide6.QtCore import QTimer

from client.widgets.choice import Choice
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtWidgets import QLineEdit

    from client.desk import Desk

#: At most so long after a change it is on the disk.
KEEP_MS: Final = 300

Form = TypeVar("Form")


class Numbered(Protocol):
    """Who sends the form: ``request_id`` is the act's, the same until the service answered."""

    request_id: str


class KeptDraft(Generic[Form]):
    """The draft of one form of one person. ``form()`` is what stands in it, ``None`` if nothing would be lost.

    The act's id is kept with it: what was sent and found no answer before the program ended is the same act when F12 is pressed again, and
    done once. What was left by an earlier run is kept until :meth:`take` or :meth:`done`, however long its page is not looked at.
    """

    def __init__(self, desk: Desk, key: str, kind: type[Form], form: Callable[[], Form | None], act: Numbered) -> None:
        self._journal, self._key, self._kind, self._form, self._act = desk.place.journal, key, kind, form, act
        self._left: tuple[str, Form] | None = self._journal.draft(key, tuple[str, kind])  # type: ignore[valid-type]
        self._later = QTimer(desk, singleShot=True, interval=KEEP_MS)
        self._later.timeout.connect(self.keep)

    @property
    def left(self) -> Form | None:
        """What an earlier run left, until it is taken."""
        return self._left[1] if self._left is not None else None

    def take(self) -> Form | None:
        """Go on with what was left."""
        if self._left is None:
            return None
        (self._act.request_id, form), self._left = self._left, None
        return form

    def soon(self) -> None:
        """Something was typed."""
        if not self._later.isActive():
            self._later.start()

    def keep(self) -> None:
        """On the disk, as it stands."""
        self._later.stop()
        if self._left is not None:
            return
        form = self._form()
        if form is None:
            self.done()
        else:
            self._journal.keep(self._key, (self._act.request_id, form))

    def done(self) -> None:
        """It was carried out, or thrown away on purpose."""
        self._later.stop()
        self._left = None
        self._journal.drop(self._key)
        self._act.request_id = new_request_id()


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """Plain fields. ``about`` names what they are of (an order, a line): somewhere else they mean nothing."""

    about: tuple[int | str, ...] = ()
    fields: dict[str, str] = {}


def typed(fields: Mapping[str, QLineEdit | Choice], *about: int | str, usual: Mapping[str, str] | None = None) -> Typed | None:
    """What stands in the fields; ``None`` if that is nothing, or only what stands there by itself (``usual``)."""
    said = {name: field.code() if isinstance(field, Choice) else field.text() for name, field in fields.items()}
    own = {name for name, value in said.items() if value.strip() and not isinstance(fields[name], Choice)}
    if not any(said[name] != (usual or {}).get(name, "") for name in own):
        return None
    return Typed(about=about, fields={name: value for name, value in said.items() if value})


def type_in(fields: Mapping[str, QLineEdit | Choice], kept: Typed) -> None:
    """The fields as they were."""
    for name, field in fields.items():
        value = kept.fields.get(name, "")
        if not isinstance(field, Choice):
            field.setText(value)
        elif value:
            field.set_code(value)
