"""Readers of Chinese identity cards 二代身份证 and of the two cards that look like them."""

from devices.idcard.protocol import IdCard, IdCardKind, IdCardReader

__all__ = ["IdCard", "IdCardKind", "IdCardReader"]
