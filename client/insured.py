"""How a patient is insured: the certificate that was shown, and the choices that only a person can make. No Qt."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.patients import DocumentKind
from common.messages.settlement import InsuranceUse

if TYPE_CHECKING:
    from common.messages.cashier import InsuranceShare
    from common.messages.patients import PatientSummary

E_CERTIFICATE, ID_NUMBER, SOCIAL_CARD = "01", "02", "03"
#: Certificates that can be shown at a desk (DOMAIN.md §1.10), the usual one first.
CERTIFICATES: Final = (
    (ID_NUMBER, N_("certificate|ID card")),
    (E_CERTIFICATE, N_("certificate|E-certificate")),
    (SOCIAL_CARD, N_("certificate|Social security card")),
)
#: Medical categories 医疗类别; a province may name others.
MED_TYPES: Final = (
    ("11", N_("med type|Outpatient")),
    ("13", N_("med type|Emergency")),
    ("14", N_("med type|Chronic disease")),
)
#: An e-certificate's token as the scanner reads it: nobody else's codes hold letters and digits of this length and nothing else.
_TOKEN: Final = re.compile(r"(?=.*[A-Za-z])(?=.*[0-9])[A-Za-z0-9]{20,50}")


def is_token(code: str) -> bool:
    """Whether a scanned code can be the token of an insurance e-certificate 医保电子凭证."""
    return _TOKEN.fullmatch(code) is not None


@dataclass
class Insured:
    """What is going to be said to the insurance. ``shown``: the certificate was read here, not typed."""

    certificate_type: str = ID_NUMBER
    certificate_number: str = ""
    card_sn: str = ""
    insutype: str = ""
    med_type: str = "11"
    disease_code: str = ""
    use_account: bool = True
    shown: bool = False
    choices: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, patient: PatientSummary | None) -> Insured:
        """A patient whose certificate was not read: the file's ID number stands there, to be compared with the card."""
        known = patient is not None and patient.file.document_kind is DocumentKind.ID_CARD
        return cls(certificate_number=patient.file.document_number if known and patient is not None else "")

    def read(self, kind: str, number: str) -> None:
        """A certificate was read or scanned here."""
        self.certificate_type, self.certificate_number, self.card_sn, self.shown = kind, number, "", True

    def why_not(self) -> str:
        """What is missing, as a sentence; empty if nothing is."""
        if not self.certificate_number.strip():
            return tr("insured|Read the ID card, scan the e-certificate, or type the number.")
        if self.certificate_type == SOCIAL_CARD and not self.card_sn.strip():
            return tr("insured|A social security card needs its card identification code.")
        if self.choices and not self.insutype:
            return tr("insured|Choose how the patient is insured.")
        return ""

    def use(self) -> InsuranceUse:
        """What is sent. Call it only while :meth:`why_not` is empty."""
        return InsuranceUse(
            certificate_type=self.certificate_type,
            certificate_number=self.certificate_number.strip(),
            card_sn=self.card_sn.strip() if self.certificate_type == SOCIAL_CARD else "",
            insutype=self.insutype,
            med_type=self.med_type,
            disease_code=self.disease_code.strip(),
            use_account=self.use_account,
        )


def split(share: InsuranceShare) -> list[tuple[str, str]]:
    """The quote as rows of label and amount: who pays what of the bill, and what that comes to for the patient."""
    rows = [
        (N_("insured|Total"), share.total_fen),
        (N_("insured|Insurance fund"), share.fund_fen),
        (N_("insured|Personal account"), share.account_fen),
        (N_("insured|Family account"), share.mutual_aid_fen),
        (N_("insured|Borne by the clinic"), share.hospital_fen),
        (N_("insured|Own share, in scope"), share.own_scope_fen),
        (N_("insured|Own share, out of scope"), share.own_out_fen),
    ]
    always = {rows[0][0], rows[1][0], rows[2][0], rows[5][0], rows[6][0]}
    shown = [(tr(label), format_yuan(fen)) for label, fen in rows if fen or label in always]
    return [*shown, (tr("insured|Balance of the account"), format_yuan(share.balance_fen))]
