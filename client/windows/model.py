"""What the desk of the pharmacy's windows knows: the windows, the one that is typed, the clinic's rules. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from common.i18n import N_
from common.messages.consult import PrescriptionKind
from common.messages.windows import PharmacyRules, ReserveAt, SetPharmacyRules, SetWindow, WeighingRule
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.messages.herbal import DecoctionFee
    from common.messages.windows import WindowFacts, WindowList

#: In the order of the law's colours (处方管理办法): what a window may be for.
KINDS: Final = tuple(PrescriptionKind)
LONGEST_NAME: Final = 12

NO_WINDOW: Final = N_("windows|Choose a window, or make one with F3.")
NO_NAME: Final = N_("windows|Type the window's name.")
NOTHING_CHANGED: Final = N_("windows|Nothing was changed.")
ON_ITS_WAY: Final = N_("windows|It is on its way to the service.")


class Typed(msgspec.Struct, frozen=True):
    """A window as it stands in the form."""

    name: str = ""
    kinds: frozenset[PrescriptionKind] = frozenset()

    @classmethod
    def of(cls, window: WindowFacts) -> Typed:
        """A window as the form shows it."""
        return cls(window.name, frozenset(window.kinds))


class WindowsModel:
    """Plain state; the actions change it and the view shows it."""

    def __init__(self) -> None:
        self.windows: Sequence[WindowFacts] = ()
        self.unplaced = 0
        self.current: WindowFacts | None = None
        self.fresh = False
        self.typed = Typed()
        self.rules: PharmacyRules | None = None
        self.rules_typed = PharmacyRules()
        self.fees: tuple[DecoctionFee, ...] | None = None
        self.own = 0
        self.saving = False
        self.request_id = new_request_id()

    # --- what arrives ------------------------------------------------------------------------------------------------------------------

    def listed(self, found: WindowList) -> None:
        """The windows as they are; the one in the form stays, and so does what was typed over it."""
        self.windows, self.unplaced = found.windows, found.unplaced
        before = self.current
        self.current = next((each for each in found.windows if before is not None and each.id == before.id), None)
        if self.current is None and not self.fresh:
            self.choose(found.windows[0] if found.windows else None)
        elif self.current is not None and before is not None and self.typed == Typed.of(before):
            self.typed = Typed.of(self.current)

    def ruled(self, found: PharmacyRules) -> None:
        """The rules as they are; what was typed over the old ones stays."""
        if self.rules is None or self.rules_typed == self.rules:
            self.rules_typed = found
        self.rules = found

    # --- the form ----------------------------------------------------------------------------------------------------------------------

    def choose(self, window: WindowFacts | None) -> None:
        """Another window stands in the form."""
        self.current, self.fresh = window, False
        self.typed = Typed.of(window) if window is not None else Typed()

    def begin(self) -> None:
        """A new window."""
        self.current, self.fresh, self.typed = None, True, Typed()

    def toggle(self, kind: PrescriptionKind) -> None:
        """Whether the window takes a kind. None chosen: it takes all."""
        self.typed = msgspec.structs.replace(self.typed, kinds=self.typed.kinds ^ {kind})

    def rename(self, name: str) -> None:
        """Another name."""
        self.typed = msgspec.structs.replace(self.typed, name=name)

    def window_changed(self) -> bool:
        """Whether the form differs from its window."""
        return self.typed != (Typed.of(self.current) if self.current is not None else Typed())

    def rules_changed(self) -> bool:
        """Whether other rules were chosen."""
        return self.rules is not None and self.rules_typed != self.rules

    def set_batch_review(self, allowed: bool) -> None:
        """Whether clean prescriptions may be passed together."""
        self.rules_typed = msgspec.structs.replace(self.rules_typed, batch_review=allowed)

    def set_reserve_at(self, moment: ReserveAt) -> None:
        """From when on stock is held."""
        self.rules_typed = msgspec.structs.replace(self.rules_typed, reserve_at=moment)

    def set_weighing(self, rule: WeighingRule) -> None:
        """Which slices have to be weighed before they are handed over."""
        self.rules_typed = msgspec.structs.replace(self.rules_typed, weighing=rule)

    # --- what can be done now ------------------------------------------------------------------------------------------------------------

    def may_save(self) -> bool | str:
        """For F12: the window, the rules, or both."""
        if self.saving:
            return ON_ITS_WAY
        if (self.fresh or self.window_changed()) and not self.typed.name.strip():
            return NO_NAME
        return True if self.fresh or self.window_changed() or self.rules_changed() else NOTHING_CHANGED

    def may_turn(self) -> bool | str:
        """For F6, F7 and F8: a window has to be chosen."""
        if self.saving:
            return ON_ITS_WAY
        return True if self.current is not None else NO_WINDOW

    def is_own(self) -> bool:
        """Whether the current window is this desk's."""
        return self.current is not None and self.current.id == self.own

    # --- requests ------------------------------------------------------------------------------------------------------------------------

    def window_request(self, *, active: bool = True) -> SetWindow:
        """The window as the form says; or, not ``active``, out of use under its own name."""
        if not active:
            assert self.current is not None
            return SetWindow(window_id=self.current.id, name=self.current.name, kinds=self.current.kinds, active=False)
        kinds = tuple(kind for kind in KINDS if kind in self.typed.kinds)
        return SetWindow(window_id=self.current.id if self.current is not None else None, name=self.typed.name.strip(), kinds=kinds)

    def rules_request(self) -> SetPharmacyRules:
        """The rules as they were chosen."""
        return SetPharmacyRules(rules=self.rules_typed)
