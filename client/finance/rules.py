"""The rules about money as a form has them. Plain Python, no Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import msgspec

from common.i18n import N_, tr
from common.permissions import Role
from printing.documents.fees import tender_label

if TYPE_CHECKING:
    from common.messages.settlement import MoneyRules

ROUNDINGS: Final = {
    "none": N_("rounding|to the fen"),
    "down": N_("rounding|down to 0.10"),
    "half_up": N_("rounding|half up to 0.10"),
    "up": N_("rounding|up to 0.10"),
}
EINVOICES: Final = {
    "none": N_("einvoice|none"),
    "medical": N_("einvoice|medical bill"),
    "tax": N_("einvoice|tax invoice"),
}
LONGEST_GREEN_DAYS: Final = 3650


@dataclass(frozen=True)
class RulesTyped:
    """What stands in the fields; ``None``: nothing, or nothing that makes sense."""

    cash_rounding: str
    refund_alone_fen: int | None
    cashier_fen: int | None
    manager_fen: int | None
    green_days: int | None
    insure_days: int | None
    invoice_segments: bool
    close_needs_acceptance: bool
    einvoice_kind: str

    @classmethod
    def of(cls, rules: MoneyRules) -> RulesTyped:
        """The rules as fields. A role without a limit may waive nothing."""
        return cls(
            cash_rounding=rules.cash_rounding,
            refund_alone_fen=rules.refund_alone_fen,
            cashier_fen=rules.waiver_limits.get(Role.CASHIER, 0),
            manager_fen=rules.waiver_limits.get(Role.MANAGER, 0),
            green_days=rules.green_days,
            insure_days=rules.insure_days,
            invoice_segments=rules.invoice_segments,
            close_needs_acceptance=rules.close_needs_acceptance,
            einvoice_kind=rules.einvoice_kind,
        )

    def over(self, base: MoneyRules, latest: MoneyRules) -> RulesTyped:
        """The latest rules with what was typed over ``base``: what somebody else changed meanwhile is kept."""
        before = vars(RulesTyped.of(base))
        return replace(RulesTyped.of(latest), **{name: value for name, value in vars(self).items() if value != before[name]})

    def missing(self) -> str:
        """The first field that has nothing that makes sense, as a source string; empty when none has."""
        empty = (
            (self.refund_alone_fen is None, N_("rule|Refund alone up to")),
            (self.cashier_fen is None, N_("rule|A cashier may waive")),
            (self.manager_fen is None, N_("rule|A manager may waive")),
            (self.green_days is None, N_("rule|Green channel, days")),
            (self.insure_days is None, N_("rule|Change to insurance, days")),
        )
        return next((label for wrong, label in empty if wrong), "")

    def rules(self, base: MoneyRules) -> MoneyRules:
        """The rules as they were typed; limits of other roles stay as they are. Only when nothing is :meth:`missing`."""
        assert self.refund_alone_fen is not None
        assert self.green_days is not None
        assert self.insure_days is not None
        limits = {**base.waiver_limits, Role.CASHIER.value: self.cashier_fen or 0, Role.MANAGER.value: self.manager_fen or 0}
        return msgspec.structs.replace(
            base,
            cash_rounding=self.cash_rounding,
            refund_alone_fen=self.refund_alone_fen,
            waiver_limits=limits,
            green_days=self.green_days,
            insure_days=self.insure_days,
            invoice_segments=self.invoice_segments,
            close_needs_acceptance=self.close_needs_acceptance,
            einvoice_kind=self.einvoice_kind,
        )


def days_of(text: str, least: int = 1) -> int | None:
    """Days as they were typed, ``least`` to 3650; anything else is ``None``."""
    typed = text.strip()
    if not (typed.isascii() and typed.isdigit()):
        return None
    return int(typed) if least <= int(typed) <= LONGEST_GREEN_DAYS else None


def connected(rules: MoneyRules | None) -> str:
    """Whom the service can reach, one a line."""
    if rules is None:
        return ""
    channels = [tender_label(kind) for kind in rules.channels] or [tr("rule|No payment channel")]
    return "\n".join([*channels, tr("rule|The insurance") if rules.insurance else tr("rule|No insurance")])
