"""Where the desk's secret is kept: the system's keyring, or, where there is none, a file that only its user can read."""

from __future__ import annotations

import os
import sys
from typing import Final

from common import places

_NAME: Final = "xinglin-desk"
_FILE: Final = "desk.secret"


def keep(url: str, desk_id: int, secret: str) -> str:
    """Keep the secret. Returns where: empty for the keyring, else the file's path, which a person should be told."""
    if _in_keyring(url, desk_id, secret):
        return ""
    file = places.data_folder() / _FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as opened:
        opened.write(f"{_account(url, desk_id)}\n{secret}\n")
    return str(file)


def find(url: str, desk_id: int) -> str:
    """The secret, or an empty string if it is nowhere: the desk has to be paired again."""
    file = places.data_folder() / _FILE
    if file.is_file():
        account, _, rest = file.read_text(encoding="utf-8").partition("\n")
        if account == _account(url, desk_id):
            return rest.strip()
    return _from_keyring(url, desk_id)


def _account(url: str, desk_id: int) -> str:
    return f"{desk_id}@{url}"


def _in_keyring(url: str, desk_id: int, secret: str) -> bool:
    if not _has_session():
        return False
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(_NAME, _account(url, desk_id), secret)
        return keyring.get_password(_NAME, _account(url, desk_id)) == secret
    except KeyringError:
        return False


def _from_keyring(url: str, desk_id: int) -> str:
    if not _has_session():
        return ""
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(_NAME, _account(url, desk_id)) or ""
    except KeyringError:
        return ""


def _has_session() -> bool:
    """A Linux without a session bus has no keyring; asking for one there takes long and ends in nothing."""
    return sys.platform != "linux" or bool(os.environ.get("DBUS_SESSION_BUS_ADDRESS"))
