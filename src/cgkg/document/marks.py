"""Marks of documents, each in every form that is set: `,` and the full-width one beside it.

All that is not ASCII stands here as an escape. Typed as itself, a full-width mark looks like its
ASCII form, and a tool that tidies text makes the two one; then Chinese is cut wrongly, in silence.

The names are strings to be put into a character class, `DASHES` at its end.
"""

from __future__ import annotations

import unicodedata
from typing import Final

FULL_STOP: Final = "\u3002\uff61"
STOPS: Final = f"{FULL_STOP}!\uff01?\uff1f"
"""What ends a sentence wherever it stands; the ASCII full stop needs its surroundings."""
PAUSES: Final = ",\uff0c;\uff1b:\uff1a"
"""What ends a clause within a sentence. The enumeration comma does not: it joins words."""
OPEN: Final = "(\uff08"
CLOSE: Final = ")\uff09"
POINT: Final = ".\uff0e"
ENUMERATION: Final = "\u3001"
PERCENT: Final = "%\uff05"
SLASH: Final = "/\uff0f"
INDENT: Final = "\u3000"
DASHES: Final = "\u2010-\u2015\u301c~-"
"""Hyphens, dashes and tildes, the ASCII hyphen last."""
DOTS: Final = "\u00b7\u2022\u2027\u30fb"
"""What stands between the parts of a foreign name."""

QUOTED: Final = (
    "\u300a\u300b",  # titles
    "\u3008\u3009",  # titles within titles
    "\u201c\u201d",
    "\u2018\u2019",
    "\u300c\u300d",
    "\u300e\u300f",
)
"""Pairs that a name stands between; straight quotes do not say which of them opens."""
QUOTES: Final = "".join(QUOTED)
CLOSING: Final = CLOSE + "".join(pair[1] for pair in QUOTED) + "\u3011\u3015"
"""What may follow the stop of a sentence and belongs to it."""


def narrow(text: str) -> str:
    """The text with full-width letters, digits, marks and blanks as ASCII ones (NFKC)."""
    return unicodedata.normalize("NFKC", text)
