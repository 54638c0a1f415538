"""Kinds, places and states of the store's papers as a person reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client import format
from client.store import words
from client.store.papers_steps import Back, Forward
from common.domain.money import format_yuan
from common.domain.states import STOCK_PAPER
from common.i18n import N_, tr
from common.messages.store_papers import PaperKind

if TYPE_CHECKING:
    from common.messages.store_papers import PaperEntry, PaperFacts, PaperLine

KINDS: Final = {
    PaperKind.REQUEST: N_("stock paper|Request"),
    PaperKind.TRANSFER: N_("stock paper|Transfer"),
    PaperKind.DAMAGE: N_("stock paper|Damage"),
    PaperKind.DESTROY: N_("stock paper|Destruction"),
    PaperKind.SUPPLIER_RETURN: N_("stock paper|Return"),
}
PLACES: Final = {
    "STORE": N_("place|Store"),
    "PHARMACY": N_("place|Pharmacy"),
    "QUARANTINE": N_("place|Quarantine area"),
    "TRANSIT": N_("place|On the way"),
}
FIELDS: Final = {
    "supplier": N_("delivery|Supplier"),
    "reason": N_("stock paper|Reason"),
    "site": N_("paper|Place of destruction"),
    "way": N_("paper|Way of destruction"),
    "witness": N_("paper|Witness"),
    "note": N_("delivery|Note"),
}
_TONES: Final = {
    "DRAFT": "warning",
    "OPEN": "warning",
    "SENT": "info",
    "APPROVED": "done",
    "SERVED": "done",
    "RECEIVED": "done",
    "REJECTED": "danger",
    "VOIDED": "danger",
}
FORWARD: Final = {
    Forward.SERVE: N_("paper|F12 makes a transfer of what it still wants."),
    Forward.RECEIVE: N_("paper|F12 takes over all of it. Enter on a line if less arrived."),
    Forward.APPROVE: N_("paper|F12 signs it; then its goods move."),
    Forward.NOTHING: N_("paper|Nothing is to be done with this paper here."),
}
BACK: Final = {
    Back.CLOSE: N_("paper|F10 closes the request."),
    Back.CALL_BACK: N_("paper|F10 calls it back."),
    Back.REJECT: N_("paper|F10 rejects it."),
    Back.VOID: N_("paper|F10 voids it by a reversing paper."),
    Back.NOTHING: "",
}


def kind(entry: PaperEntry) -> str:
    """What it is about."""
    return tr(KINDS[entry.kind])


def place(code: str) -> str:
    """Where."""
    return tr(PLACES[code]) if code in PLACES else code


def state(entry: PaperEntry) -> str:
    """Its state; a request of which something was sent says so."""
    return tr("stock paper|Partly served") if entry.part and entry.state == "OPEN" else STOCK_PAPER.label(entry.state)


def tone(entry: PaperEntry) -> str:
    """The colour of its state."""
    return "info" if entry.part and entry.state == "OPEN" else _TONES.get(entry.state, "plain")


def about(entry: PaperEntry) -> str:
    """``布洛芬片 +2``: its first drug, and how many lines more."""
    return entry.about if entry.lines < 2 else f"{entry.about}　+{entry.lines - 1}"


def between(entry: PaperEntry) -> str:
    """``药库 → 药房``, or the supplier, or the reason."""
    if entry.out_of:
        return f"{place(entry.out_of)} → {place(entry.goes_to)}"
    return entry.supplier or entry.reason


def line_note(line: PaperLine, entry: PaperEntry) -> str:
    """What became of a line: arrived, back, damaged, on its way."""
    parts = [
        tr("paper|arrived {n}", n=words.packs(line.received, line))
        if line.received and (entry.state != "RECEIVED" or line.back or line.damaged)
        else "",
        tr("paper|on the way {n}", n=words.packs(line.coming, line)) if line.coming else "",
        tr("paper|went back {n}", n=words.packs(line.back, line)) if line.back else "",
        tr("paper|damaged {n}", n=words.packs(line.damaged, line)) if line.damaged else "",
    ]
    return "　".join(part for part in parts if part)


def facts(entry: PaperEntry, paper: PaperFacts | None) -> str:
    """What stands under the number."""
    said = [
        (tr("stock paper|Made by"), f"{entry.by}　{format.moment(entry.at)}"),
        (tr("paper|Way"), between(entry) if entry.out_of else ""),
    ]
    said += [(tr("delivery|Supplier"), entry.supplier), (tr("stock paper|Reason"), entry.reason)]
    if paper is not None and paper.entry.number == entry.number:
        said += [(tr(title), getattr(paper, name)) for name, title in FIELDS.items() if name in ("site", "way", "witness", "note")]
        said.append((tr("paper|Request"), paper.serves))
        said.append((tr("paper|Transfers"), " ".join(paper.served_by)))
        said.append((tr("paper|Undoes"), paper.reverses))
        said.append((tr("paper|Undone by"), paper.reversed_by))
    if entry.value_fen:
        said.append((tr("stock|Purchase value"), format_yuan(entry.value_fen)))
    return words.facts(said)


def steps(paper: PaperFacts) -> str:
    """Who did what when, one a row."""
    rows = [
        (STOCK_PAPER.label(step.state), f"v{step.version}" if step.version > 1 else "", step.by, format.moment(step.at), step.note)
        for step in paper.steps
    ]
    return "\n".join("　".join(filter(None, row)) for row in rows)
