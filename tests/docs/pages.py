"""The Markdown files of the repository, read as a person and a browser read them."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote

ROOT: Final = Path(__file__).resolve().parent.parent.parent
_FENCE: Final = re.compile(r"^ *(```|~~~).*?^ *\1 *$", re.MULTILINE | re.DOTALL)
_CODE: Final = re.compile(r"`[^`\n]*`")
_LINK: Final = re.compile(r"!?\[[^\]]*\]\(([^()\s]+(?:\([^()\s]*\))?)\)")
_HEADING: Final = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
_OUTSIDE: Final = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)


@cache
def pages() -> tuple[Path, ...]:
    """Every Markdown file that is kept under version control, or would be."""
    return _versioned() or walked()


def _versioned() -> tuple[Path, ...]:
    """What git names; nothing where there is no git, or no repository, as in an unpacked archive."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", "*.md"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ()
    names = [name for name in listed.stdout.decode().split("\0") if name]
    return tuple(sorted(ROOT / name for name in names if (ROOT / name).exists()))


def walked() -> tuple[Path, ...]:
    """Every Markdown file but those in folders that git would leave out as well."""
    aside = ("build", "dist", "out", "__pycache__")
    found = (file for file in ROOT.rglob("*.md") if not any(part.startswith(".") or part in aside for part in file.relative_to(ROOT).parts))
    return tuple(sorted(found))


def prose(page: Path) -> str:
    """A page without its blocks of code, whose brackets are no links."""
    return _FENCE.sub("", page.read_text("utf-8"))


def links(page: Path) -> list[str]:
    """The targets of all links and images that do not leave the repository."""
    return [target for target in _LINK.findall(_CODE.sub("", prose(page))) if not _OUTSIDE.match(target)]


def missing(page: Path) -> list[str]:
    """Links and images of a page that lead nowhere."""
    return [target for target in links(page) if not _leads_somewhere(page, target)]


def _leads_somewhere(page: Path, target: str) -> bool:
    name, _, anchor = unquote(target).partition("#")
    file = (page.parent / name).resolve() if name else page
    if not file.is_relative_to(ROOT) or not file.exists():
        return False
    return not anchor or (file.suffix == ".md" and anchor in anchors(file))


def anchors(page: Path) -> set[str]:
    """The anchors that a browser makes of the headings: lower case, blanks become hyphens, punctuation goes."""
    return {_anchor(heading) for heading in _HEADING.findall(prose(page))}


def _anchor(heading: str) -> str:
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def tables(page: Path, first_heading: str) -> list[list[list[str]]]:
    """Every table whose first heading is ``first_heading``: its rows, each a list of cells."""
    found: list[list[list[str]]] = []
    rows: list[list[str]] = []
    for line in [*prose(page).splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip().strip("|").split("|")])
        elif rows:
            if rows[0][0] == first_heading:
                found.append(rows[2:])
            rows = []
    return found


def spans(text: str) -> list[str]:
    """What stands between backticks."""
    return [span.strip("`") for span in _CODE.findall(text)]
