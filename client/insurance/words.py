"""The insurance desk's words for what the service says in codes. Plain Python, no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from common.domain.money import format_yuan
from common.i18n import N_, current_language, tr
from common.messages.insurance import ErrandKind
from common.messages.reconcile import Finding, Way

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from common.messages.insurance import ErrandFacts
    from common.messages.insurance_mapping import MappedItems
    from common.messages.insurance_statement import InsuranceDifference
    from common.messages.insurance_upload import UploadRow

FINDINGS: Final = {
    Finding.THEIRS_ONLY: N_("finding|Bureau alone"),
    Finding.OURS_ONLY: N_("finding|Ours alone"),
    Finding.AMOUNT: N_("finding|Amounts differ"),
}
ACTS: Final = {"SETTLE": N_("statement|settlement"), "CANCEL": N_("statement|cancellation")}
WAYS: Final = {
    Way.REFUND: N_("way|Cancel it at the bureau"),
    Way.SETTLED: N_("way|It belongs to our settlement"),
    Way.AGAIN: N_("way|Refund or settle again"),
    Way.ACCEPTED: N_("way|We answer for it"),
    Way.TAKEN_BACK: N_("way|It stands there no more"),
    Way.FOUND_LATER: N_("way|Found on the next day"),
}
UPLOADS: Final = {
    "3501A": N_("upload|Stock-take"),
    "3502": N_("upload|Stock change"),
    "3503": N_("upload|Purchase"),
    "3504": N_("upload|Returned to the supplier"),
    "3505A": N_("upload|Sale, trace codes"),
    "3506": N_("upload|Returned by a patient"),
    "3506A": N_("upload|Hand-over undone"),
    "4301": N_("upload|Record"),
}
#: ``inv_chg_type`` of 3502.
CHANGES: Final = {
    "101": N_("change|Transferred in"),
    "102": N_("change|Transferred out"),
    "103": N_("change|Found in a stock-take"),
    "104": N_("change|Missing or damaged"),
    "105": N_("change|Destroyed"),
    "106": N_("change|Other goods in"),
    "107": N_("change|Other goods out"),
}
STATES: Final = {
    "PENDING": N_("upload|waiting"),
    "FAILED": N_("upload|refused"),
    "DONE": N_("upload|done"),
    "DROPPED": N_("upload|dropped"),
    "WITHDRAWN": N_("upload|withdrawn"),
    "WAITING": N_("upload|waiting"),
}
TONES: Final = {"PENDING": "info", "WAITING": "info", "FAILED": "danger", "DONE": "done", "DROPPED": "plain", "WITHDRAWN": "plain"}
KINDS: Final = {
    "drug": N_("mapping|Drug"),
    "service": N_("mapping|Service"),
    "doctor": N_("mapping|Doctor"),
    "pharmacist": N_("mapping|Pharmacist"),
    "department": N_("mapping|Department"),
}
LISTS: Final = {
    "1301": N_("list|Western and patent drugs"),
    "1302": N_("list|Herbal slices"),
    "1303": N_("list|In-house preparations"),
    "1305": N_("list|Services"),
    "1306": N_("list|Consumables"),
}
LEVELS: Final = {"01": N_("level|A"), "02": N_("level|B"), "03": N_("level|Own pay")}
DICTIONARIES: Final = {
    "chrgitm_lv": N_("dictionary|Level of an item"),
    "clr_way": N_("dictionary|Way of clearing"),
    "diag_type": N_("dictionary|Kind of diagnosis"),
    "fund_pay_type": N_("dictionary|Fund"),
    "gend": N_("dictionary|Sex"),
    "hi_feesetl_type": N_("dictionary|Insured where"),
    "insutype": N_("dictionary|Kind of insurance"),
    "inv_chg_type": N_("dictionary|Kind of stock change"),
    "list_type": N_("dictionary|List"),
    "mdtrt_cert_type": N_("dictionary|Certificate"),
    "med_chrgitm_type": N_("dictionary|Fee category"),
    "med_type": N_("dictionary|Kind of visit"),
    "psn_cert_type": N_("dictionary|Identity paper"),
    "psn_insu_stas": N_("dictionary|State of the insurance"),
    "psn_setlway": N_("dictionary|Way of settling"),
    "stmt_rslt": N_("dictionary|Result of reconciliation"),
}
ERRANDS: Final = {
    ErrandKind.TEST: N_("errand|Try of the line"),
    ErrandKind.SIGN_OUT: N_("errand|Sign-out"),
    ErrandKind.DICTIONARY: N_("errand|Dictionary"),
    ErrandKind.CATALOGUE: N_("errand|List"),
    ErrandKind.RECONCILE: N_("errand|Comparison of a day"),
}


def chinese() -> bool:
    """Whether Chinese is shown."""
    return current_language().startswith("zh")


def word(table: Mapping[Any, str], code: str) -> str:
    """The word for a code, or the code itself where there is none."""
    return tr(table[code]) if code in table else code


def share(part: int, whole: int) -> str:
    """``87.3 %``, rounded down, so that only all is 100 %; of nothing everything is covered."""
    tenths = 1000 if whole == 0 else part * 1000 // whole
    return f"{tenths // 10}.{tenths % 10} %"


def coverage(found: MappedItems) -> str:
    """How much of the clinic has a national code, by items and by the income of the last 30 days."""
    return tr(
        "mapping|{mapped} of {total} items ({items}); {income} of the income of 30 days ({fen})",
        mapped=found.items_mapped,
        total=found.items_total,
        items=share(found.items_mapped, found.items_total),
        income=share(found.income_mapped_fen, found.income_fen),
        fen=format_yuan(found.income_mapped_fen),
    )


def age(since: datetime | None, now: datetime) -> str:
    """How long ago, in the largest unit that is not nothing."""
    if since is None:
        return "–"
    minutes = max(int((now - since).total_seconds()) // 60, 0)
    if minutes < 60:
        return tr("age|{n} min", n=minutes)
    return tr("age|{n} h", n=minutes // 60) if minutes < 48 * 60 else tr("age|{n} days", n=minutes // 1440)


def told(row: UploadRow) -> str:
    """What a report tells: a change of the stock by its kind."""
    return word(CHANGES, row.change) if row.change else word(UPLOADS, row.infno)


def why_open(row: UploadRow) -> str:
    """Why it is not told yet: what has to be told before it, in the bureau's words, or what is missing here. What our own line says (that nobody
    answers) is said in the reader's language."""
    if not row.held:
        return row.error if "|" in row.error else tr(row.error)
    return (
        tr("upload|waits until {document} is told", document=row.held_by)
        if row.held_by
        else tr("upload|waits until an earlier report is told")
    )


def errand_subject(errand: ErrandFacts) -> str:
    """What an errand is about, in words where there are some."""
    if errand.kind is ErrandKind.CATALOGUE:
        return word(LISTS, errand.subject)
    if errand.kind is ErrandKind.DICTIONARY:
        return word(DICTIONARIES, errand.subject)
    return errand.subject if errand.kind is ErrandKind.RECONCILE else ""


def errand_result(errand: ErrandFacts) -> str:
    """How far it is, or what came of it."""
    if errand.state == "WAITING" and errand.total:
        return f"{errand.progress} / {errand.total}"
    return errand.told or word(STATES, errand.state)


def standing(one: InsuranceDifference) -> tuple[str, str]:
    """A difference's state in words, and its tone."""
    if one.resolved_at is not None:
        return word(WAYS, one.way), "done"
    if one.trouble:
        return tr("difference|hindered"), "danger"
    return (tr("difference|being cleared"), "info") if one.way else (tr("difference|open"), "warning")
