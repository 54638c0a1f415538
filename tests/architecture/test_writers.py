"""Each thing is written in one place: stock, money, numbers, the trail, commits, threads."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.source import modules, name, texts, tree

#: table → the only part of the service (a file, or a folder of the same name) whose SQL may change it
WRITERS: Final = {
    "stock_move": "stock_book",
    "stock_level": "stock_book",
    "stock_balance": "stock_book",
    "stock_batch": "stock_book",
    "stock_reservation": "stock_book",
    "quarantine": "storeroom",
    "recall": "storeroom",
    "recall_call": "storeroom",
    "stock_receipt": "storeroom",
    "stock_receipt_line": "storeroom",
    "stock_paper": "storeroom",
    "stock_paper_line": "storeroom",
    "stock_paper_arrival": "storeroom",
    "stock_paper_step": "storeroom",
    "pick": "stock_book",
    "herbal_order": "herbal",
    "herbal_weight": "herbal",
    "herbal_bag": "herbal",
    "decoction_choice": "herbal",
    "decoction": "herbal",
    "decoction_step": "herbal",
    "open_pack": "stock_book",
    "open_pack_use": "stock_book",
    "hand_over": "dispensing",
    "hand_over_line": "dispensing",
    "owed_slip": "dispensing",
    "owed_line": "dispensing",
    "owed_given_up": "dispensing",
    "ledger_operation": "money_book",
    "ledger_posting": "money_book",
    "bill": "money_book",
    "payment": "money_book",
    "invoice": "money_book",
    "invoice_print": "money_book",
    "invoice_segment": "numbers",
    "einvoice": "einvoice",
    "shift": "money_book",
    "charge_line": "money_book",
    "deposit": "money_book",
    "deposit_entry": "money_book",
    "credit_account": "money_book",
    "credit_entry": "money_book",
    "credit_member": "money_book",
    "approval": "approvals",
    "settlement": "settling",
    "channel_call": "settling",
    "insurance_settlement": "settling",
    "insurance_line": "settling",
    "money_difference": "differences",
    "day_close": "closing",
    "roll_up": "closing",
    "badge": "approvals",
    "insurance_setup": "insurance_desk",
    "insurance_mapping": "insurance_desk",
    "insurance_code": "insurance_desk",
    "insurance_catalogue": "insurance_desk",
    "insurance_errand": "insurance_desk",
    "insurance_statement": "insurance_desk",
    "insurance_upload": "insurance_desk",
    "money_rules": "money_rules",
    "pharmacy_rules": "pharmacy_rules",
    "pharmacy_window": "windows",
    "window_queue": "windows",
    "pharmacy_call": "window_calls",
    "doctor_call": "reviewing",
    "number_series": "numbers",
    "number_gap": "numbers",
    "audit_entry": "audit",
    "audit_leaf": "audit_seal",
    "audit_checkpoint": "audit_seal",
    "request_log": "dispatch",
    "record": "records",
    "record_version": "records",
    "session": "sessions",
}
_CHANGE: Final = re.compile(r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE|COPY)\s+(?:ONLY\s+)?\"?(\w+)", re.IGNORECASE)


def changes(source: ast.Module) -> set[str]:
    """The tables that the SQL in a file's texts changes."""
    return {table.lower() for _, text in texts(source) for table in _CHANGE.findall(text)}


@cache
def writers() -> dict[str, set[str]]:
    """table → who changes it by SQL."""
    found: dict[str, set[str]] = {}
    for path in modules():
        for table in changes(tree(path)) if "migrations" not in path.parts else ():
            found.setdefault(table, set()).add(part(path))
    return found


def part(path: Path) -> str:
    """``money_book`` for ``server/money_book.py`` and for what lies in ``server/money_book/``; outside the service the whole path."""
    package, _, rest = name(path).partition("/")
    return rest.partition("/")[0].removesuffix(".py") if package == "server" else name(path)


@pytest.mark.parametrize("table", WRITERS)
def test_a_table_has_one_writer(table: str) -> None:
    assert writers().get(table) == {WRITERS[table]}


def test_the_search_for_writers_finds_one() -> None:
    planted = ast.parse(
        '"""UPDATE bill"""\nX = Write("WITH a AS (SELECT 1) " "UPDATE stock_move SET x = 1")\nY = f"insert  into ledger_posting VALUES ({X})"'
    )
    assert changes(planted) == {"stock_move", "ledger_posting"}


def calls(source: ast.Module) -> set[str]:
    """The names of all methods and functions that are called."""
    found = set()
    for node in ast.walk(source):
        if isinstance(node, ast.Call):
            function = node.func
            found.add(function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else "")
    return found


#: Outside of requests: two things that are no part of one act of a person.
TRANSACTIONS: Final = {"server/dispatch.py", "server/audit_seal.py", "server/pairing.py"}


def test_only_dispatch_commits() -> None:
    ending = {"commit", "rollback", "transaction"}
    found = {name(path) for path in modules("server") if "check" not in path.parts and calls(tree(path)) & ending}
    assert found <= TRANSACTIONS
    words = re.compile(r"\s*(COMMIT|ROLLBACK(?! TO SAVEPOINT)|BEGIN)\b")
    said = {name(path) for path in modules("server") for _, text in texts(tree(path)) if words.match(text)}
    assert said == set()


def test_handlers_take_connections_from_nobody() -> None:
    """Outside the plumbing nothing connects by itself."""
    plumbing = {"server/db.py", "server/dispatch.py"}
    found = {name(path) for path in modules("server") if "check" not in path.parts and "connect" in calls(tree(path))}
    assert found <= plumbing


#: Whoever may start a thread or a process; the simulators play a machine of their own.
THREADS: Final = {"client/ops.py", "devices/worker.py", "server/app.py", "server/settling/errands.py"}
_STARTERS: Final = {
    "Thread",
    "ThreadPoolExecutor",
    "ProcessPoolExecutor",
    "start_new_thread",
    "QThread",
    "QThreadPool",
    "QRunnable",
    "Timer",
}


def test_only_the_bridge_and_the_ports_start_threads() -> None:
    found = {
        name(path)
        for path in modules("common", "server", "client", "printing", "devices")
        if not path.stem.startswith("simulat") and {*calls(tree(path)), *_bases(tree(path))} & _STARTERS
    }
    assert found - THREADS == set()
    assert found >= {"client/ops.py", "devices/worker.py"}


def _bases(source: ast.Module) -> set[str]:
    return {
        base.attr if isinstance(base, ast.Attribute) else base.id
        for node in ast.walk(source)
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if isinstance(base, ast.Attribute | ast.Name)
    }


# --- money


_MONEY: Final = re.compile(r"(_fen|^fen|fen_|price|amount|total|due|change_fen|quantity|packs|dose)", re.IGNORECASE)


def float_faults(source: ast.Module) -> list[str]:
    """Where a float comes near money or a quantity: a name of money beside ``float``, a float constant or true division."""
    faults = []
    for node in ast.walk(source):
        match node:
            case ast.Call(func=ast.Name(id="float"), args=[argument, *_]) if _names_money(argument):
                faults.append(f"{node.lineno}: float({ast.unparse(argument)})")
            case ast.BinOp(left=left, op=ast.Div(), right=right) if _fen(left) or _fen(right):
                faults.append(f"{node.lineno}: {ast.unparse(node)}")
            case ast.BinOp(left=left, right=right) if _float_beside_money(left, right) or _float_beside_money(right, left):
                faults.append(f"{node.lineno}: {ast.unparse(node)}")
            case ast.AnnAssign(target=ast.Name(id=target), annotation=annotation) if _MONEY.search(target) and "float" in ast.unparse(
                annotation
            ):
                faults.append(f"{node.lineno}: {target} is a float")
            case ast.arg(arg=argument_name, annotation=ast.expr() as annotation) if _MONEY.search(argument_name) and _is_float(annotation):
                faults.append(f"{node.lineno}: {argument_name} is a float")
    return faults


def _is_float(annotation: ast.expr) -> bool:
    return "float" in re.findall(r"\w+", ast.unparse(annotation))


def _names_money(node: ast.expr) -> bool:
    return any(_MONEY.search(text) for text in re.findall(r"\w+", ast.unparse(node)))


def _fen(node: ast.expr) -> bool:
    return bool(re.search(r"\w_fen\b|\bfen\b", ast.unparse(node)))


def _float_beside_money(left: ast.expr, right: ast.expr) -> bool:
    return isinstance(left, ast.Constant) and isinstance(left.value, float) and _names_money(right)


def test_no_float_comes_near_money() -> None:
    found = [f"{name(path)}:{fault}" for path in modules("common", "server") for fault in float_faults(tree(path))]
    assert found == []


def test_the_search_for_floats_finds_them() -> None:
    planted = ast.parse(
        "a = float(total_fen)\nb = total_fen / 100\nc = 0.01 * price\nx_fen: float = 1\ndef f(quantity: float | None): ...\n"
    )
    assert len(float_faults(planted)) == 5


def test_no_column_holds_money_as_a_float() -> None:
    from sqlalchemy import Float, Numeric

    from server.tables import metadata

    floats = [
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Float) or (isinstance(column.type, Numeric) and not column.type.asdecimal)
    ]
    assert floats == []
