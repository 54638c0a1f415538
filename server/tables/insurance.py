"""National insurance 医保: set-up, sign-in, calls, settlements, dictionaries, catalogue, mapping, uploads (DOMAIN.md §1).

Provincial values are text, with a dictionary table beside them; never an enumeration in code.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from server.tables.base import document, fen, identity, metadata, moment, refers, words

#: How this clinic speaks to its province; one row. Secrets (token, private key) lie with the service's keys, not here. ``told_from``: since when it
#: is connected without a break, and so owes the bureau a report of everything.
insurance_setup = Table(
    "insurance_setup",
    metadata,
    identity(),
    Column("connected", Boolean, nullable=False, server_default=text("false")),
    words("province"),
    words("url"),
    words("fixmedins_code"),
    words("fixmedins_name"),
    words("mdtrtarea_admvs"),
    words("recer_sys_code", default="FSI"),
    Column("timeout_seconds", Integer, nullable=False, server_default=text("30")),
    document("options"),
    moment("told_from", null=True),
    CheckConstraint("id = 1", name="only_one"),
)

#: 9001: one sign-in per operator and day.
insurance_sign_in = Table(
    "insurance_sign_in",
    metadata,
    identity(),
    refers("staff_id", "staff"),
    Column("day", Date, nullable=False),
    words("sign_no"),
    moment("signed_in_at"),
    moment("signed_out_at", null=True),
    Index("uq_insurance_sign_in", "staff_id", "day", unique=True, postgresql_where=text("signed_out_at IS NULL")),
)

#: Every transaction that was sent, written down and committed before the first byte left.
insurance_call = Table(
    "insurance_call",
    metadata,
    identity(),
    refers("settlement_id", "settlement", null=True, index=True),
    words("infno"),
    Column("msgid", Text, nullable=False, unique=True),
    Column("payload_hash", LargeBinary, nullable=False),
    words("state"),
    words("psn_no", default=""),
    words("mdtrt_id", default=""),
    words("insuplc_admdvs", default=""),
    refers("reverses", "insurance_call", null=True),
    refers("staff_id", "staff", null=True),
    moment("sent_at"),
    moment("answered_at", null=True),
    words("infcode", default=""),
    words("refmsgid", default=""),
    words("message", default=""),
    document("output", null=True),
    words("finding", default=""),
    Index("ix_insurance_call_open", "id", postgresql_where=text("state IN ('PENDING', 'UNKNOWN')")),
)

#: One visit at the bureau with its fee details and, in the end, its settlement.
insurance_settlement = Table(
    "insurance_settlement",
    metadata,
    identity(),
    refers("settlement_id", "settlement", index=True),
    refers("patient_id", "patient", index=True),
    refers("visit_id", "visit", null=True),
    refers("bill_id", "bill", null=True, index=True),
    words("state"),
    words("psn_no"),
    words("insutype"),
    words("insuplc_admdvs"),
    words("mdtrt_cert_type"),
    words("mdtrt_cert_no", default=""),
    words("med_type"),
    words("ipt_otp_no"),
    words("mdtrt_id", default=""),
    words("chrg_bchno", default=""),
    words("setl_id", default=""),
    words("cancel_setl_id", default=""),
    words("medins_setl_id", default=""),
    words("clr_type", default=""),
    words("clr_optins", default=""),
    fen("medfee_fen"),
    fen("fund_fen"),
    fen("account_fen"),
    fen("mutual_fen"),
    fen("hospital_fen"),
    fen("cash_fen"),
    document("person"),
    document("split", null=True),
    document("warnings", null=True),
    moment("opened_at"),
    moment("settled_at", null=True),
    moment("cancelled_at", null=True),
    Column("settled_on", Date, nullable=True),
    CheckConstraint("fund_fen >= 0 AND account_fen >= 0 AND mutual_fen >= 0 AND hospital_fen >= 0 AND cash_fen >= 0", name="shares"),
    Index("uq_insurance_settlement_setl_id", "setl_id", unique=True, postgresql_where=text("setl_id <> ''")),
    Index("uq_insurance_settlement_ipt_otp_no", "ipt_otp_no", unique=True),
    Index("ix_insurance_settlement_settled_on", "settled_on"),
)

#: How the bureau split one charge line.
insurance_line = Table(
    "insurance_line",
    metadata,
    refers("insurance_settlement_id", "insurance_settlement"),
    refers("charge_line_id", "charge_line", index=True),
    words("feedetl_sn"),
    words("med_list_codg"),
    fen("amount_fen"),
    document("split"),
    PrimaryKeyConstraint("insurance_settlement_id", "charge_line_id"),
)

insurance_dictionary = Table(
    "insurance_dictionary",
    metadata,
    Column("type", Text, nullable=False),
    Column("value", Text, nullable=False),
    words("label"),
    words("label_en", default=""),
    words("parent", default=""),
    Column("position", Integer, nullable=False, server_default=text("0")),
    Column("valid", Boolean, nullable=False, server_default=text("true")),
    PrimaryKeyConstraint("type", "value"),
)

#: The bureau's own lists as downloaded (13xx).
insurance_catalogue = Table(
    "insurance_catalogue",
    metadata,
    Column("list_type", Text, nullable=False),
    Column("code", Text(collation="C"), nullable=False),
    words("name"),
    words("specification", default=""),
    words("manufacturer", default=""),
    words("approval_number", default=""),
    words("chrgitm_lv", default=""),
    words("version"),
    Column("valid", Boolean, nullable=False, server_default=text("true")),
    Column("spellings", Text, nullable=False, server_default=text("''")),
    document("row"),
    PrimaryKeyConstraint("list_type", "code"),
    Index("ix_insurance_catalogue_name", "list_type", "name"),
)

#: Own drug or service item ↔ national code, with its validity and whether the bureau knows (3301).
insurance_mapping = Table(
    "insurance_mapping",
    metadata,
    identity(),
    words("own_kind"),
    Column("own_id", BigInteger, nullable=False),
    words("list_type"),
    words("med_list_codg"),
    Column("begins", Date, nullable=False),
    Column("ends", Date, nullable=True),
    words("upload", default="PENDING"),
    words("upload_error", default=""),
    moment("mapped_at"),
    refers("mapped_by", "staff"),
    CheckConstraint("own_kind IN ('drug', 'service')", name="own_kind"),
    CheckConstraint("upload IN ('PENDING', 'DONE', 'FAILED', 'WITHDRAWN')", name="upload"),
    CheckConstraint("ends IS NULL OR ends >= begins", name="validity"),
    Index("uq_insurance_mapping_open", "own_kind", "own_id", unique=True, postgresql_where=text("ends IS NULL")),
)

#: National codes of people and departments.
insurance_code = Table(
    "insurance_code",
    metadata,
    Column("kind", Text, nullable=False),
    Column("own_id", BigInteger, nullable=False),
    words("code"),
    words("extra", default=""),
    PrimaryKeyConstraint("kind", "own_id"),
    CheckConstraint("kind IN ('doctor', 'pharmacist', 'department')", name="kind"),
)

#: What the bureau is to be told and need not answer at once: stock, sales with 追溯码, records. Retried until it is in.
insurance_upload = Table(
    "insurance_upload",
    metadata,
    identity(),
    words("infno"),
    words("subject"),
    Column("subject_id", BigInteger, nullable=False),
    Column("payload", JSONB, nullable=False),
    words("state"),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    moment("next_try_at"),
    words("error", default=""),
    moment("entered_at"),
    moment("done_at", null=True),
    Index("uq_insurance_upload", "infno", "subject", "subject_id", unique=True),
    Index("ix_insurance_upload_due", "next_try_at", postgresql_where=text("state = 'PENDING'")),
    CheckConstraint("state IN ('PENDING', 'DONE', 'FAILED', 'DROPPED')", name="state"),
)

#: What the service is to do at the bureau in its own time. ``result`` keeps what the next one needs (how far a list came).
insurance_errand = Table(
    "insurance_errand",
    metadata,
    identity(),
    words("kind"),
    words("subject"),
    words("state", default="WAITING"),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    moment("next_try_at"),
    Column("progress", Integer, nullable=False, server_default=text("0")),
    Column("total", Integer, nullable=False, server_default=text("0")),
    words("told", default=""),
    document("result", null=True),
    moment("wanted_at"),
    refers("wanted_by", "staff"),
    moment("done_at", null=True),
    CheckConstraint("state IN ('WAITING', 'DONE', 'FAILED') AND (state = 'WAITING') = (done_at IS NULL)", name="state"),
    Index("uq_insurance_errand", "kind", "subject", unique=True, postgresql_where=text("state = 'WAITING'")),
    Index("ix_insurance_errand_newest", "kind", "subject", "id"),
)

#: 3201: our sums of one kind of settlement on one day, and what the bureau says of them.
insurance_statement = Table(
    "insurance_statement",
    metadata,
    Column("day", Date, nullable=False),
    Column("insutype", Text, nullable=False),
    Column("clr_type", Text, nullable=False),
    Column("clr_optins", Text, nullable=False),
    Column("count", Integer, nullable=False),
    fen("total_fen"),
    fen("fund_fen"),
    fen("account_fen"),
    words("result"),
    words("words"),
    moment("at"),
    PrimaryKeyConstraint("day", "insutype", "clr_type", "clr_optins"),
)
