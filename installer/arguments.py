"""argparse speaks the person's language: headings, and what is wrong with an argument. Standard library only.

argparse asks gettext, which knows only compiled catalogues. Ours are JSON, so its one function for it is replaced.
"""

from __future__ import annotations

import argparse
from typing import Final

from common.i18n import N_, tr

#: What argparse says of Python 3.11 and later; anything else stays English. Between % and the letter stand its own fields.
SAID: Final = frozenset(
    {
        N_("usage: "),
        N_("positional arguments"),
        N_("options"),
        N_("show this help message and exit"),
        N_("%(prog)s: error: %(message)s\n"),
        N_("argument %(argument_name)s: %(message)s"),
        N_("the following arguments are required: %s"),
        N_("unrecognized arguments: %s"),
        N_("invalid choice: %(value)r (choose from %(choices)s)"),
        N_("invalid %(type)s value: %(value)r"),
        N_("ambiguous option: %(option)s could match %(matches)s"),
        N_("expected one argument"),
        N_("expected at most one argument"),
        N_("expected at least one argument"),
        N_("not allowed with argument %s"),
        N_("one of the arguments %s is required"),
        N_("ignored explicit argument %r"),
    }
)


def speak() -> None:
    """From now on argparse speaks the language that is current when it speaks."""
    vars(argparse)["_"] = lambda text: tr(text) if text in SAID else text
