"""The audit trail: what plain SQL can tell of it, and the Merkle tree over it, computed anew."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from common.i18n import N_
from server.audit_seal import ENTRY_TEXT, statement
from server.check.rule import Rule
from server.merkle import Frontier, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psycopg

    from server.db import Row

AUDIT: Final = (
    Rule(
        "request_audited",
        "request_log",
        N_("{count} requests that were carried out have not exactly one audit entry of their own."),
        "SELECT r.id::text AS id, r.name, count(e.id) AS entries FROM request_log r"
        " LEFT JOIN audit_entry e ON e.request_id = r.id AND e.act = r.name AND e.staff_id IS NOT DISTINCT FROM r.staff_id"
        " GROUP BY r.id, r.name HAVING count(e.id) <> 1",
    ),
    Rule(
        "audited_requested",
        "audit_entry",
        N_("{count} audit entries tell of a request that was never carried out."),
        "SELECT e.id, e.act, e.request_id::text AS request FROM audit_entry e LEFT JOIN request_log r ON r.id = e.request_id"
        " WHERE e.request_id IS NOT NULL AND r.id IS NULL AND e.act NOT LIKE '%%\\_refused'",
    ),
    Rule(
        "entry_skipped",
        "audit_entry",
        N_("{count} audit entries were left out when later ones were sealed: they were slipped in afterwards."),
        "SELECT e.id, e.act, e.at FROM audit_entry e WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)"
        " AND e.xid < (SELECT max(s.xid) FROM audit_entry s JOIN audit_leaf l ON l.entry_id = s.id)",
    ),
    Rule(
        "entry_unsealed",
        "audit_entry",
        N_("{count} audit entries are older than a day and not sealed: does the service run?"),
        "SELECT e.id, e.act, e.at FROM audit_entry e WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)"
        " AND EXISTS (SELECT FROM audit_checkpoint) AND e.at < now() - interval '1 day'",
    ),
)

LEAF_MISSING: Final = N_("{count} leaves of the audit tree are missing.")
ENTRY_MISSING: Final = N_("{count} audit entries that were sealed are gone.")
ENTRY_CHANGED: Final = N_("{count} audit entries were changed after they were sealed.")
ROOT_WRONG: Final = N_("{count} checkpoints do not fit the audit tree: it was rewritten.")
SIGNATURE_WRONG: Final = N_("{count} checkpoints are not signed with this service's key.")
TRUNCATED: Final = N_("{count} checkpoints tell of more audit entries than there are: the end was cut off.")
CHECKPOINT_GONE: Final = N_("{count} checkpoints that were written down in the file beside the key are gone from the database, or differ.")
KEY_MISSING: Final = N_("{count} checkpoints cannot be verified, since the key's public half is not there: name its folder with --keys.")
LOG_UNREADABLE: Final = N_("{count} lines of the file beside the key cannot be read.")

#: Name of each check of the tree → its table and sentence.
TREE: Final = {
    "leaf_missing": ("audit_leaf", LEAF_MISSING),
    "entry_missing": ("audit_leaf", ENTRY_MISSING),
    "entry_changed": ("audit_leaf", ENTRY_CHANGED),
    "checkpoint_root": ("audit_checkpoint", ROOT_WRONG),
    "checkpoint_signature": ("audit_checkpoint", SIGNATURE_WRONG),
    "checkpoint_key": ("audit_checkpoint", KEY_MISSING),
    "trail_truncated": ("audit_checkpoint", TRUNCATED),
    "checkpoint_gone": ("audit_checkpoint", CHECKPOINT_GONE),
    "checkpoint_log": ("audit_checkpoint", LOG_UNREADABLE),
}

_LEAVES: Final = (
    f"SELECT l.leaf, l.entry_id, l.hash, {ENTRY_TEXT} FROM audit_leaf l LEFT JOIN audit_entry e ON e.id = l.entry_id ORDER BY l.leaf"
)
_CHECKPOINTS: Final = "SELECT size, root, at, signature FROM audit_checkpoint ORDER BY size"
_SAME_CHECKPOINT: Final = "SELECT root FROM audit_checkpoint WHERE size = %(size)s"


class LoggedCheckpoint(msgspec.Struct, frozen=True):
    """A line of ``audit-checkpoints.log``."""

    size: int
    root: bytes


class Log(msgspec.Struct, frozen=True):
    """The file beside the key: its checkpoints by size, and the numbers of lines that cannot be read."""

    checkpoints: tuple[LoggedCheckpoint, ...] = ()
    unreadable: tuple[int, ...] = ()


def read_log(keys: Path) -> Log:
    """The checkpoints that the sealer wrote down. Read it before the database: a checkpoint is committed first and written down then."""
    file = keys / "audit-checkpoints.log"
    if not file.exists():
        return Log()
    found, bad = [], []
    for number, line in enumerate(file.read_text("utf-8", errors="replace").splitlines(), 1):
        try:
            told = json.loads(line)
            found.append(LoggedCheckpoint(int(told["size"]), bytes.fromhex(told["root"])))
        except (ValueError, KeyError, TypeError):
            bad.append(number)
    return Log(tuple(sorted(found, key=lambda checkpoint: checkpoint.size)), tuple(bad))


def public_key(keys: Path) -> Ed25519PublicKey | None:
    """The public half of the key that signs checkpoints, if it is there."""
    file = keys / "audit.pub"
    if not file.exists():
        return None
    loaded = serialization.load_pem_public_key(file.read_bytes())
    return loaded if isinstance(loaded, Ed25519PublicKey) else None


Breach = tuple[str, dict[str, Any]]


class TreeWalk:
    """One pass over leaves and checkpoints, both in order; yields what is wrong, holds only the tree's right edge."""

    def __init__(self, connection: psycopg.Connection[Row], keys: Path, log: Log) -> None:
        self._connection = connection
        self._log = log
        self._key = public_key(keys)
        self._tree = Frontier()
        self._cursors = 0
        #: No leaf is missing so far. After a gap no root can fit, which says nothing new.
        self._whole = True
        #: The number that the next leaf should have.
        self.leaves = 0

    def breaches(self) -> Iterator[Breach]:
        """Every breach as (check's name, facts)."""
        roots = self._roots_wanted()
        wanted = next(roots, None)
        for leaf, entry_id, digest, text in self._rows(_LEAVES):
            if leaf != self.leaves:
                yield "leaf_missing", {"id": self.leaves, "until": leaf - 1}
                self._whole = False
            self.leaves = leaf + 1
            yield from _entry_breaches(entry_id, bytes(digest), text)
            self._tree.add(bytes(digest))
            while wanted is not None and wanted[0] <= self._tree.size:
                yield from self._compare(*wanted)
                wanted = next(roots, None)
        while wanted is not None:
            if wanted[0] > self.leaves:
                yield "trail_truncated", {"id": wanted[0], "leaves": self.leaves}
            wanted = next(roots, None)
        yield from self._checkpoints()
        yield from self._logged()

    def _rows(self, sql: str) -> Iterator[Row]:
        """Rows through a server-side cursor, so that millions need no more memory than hundreds."""
        self._cursors += 1
        with self._connection.cursor(f"check_{self._cursors}") as cursor:
            cursor.itersize = 5000
            cursor.execute(sql)
            yield from cursor

    def _roots_wanted(self) -> Iterator[tuple[int, bytes]]:
        """(size, root) of every checkpoint, of the database and of the file, by size."""
        logged = {(c.size, c.root) for c in self._log.checkpoints}
        stored = self._rows(_CHECKPOINTS)
        waiting = sorted(logged)
        for size, root, _, _ in stored:
            while waiting and waiting[0][0] < size:
                yield waiting.pop(0)
            if waiting and waiting[0] == (size, bytes(root)):
                waiting.pop(0)
            yield size, bytes(root)
        yield from waiting

    def _compare(self, size: int, root: bytes) -> Iterator[Breach]:
        if self._whole and size == self._tree.size and root != self._tree.root():
            yield "checkpoint_root", {"id": size}

    def _checkpoints(self) -> Iterator[Breach]:
        for size, root, at, signature in self._rows(_CHECKPOINTS):
            if self._key is None:
                yield "checkpoint_key", {"id": size}
            elif not _signed(self._key, bytes(signature), statement(size, bytes(root), at)):
                yield "checkpoint_signature", {"id": size}

    def _logged(self) -> Iterator[Breach]:
        for checkpoint in self._log.checkpoints:
            row = self._connection.execute(_SAME_CHECKPOINT, {"size": checkpoint.size}).fetchone()
            if row is None or bytes(row[0]) != checkpoint.root:
                yield "checkpoint_gone", {"id": checkpoint.size, "in_database": row is not None}
        for line in self._log.unreadable:
            yield "checkpoint_log", {"id": line}


def _entry_breaches(entry_id: int, digest: bytes, text: str | None) -> Iterator[Breach]:
    # Without its entry the text still is an array, of nothing but nulls.
    if text is None or text.startswith("[null"):
        yield "entry_missing", {"id": entry_id}
    elif leaf_hash(text.encode()) != digest:
        yield "entry_changed", {"id": entry_id}


def _signed(key: Ed25519PublicKey, signature: bytes, said: bytes) -> bool:
    try:
        key.verify(signature, said)
    except InvalidSignature:
        return False
    return True
