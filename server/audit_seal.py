"""The sealer of the audit trail: hashes new entries into a Merkle tree and signs its root, outside the transactions that it seals.

An entry is sealed once every transaction that began before its own has ended, so that the order of leaves never changes. Each signed checkpoint
is also appended to ``audit-checkpoints.log`` beside the key: whoever can rewrite the database but not that file cannot hide it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from server.db import Read, Write
from server.merkle import Frontier, leaf_hash
from server.metrics import SEALED
from server.tls import signing_key

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    import psycopg

    from server.db import Database, Row

_ONE_SEALER: Final = Write("SELECT pg_try_advisory_xact_lock(7307)")
_LEAVES: Final = Read("SELECT hash FROM audit_leaf WHERE leaf >= %(first)s ORDER BY leaf")
_COUNT: Final = Read("SELECT coalesce(max(leaf) + 1, 0) FROM audit_leaf")
#: Everything that an entry says, in one text that does not depend on the server's settings.
ENTRY_TEXT: Final = (
    "jsonb_build_array(e.id, e.xid::text, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), e.staff_id, e.session_id, e.desk_id,"
    " e.act, e.patient_id, e.request_id, e.subjects, e.detail)::text"
)
_NEW: Final = Read(
    f"SELECT e.id, {ENTRY_TEXT}, e.xid::text FROM audit_entry e"
    " WHERE e.xid >= %(from_xid)s::text::xid8 AND e.xid < pg_snapshot_xmin(pg_current_snapshot())"
    " AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id) ORDER BY e.xid, e.id LIMIT 5000"
)
_SEAL: Final = Write("INSERT INTO audit_leaf (leaf, entry_id, hash) VALUES (%(leaf)s, %(entry_id)s, %(hash)s)")
_LATEST: Final = Read(
    "SELECT c.size, c.edge, e.xid::text FROM audit_checkpoint c JOIN audit_leaf l ON l.leaf = c.size - 1 JOIN audit_entry e ON e.id = l.entry_id"
    " WHERE c.edge IS NOT NULL ORDER BY c.size DESC LIMIT 1"
)
_CHECKPOINT: Final = Write(
    "INSERT INTO audit_checkpoint (size, root, at, key_id, signature, edge)"
    " VALUES (%(size)s, %(root)s, %(at)s, %(key_id)s, %(signature)s, %(edge)s)"
)


def statement(size: int, root: bytes, at: datetime) -> bytes:
    """What a checkpoint's signature is over."""
    return f"xinglin audit checkpoint\n{size}\n{root.hex()}\n{int(at.timestamp() * 1_000_000)}\n".encode()


class Sealer:
    """Seals when asked. Several processes may ask; one at a time does it."""

    def __init__(self, database: Database, keys: Path) -> None:
        self._database = database
        self._keys = keys
        self._key = signing_key(keys)
        self._key_id = self._key.public_key().public_bytes_raw().hex()[:16]
        self._tree = Frontier()
        #: Every entry of an earlier transaction is sealed.
        self._from_xid = "0"

    def seal(self, at: datetime) -> int:
        """Hash the entries that are ready and sign the tree over all; gives back how many."""
        connection = self._database.of_thread()
        total = 0
        while True:
            try:
                with connection.transaction():
                    if connection.execute(_ONE_SEALER.bytes).fetchone() != (True,):
                        return total
                    checkpoint, sealed = self._seal_some(connection, at)
            except BaseException:
                self._tree, self._from_xid = Frontier(), "0"  # what was added to them here is not in the database
                raise
            if checkpoint is not None:
                self._write_down(checkpoint)
            total += sealed
            if sealed < 5000:
                return total

    def _seal_some(self, connection: psycopg.Connection[Row], at: datetime) -> tuple[dict[str, Any] | None, int]:
        self._catch_up(connection)
        rows = connection.execute(_NEW.bytes, {"from_xid": self._from_xid}).fetchall()
        if not rows:
            return None, 0
        leaves = []
        for entry_id, text, self._from_xid in rows:
            digest = leaf_hash(text.encode())
            leaves.append({"leaf": self._tree.size, "entry_id": entry_id, "hash": digest})
            self._tree.add(digest)
        with connection.cursor() as cursor:
            cursor.executemany(_SEAL.bytes, leaves)
        root = self._tree.root()
        checkpoint = {
            "size": self._tree.size,
            "root": root,
            "at": at,
            "key_id": self._key_id,
            "signature": self._key.sign(statement(self._tree.size, root, at)),
        }
        connection.execute(_CHECKPOINT.bytes, {**checkpoint, "edge": self._tree.keep()})
        SEALED.set(self._tree.size)
        return checkpoint, len(rows)

    def _catch_up(self, connection: psycopg.Connection[Row]) -> None:
        """Take in what another process sealed, or start anew if this process's last batch was rolled back."""
        row = connection.execute(_COUNT.bytes).fetchone()
        count = row[0] if row else 0
        if count < self._tree.size:
            self._tree, self._from_xid = Frontier(), "0"
        if self._tree.size == 0 and count:
            self._take_up(connection)
        if count > self._tree.size:
            for (digest,) in connection.execute(_LEAVES.bytes, {"first": self._tree.size}):
                self._tree.add(bytes(digest))

    def _take_up(self, connection: psycopg.Connection[Row]) -> None:
        """Begin where the last checkpoint ended instead of at the first entry."""
        row = connection.execute(_LATEST.bytes).fetchone()
        if row is not None:
            self._tree, self._from_xid = Frontier.restored(row[0], bytes(row[1])), row[2]

    def _write_down(self, checkpoint: dict[str, Any]) -> None:
        line = {key: value.hex() if isinstance(value, bytes) else value for key, value in checkpoint.items() if key != "at"}
        line["at"] = checkpoint["at"].isoformat()
        with (self._keys / "audit-checkpoints.log").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
