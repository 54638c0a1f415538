"""The service's certificate, made at its first start, and its SHA-256 fingerprint that desks pin when they are paired."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import os
import socket
import tempfile
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_YEARS: Final = 20


def write_private(path: Path, content: bytes) -> None:
    """Write a secret that only its owner can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    with contextlib.suppress(FileNotFoundError):
        temporary.unlink()
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    temporary.replace(path)


def _keep_first(path: Path, content: bytes) -> None:
    """Write ``path`` whole unless it is there: of two services that start at once on one folder, the first one's stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # readable by its owner alone
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink()


def certificate(folder: Path) -> tuple[Path, Path, bytes]:
    """Certificate file, key file and fingerprint; made now if there are none."""
    certificate_file, key_file = folder / "service.crt", folder / "service.key"
    if not (certificate_file.exists() and key_file.exists()):
        _make(certificate_file, key_file)
    made = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    return certificate_file, key_file, made.fingerprint(hashes.SHA256())


def _make(certificate_file: Path, key_file: Path) -> None:
    if not key_file.exists():
        _keep_first(key_file, _private_pem(ec.generate_private_key(ec.SECP256R1())))
    key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    if certificate_file.exists() and x509.load_pem_x509_certificate(certificate_file.read_bytes()).public_key() != key.public_key():
        certificate_file.unlink()  # it belongs to a key that is gone
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Xinglin {socket.gethostname()}"[:64])])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=365 * _YEARS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    _keep_first(certificate_file, made.public_bytes(serialization.Encoding.PEM))


def _private_pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def signing_key(folder: Path) -> ed25519.Ed25519PrivateKey:
    """The key that signs the audit trail's checkpoints; made now if there is none. Its public half is written beside it."""
    path = folder / "audit.key"
    if not path.exists():
        _keep_first(path, _private_pem(ed25519.Ed25519PrivateKey.generate()))
    loaded = serialization.load_pem_private_key(path.read_bytes(), password=None)
    assert isinstance(loaded, ed25519.Ed25519PrivateKey)
    public = folder / "audit.pub"
    if not public.exists():
        _keep_first(public, loaded.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    return loaded
