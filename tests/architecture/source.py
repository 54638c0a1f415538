"""The program's own source as syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGES: Final = ("common", "server", "client", "printing", "devices", "migrations", "installer")


@cache
def modules(*packages: str) -> tuple[Path, ...]:
    """Every source file of the packages, by default of all."""
    return tuple(path for package in packages or PACKAGES for path in sorted((ROOT / package).rglob("*.py")))


@cache
def tree(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name(path: Path) -> str:
    """The file's place in the checkout."""
    return path.relative_to(ROOT).as_posix()


def docstrings(module: ast.Module) -> set[ast.Constant]:
    """The constants that are documentation."""
    found = set()
    for node in ast.walk(module):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            found.add(body[0].value)
        if isinstance(body, list):  # a text below a name documents it
            found |= {one.value for one in body if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)}
    return found


def texts(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Every text in the code, with its line, but for documentation. Texts that stand side by side are one."""
    documentation = docstrings(module)
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in documentation:
            yield node.lineno, node.value


def functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
