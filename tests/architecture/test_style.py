"""Sizes, docstrings, names: what a reader of every file may rely on."""

from __future__ import annotations

import ast
import re
import statistics
from typing import Final

from common.wire import request_types
from tests.architecture.source import ROOT, docstrings, functions, modules, name, texts, tree

_LINES: Final = 400


def test_files_are_short() -> None:
    lengths = {name(path): path.read_text(encoding="utf-8").count("\n") for path in modules()}
    assert {file: lines for file, lines in lengths.items() if lines > _LINES} == {}


def test_functions_are_short() -> None:
    lengths = sorted((node.end_lineno or 0) - node.lineno + 1 for path in modules() for node in functions(tree(path)))
    assert statistics.median(lengths) <= 10
    assert sum(length <= 30 for length in lengths) / len(lengths) >= 0.9


def undocumented(source: ast.Module) -> list[str]:
    """Public classes and functions at the top of a file, and public methods of public classes, without a docstring."""
    missing = [] if ast.get_docstring(source) or not source.body else ["the file"]
    for node in source.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            missing += [] if ast.get_docstring(node) else [node.name]
        if isinstance(node, ast.ClassDef):
            missing += [f"{node.name}.{method}" for method in _bare_methods(node)]
    return missing


def _bare_methods(owner: ast.ClassDef) -> list[str]:
    """Public methods that nothing says anything about. What only fulfils its base class (Qt's events, an error's sentence) is said there."""
    if owner.name.startswith("_") or owner.bases:
        return []
    methods = [node for node in owner.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [method.name for method in methods if not method.name.startswith("_") and not ast.get_docstring(method) and not _setter(method)]


def _setter(method: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(text.endswith((".setter", "overload")) for text in map(ast.unparse, method.decorator_list))


def test_everything_public_says_what_it_promises() -> None:
    missing = [f"{name(path)}: {what}" for path in modules() if "versions" not in path.parts for what in undocumented(tree(path))]
    assert missing == []


_FORBIDDEN_NAMES: Final = re.compile(r"(Manager|Helper|Util|Utils|Data|Info)$")
#: They are what Qt, psycopg and the law call these.
_ALLOWED_NAMES: Final = {"QMimeData"}


def test_classes_are_named_for_what_they_are() -> None:
    found = [
        f"{name(path)}: {node.name}"
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and _FORBIDDEN_NAMES.search(node.name) and node.name not in _ALLOWED_NAMES
    ]
    assert found == []


def test_no_error_is_swallowed() -> None:
    found = []
    for path in modules():
        for node in ast.walk(tree(path)):
            broad = isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
            if broad and all(isinstance(step, ast.Pass | ast.Continue) for step in node.body):  # type: ignore[attr-defined]
                found.append(f"{name(path)}:{node.lineno}")  # type: ignore[attr-defined]
    assert found == []


def test_nothing_is_left_to_do() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    assert [name(path) for path in modules() if marks.search(path.read_text(encoding="utf-8"))] == []
    unwritten = [
        f"{name(path)}: {node.name}"
        for path in modules()
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef)
        and any(isinstance(step, ast.Raise) and "NotImplemented" in ast.unparse(step) for step in node.body)
    ]
    assert [found for found in unwritten if not found.startswith("migrations/versions/")] == []  # those cannot be undone


_CHINESE: Final = re.compile(r"[\u3400-\u9fff]")
#: Where Chinese is data, not a message: names of the sample, readings of characters, words of the law on paper, marks to search for.
DATA: Final = (
    "server/importing/",
    "server/catalogue/",
    "common/domain/",
    "client/counter/cards.py",
    "client/initials.py",
    "client/shell/devices/trial_page.py",
)
#: A language's and the product's own name, a word that the law wants on the paper, and what is read in a date, an age or a department's name.
NAMED: Final = {
    "client/shell/card.py": {"中文"},
    "client/shell/frame.py": {"Switch to 中文"},
    "client/widgets/inputs.py": {"年", "月", "日"},
    "client/pharmacy/words.py": {"岁"},
    "client/registration/sessions.py": {"儿"},
    "server/insurance_desk/likeness.py": {"[\\s()（）\\[\\]【】,，、·・*×xX/每]+", "克", "毫"},  # what specifications are written with
    "server/openapi.py": {"Xinglin 杏林"},
    "server/prescribing.py": {"疑似"},
}


def chinese_messages(file: str, source: ast.Module) -> list[str]:
    """Chinese texts in code, without the ones that are meant."""
    found = []
    for line, text in texts(source):
        left = text
        for meant in NAMED.get(file, ()):
            left = left.replace(meant, "")
        if _CHINESE.search(left):
            found.append(f"{file}:{line}: {text[:40]}")
    return found


def test_what_a_person_reads_is_english_in_the_source() -> None:
    files = [path for path in modules("common", "server", "client") if not name(path).startswith(DATA)]
    assert [found for path in files for found in chinese_messages(name(path), tree(path))] == []


def test_the_search_for_chinese_finds_it() -> None:
    planted = ast.parse('"""说明"""\nX = "挂号"\nY = "中文"\n')
    assert chinese_messages("client/shell/card.py", planted) == ["client/shell/card.py:2: 挂号"]


def test_every_request_is_used_by_a_test() -> None:
    used = {node.id for path in sorted((ROOT / "tests").rglob("*.py")) for node in ast.walk(tree(path)) if isinstance(node, ast.Name)}
    assert {kind.__name__ for kind in request_types().values()} - used == set()


def test_documentation_is_told_from_text() -> None:
    source = ast.parse('"""a"""\nX = "b"\n"""c"""\ndef f():\n    """d"""\n    return "e"\n')
    assert [text for _, text in texts(source)] == ["b", "e"]
    assert len(docstrings(source)) == 3
