"""The service's certificate, made at its first start, and its SHA-256 fingerprint that desks pin when they are paired."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import os
import socket
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from pathlib import Path

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


def certificate(folder: Path) -> tuple[Path, Path, bytes]:
    """Certificate file, key file and fingerprint; made now if there are none."""
    certificate_file, key_file = folder / "service.crt", folder / "service.key"
    if not (certificate_file.exists() and key_file.exists()):
        _make(certificate_file, key_file)
    made = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    return certificate_file, key_file, made.fingerprint(hashes.SHA256())


def _make(certificate_file: Path, key_file: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
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
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_private(key_file, private)
    certificate_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))


def signing_key(folder: Path) -> ed25519.Ed25519PrivateKey:
    """The key that signs the audit trail's checkpoints; made now if there is none. Its public half is written beside it."""
    path = folder / "audit.key"
    if not path.exists():
        key = ed25519.Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        (folder / "audit.pub").parent.mkdir(parents=True, exist_ok=True)
        write_private(path, key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        (folder / "audit.pub").write_bytes(public)
    loaded = serialization.load_pem_private_key(path.read_bytes(), password=None)
    assert isinstance(loaded, ed25519.Ed25519PrivateKey)
    return loaded
