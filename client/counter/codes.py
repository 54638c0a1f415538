"""Codes to hold before the scanner: those on the paper that came out, and those on the packs of the sample clinic's drugs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from common.domain.barcodes import BarcodeInvalid, OwnKind, parse
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from client.counter.devices import VirtualDevices
    from client.pharmacy.picking import Picking

_ESCPOS_CODE: Final = re.compile(rb"\x1dk\x49(.)", re.DOTALL)
_TSPL_CODE: Final = re.compile(rb'BARCODE [^"]*"128"[^"]*"([0-9A-Za-z-]{1,32})"')
_ZPL_CODE: Final = re.compile(rb"\^FD(?:>[:;])?([0-9]{4,32})\^FS")
_KINDS: Final = {
    OwnKind.PATIENT: N_("counter|Patient {number}"),
    OwnKind.VISIT: N_("counter|Registration slip {number}"),
    OwnKind.PRESCRIPTION: N_("counter|Prescription {number}"),
    OwnKind.BILL: N_("counter|Receipt {number}"),
}


class OfferedCode(NamedTuple):
    """A code that can be picked instead of typed. ``title`` is a finished text."""

    title: str
    code: str


class SamplePack(NamedTuple):
    """What stands on the packs of a drug: the barcode of the article, and the first seven digits of its 追溯码."""

    barcode: str
    trace_prefix: str

    def trace_code(self, serial: int) -> str:
        """The 追溯码 of one pack: 20 digits. ``serial`` has at most 13."""
        return f"{self.trace_prefix}{serial:013d}"


def printed_codes(devices: VirtualDevices) -> list[OfferedCode]:
    """The clinic's own barcodes on receipts, slips and labels, the latest first, each once."""
    jobs = [*devices.jobs("receipt"), *devices.jobs("label")]
    found: dict[str, OfferedCode] = {}
    for job in reversed(jobs):
        for code in codes_on(job):
            own = _own(code)
            if own is not None:
                found.setdefault(code, own)
    return list(found.values())


def codes_on(job: bytes) -> list[str]:
    """The numbers of the barcodes in a receipt's or label's bytes."""
    if job.startswith(b"SIZE "):
        return [number.decode("ascii") for number in _TSPL_CODE.findall(job)]
    if job.startswith(b"^XA"):
        return [number.decode("ascii") for number in _ZPL_CODE.findall(job)]
    return list(_on_receipt(job))


def _on_receipt(job: bytes) -> Iterator[str]:
    for found in _ESCPOS_CODE.finditer(job):
        content = job[found.end() : found.end() + found[1][0]]
        pieces = [(piece[:1], piece[1:]) for piece in content.split(b"{")[1:]]
        if pieces:
            yield "".join(_text(subset, body) for subset, body in pieces)


def _text(subset: bytes, body: bytes) -> str:
    """Subset C holds two digits in a byte."""
    return "".join(f"{byte:02d}" for byte in body) if subset == b"C" else body.decode("ascii", "replace")


def _own(code: str) -> OfferedCode | None:
    try:
        seen = parse(code)
    except BarcodeInvalid:
        return None
    return OfferedCode(tr(_KINDS[seen.kind], number=seen.number), code)


def pack_codes(picking: Picking, packs: dict[int, SamplePack], serials: Iterator[int]) -> list[OfferedCode]:
    """The packs that are still to be scanned for an opened prescription, each with a 追溯码 of its own; then one retail code a drug.

    ``packs`` holds the sample packs by drug id; drugs without one are left out.
    """
    lines = [line for line in picking.facts.lines if line.drug_id in packs]
    traced = (
        OfferedCode(tr("counter|{drug}, traceability code", drug=line.name), packs[line.drug_id].trace_code(next(serials)))
        for line in lines
        for _pack in range(picking.wanted(line.id) - picking.scanned(line.id))
    )
    retail = (OfferedCode(tr("counter|{drug}, barcode", drug=line.name), packs[line.drug_id].barcode) for line in lines)
    return [*traced, *retail]


def unique(codes: Iterable[OfferedCode]) -> list[OfferedCode]:
    """Each code once, in the order given."""
    return list({offered.code: offered for offered in codes}.values())
