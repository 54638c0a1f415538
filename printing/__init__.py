"""Paper: documents (data) → backends (bytes) → spool (a journal of what was sent). Everything can be drawn again from its bytes.

Start at :mod:`printing.catalog` (what can be printed on what), :mod:`printing.spool` (sending it) and
:mod:`printing.render` (looking at it).
"""
