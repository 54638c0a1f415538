"""How a call is spoken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.i18n import CHINESE, N_, language, tr

if TYPE_CHECKING:
    from common.messages.windows import CallFacts

#: What a masked letter of a name is called aloud.
_HIDDEN_ALOUD: Final = N_("aloud|so-and-so")


def aloud(call: CallFacts) -> str:
    """In Chinese whatever language the desk speaks, for the hall's sake; the hidden letters of the name are one short word."""
    with language(CHINESE):
        spoken, hidden = [], False
        for letter in call.patient:
            if letter != "*":
                spoken.append(letter)
            elif not hidden:
                spoken.append(tr(_HIDDEN_ALOUD))
            hidden = letter == "*"
        return tr("{patient}, please come to {window} for your medicine.", patient="".join(spoken), window=call.window)


NO_VOICE: Final = N_(
    "This computer has no Chinese voice: calls stand on the screen and a chime sounds. Linux: install espeak-ng; Windows: add Chinese speech."
)
