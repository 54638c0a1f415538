"""Dispensing 发药: picking by first expiry, scanning, handing over whole or in part, what is owed after it, and opened packs."""
