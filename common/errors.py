"""Every error that a person can see: a class with fields, a sentence in the person's language, and what to do now.

::

    Refusal                     the service will not do it; nothing was stored
    ├── BadInput                the request itself is wrong
    │   ├── FieldWrong          one field, with the reason
    │   └── Malformed           it is not even a request
    ├── NotSignedIn, SessionLocked, WrongPassword, LockedOut, NotPermitted, DeskUnknown, PairingRefused
    ├── NotFound                no such object
    ├── WrongState              the object's state does not allow it
    ├── Conflict …              somebody else was faster
    └── domain refusals         NotEnoughStock, NoSlotLeft, AmountChanged …
    Trouble                     the outcome may be unknown: Unreachable, OutcomeUnknown, ServiceBroken, TooBusy
"""

from __future__ import annotations

import dataclasses
import importlib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Final, get_type_hints

import msgspec

from common.domain.money import format_yuan
from common.i18n import N_, tr

ERRORS: Final[dict[str, type[XinglinError]]] = {}


@dataclass(eq=False)
class XinglinError(Exception):
    """Base of all. Fields are plain data, so that an error crosses the wire whole."""

    text: ClassVar[str] = N_("Something went wrong.")
    remedy: ClassVar[str] = ""
    status: ClassVar[int] = 400

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        known = ERRORS.setdefault(cls.__name__, cls)
        if known.__module__ != cls.__module__:
            raise TypeError(
                f"{cls.__module__} and {known.__module__} have an error {cls.__name__}: over the wire they could not be told apart"
            )

    @property
    def fields(self) -> dict[str, Any]:
        """The fields by name."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def shown(self) -> dict[str, object]:
        """The fields as a person reads them. Amounts (``…_fen``) become yuan; known words are translated."""
        shown: dict[str, object] = {}
        for name, value in self.fields.items():
            if name.endswith("_fen"):
                shown[name] = format_yuan(value)
            elif isinstance(value, Decimal):
                shown[name] = f"{value.normalize():f}"
            else:
                shown[name] = value
        return shown

    def sentence(self) -> str:
        """What is wrong, in the current language."""
        return tr(self.text, **self.shown())

    def advice(self) -> str:
        """What can be done now, in the current language; empty if there is nothing to say."""
        return tr(self.remedy, **self.shown()) if self.remedy else ""

    def __str__(self) -> str:
        sentence, advice = self.sentence(), self.advice()
        stop = tr("sentence|.") if advice and sentence[-1:] not in ".!?…。！？" else ""  # what somebody outside said may end with none
        return f"{sentence}{stop} {advice}".strip()


class Refusal(XinglinError):
    """The service will not do it. Nothing was stored."""


class Trouble(XinglinError):
    """Something broke between here and there. A command may or may not have been carried out."""

    status = 503


#: Modules beside this one that hold errors of their area.
_AREAS: Final = (
    *("catalogue", "closing", "counting", "dispensing", "herbal", "invoice", "money", "pharmacy", "prescribing", "purchasing", "recall"),
    *("registration", "settling", "store", "store_paper", "window"),
)
_MODULES: Final = tuple(f"common.{area}_errors" for area in _AREAS)


def load_errors() -> dict[str, type[XinglinError]]:
    """Every error class by its name."""
    for module in _MODULES:
        importlib.import_module(module)
    return ERRORS


def error_from_wire(name: str, fields: dict[str, Any]) -> XinglinError:
    """The error that crossed the wire, as its class. One that this program is too old to know becomes :class:`ServiceBroken`."""
    kind = ERRORS.get(name) or load_errors().get(name)
    if kind is None:
        return ServiceBroken(reference=name)
    hints = get_type_hints(kind)
    known = {f.name for f in dataclasses.fields(kind)}
    return kind(**{key: msgspec.convert(value, hints[key]) for key, value in fields.items() if key in known})


# --- the request itself ------------------------------------------------------------------------------------------------------------


class BadInput(Refusal):
    """The request is wrong in itself."""

    status = 422


@dataclass(eq=False)
class Malformed(BadInput):
    """What arrived is no request, or has a field of the wrong kind."""

    detail: str
    text = N_("The program sent something that the service does not understand: {detail}")
    remedy = N_("Is this desk's program older or newer than the service?")
    status = 400


@dataclass(eq=False)
class FieldWrong(BadInput):
    """One field has a value that cannot be. ``reason`` is an English source string of the catalogue."""

    field: str
    reason: str
    text = N_("{field}: {reason}")

    def shown(self) -> dict[str, object]:
        return {"field": tr(self.field), "reason": tr(self.reason)}


@dataclass(eq=False)
class RequestIdReused(Refusal):
    """The same request id came with another payload."""

    request_id: str
    text = N_("This form was already sent with other contents; it was not carried out a second time.")
    remedy = N_("Open the form anew.")
    status = 409


# --- who and whether ---------------------------------------------------------------------------------------------------------------


class NotSignedIn(Refusal):
    """No session, or an ended one."""

    text = N_("You are not signed in.")
    remedy = N_("Please sign in again; nothing that you typed is lost.")
    status = 401


class SessionLocked(Refusal):
    """The session was idle too long."""

    text = N_("The desk is locked because nobody used it for a while.")
    remedy = N_("Type your password to go on.")
    status = 401


@dataclass(eq=False)
class WrongPassword(Refusal):
    """Login or password is wrong; which of the two is not said."""

    tries_left: int
    text = N_("The login name or the password is wrong.")
    remedy = N_("{tries_left} tries left before the account is locked for a while.")
    status = 401


@dataclass(eq=False)
class LockedOut(Refusal):
    """Too many wrong tries."""

    seconds: int
    text = N_("Too many wrong tries. The account is locked for {seconds} seconds.")
    remedy = N_("Wait, or ask the administrator.")
    status = 429


@dataclass(eq=False)
class NotPermitted(Refusal):
    """The person's roles do not hold the permission."""

    permission: str
    text = N_("Your role does not allow this.")
    remedy = N_("Ask somebody who may, or the administrator ({permission}).")
    status = 403


class MustChangePassword(Refusal):
    """The first password, which somebody else knows, has to be changed before anything else."""

    text = N_("Set a password of your own first.")
    remedy = N_("Sign in again; the desk asks for it.")
    status = 403


class DeskUnknown(Refusal):
    """The desk is not paired, or its secret is wrong."""

    text = N_("This desk is not paired with the service.")
    remedy = N_("Ask the administrator for a pairing code.")
    status = 401


class PairingRefused(Refusal):
    """The pairing code is wrong, used or too old."""

    text = N_("The pairing code is wrong, used up or older than ten minutes.")
    remedy = N_("Ask for a new code.")
    status = 403


class OnlyInTraining(Refusal):
    """Something that only a training service does."""

    text = N_("This can only be done in training mode.")
    status = 403


# --- objects and their states ------------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class NotFound(Refusal):
    """No such object. ``kind`` is an English source string."""

    kind: str
    key: str
    text = N_("Not found: {kind} {key}")
    status = 404

    def shown(self) -> dict[str, object]:
        return {"kind": tr(self.kind), "key": self.key}


@dataclass(eq=False)
class WrongState(Refusal):
    """The object's state does not allow the step. ``machine`` and ``state`` are those of :mod:`common.domain.states`."""

    machine: str
    key: str
    state: str
    text = N_("{kind} {key} is “{state}”, so this cannot be done now.")
    remedy = N_("Press F5 to see the latest.")
    status = 409

    def shown(self) -> dict[str, object]:
        from common.domain.states import MACHINES

        machine = MACHINES[self.machine]
        return {"kind": tr(machine.title), "key": self.key, "state": machine.label(self.state)}


@dataclass(eq=False)
class ChangedMeanwhile(Refusal):
    """Somebody else changed what this form shows."""

    kind: str
    text = N_("{kind} was changed by somebody else meanwhile.")
    remedy = N_("Look at the new version; what you typed is kept.")
    status = 409

    def shown(self) -> dict[str, object]:
        return {"kind": tr(self.kind)}


@dataclass(eq=False)
class AlreadyExists(Refusal):
    """A unique thing is there already."""

    kind: str
    key: str
    text = N_("{kind} {key} exists already.")
    status = 409

    def shown(self) -> dict[str, object]:
        return {"kind": tr(self.kind), "key": self.key}


# --- prescriptions and stock -------------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class NotEnoughStock(Refusal):
    """Less is free than wanted. Quantities in ``unit``, the drug's base unit."""

    drug: str
    wanted: Decimal
    left: Decimal
    unit: str
    text = N_("Not enough stock: {drug} needs {wanted} {unit}, {left} {unit} are free.")
    remedy = N_("Prescribe less or another drug.")
    status = 409


# --- money -------------------------------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class AmountChanged(Refusal):
    """The amount due is not the one that the cashier saw."""

    shown_fen: int
    due_fen: int
    text = N_("The amount is now {due_fen}, not {shown_fen}.")
    remedy = N_("Look at the lines again before taking the money.")
    status = 409


@dataclass(eq=False)
class TendersDoNotCover(Refusal):
    """The tenders are not exactly the amount due."""

    due_fen: int
    given_fen: int
    text = N_("{due_fen} are due, {given_fen} were given.")
    remedy = N_("Check the amounts. Only cash gives change.")


@dataclass(eq=False)
class PartOfPrescription(Refusal):
    """A prescription is paid whole: it is handed out whole, and a later refund names it whole."""

    number: str
    text = N_("Prescription {number} can only be paid whole.")
    remedy = N_("Tick all of its lines, or none.")


class NothingToSettle(Refusal):
    """No line to settle, or they were settled elsewhere."""

    text = N_("There is nothing to pay.")
    remedy = N_("Press F5: perhaps another desk has settled it.")
    status = 409


# --- the line between desk and service ---------------------------------------------------------------------------------------------


class Unreachable(Trouble):
    """The service could not be reached; the request did not leave, or it was a query."""

    text = N_("The service cannot be reached.")
    remedy = N_("The desk goes on trying; what you typed is kept.")


class OutcomeUnknown(Trouble):
    """A command went out and no answer came. It is asked again with the same id."""

    text = N_("The line broke while this was being done.")
    remedy = N_("The desk is asking whether it was carried out. Do not enter it again.")


@dataclass(eq=False)
class ServiceBroken(Trouble):
    """A fault of the service itself. ``reference`` finds it in the log."""

    reference: str
    text = N_("The service has a fault (reference {reference}). Nothing was stored.")
    remedy = N_("Try again; tell the administrator if it happens again.")
    status = 500


class TooBusy(Trouble):
    """The service gave up waiting for the database."""

    text = N_("The service is busy. Nothing was stored.")
    remedy = N_("Try again in a moment.")
