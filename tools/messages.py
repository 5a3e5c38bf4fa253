"""Collect what pages and messages say, and bring the catalogues of all languages up to date.

    python tools/messages.py            # after a change of words
    python tools/messages.py fr         # begin a language
    python tools/messages.py --check    # change nothing; 1 if a catalogue is not up to date

Words come from the Python modules, the templates of pages and of `cgkg init`, and the browser's
scripts. A catalogue loses the
words that the source no longer has, and the new ones are listed until they are translated.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from cgkg.authoring.templates import messages as messages_of_template
from cgkg.languages import compiled

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = Path("src/cgkg")
LOCALE = PACKAGE / "locale"
CATALOGUE = Path("LC_MESSAGES/cgkg.po")
METHODS = {
    "**/*.py": "python",
    "web/templates/*.html": "jinja2.ext:babel_extract",
    "web/browser/*.js": "javascript",
}
TEMPLATES = PACKAGE / "starter"  # of `cgkg init`
KEYWORDS = {
    "_": None, "gettext": None, "N_": None, "M_": None, "translations": None, "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2), "NP_": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
OPTIONS = {"silent": "false", "trim_blocks": "true", "lstrip_blocks": "true"}
HEADER = """\
# What cgkg says on pages and in messages.
# Licensed as cgkg itself (LICENSE).
"""
_UNKEPT = re.compile(
    rb'"(?:Project-Id|Report-Msgid|POT-Creation|PO-Revision|Last-Tr|Language-Team|Generated)[^:]*: '
)
_SLOT = re.compile(r"\{(\w*)[^{}]*\}|%\((\w+)\)s")


def extracted(root: Path = ROOT) -> Catalog:
    """Every message of the source, with the files that have it."""
    found = Catalog(charset="utf-8", header_comment=HEADER)
    for pattern, method in METHODS.items():
        for path in sorted((root / PACKAGE).glob(pattern)):
            for _, message, comments, context in extract_from_file(
                method, path, KEYWORDS, ("translators:",), OPTIONS, strip_comment_tags=True
            ):
                place = (path.relative_to(root).as_posix(), 1)
                found.add(message, locations=[place], auto_comments=comments, context=context)
    for path in sorted(path for path in (root / TEMPLATES).rglob("*") if path.is_file()):
        place = (path.relative_to(root).as_posix(), 1)
        for message in messages_of_template(path.name, path.read_text("utf-8")):
            found.add(message, locations=[place], context="starter")
    return found


def catalogues(root: Path = ROOT) -> dict[str, Path]:
    """The catalogue of every language."""
    return {p.parent.parent.name: p for p in sorted((root / LOCALE).glob(f"*/{CATALOGUE}"))}


def updated(path: Path, messages: Catalog) -> bytes:
    """The catalogue in this file with exactly these messages, in their order."""
    with path.open("rb") as file:
        catalogue = read_po(file)
    catalogue.update(messages, no_fuzzy_matching=True)
    return written(catalogue)


def written(catalogue: Catalog) -> bytes:
    """The catalogue as a file."""
    catalogue.header_comment = HEADER
    body = io.BytesIO()
    write_po(body, catalogue, width=100, ignore_obsolete=True, include_lineno=False)
    # Dates, people and versions of tools are for git; they would change without a change of words.
    lines = body.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if not _UNKEPT.match(line))


def faults(body: bytes) -> Iterator[str]:
    """What is wrong with a catalogue: words untranslated, in doubt, gone, or with other slots."""
    catalogue = read_po(io.BytesIO(body))
    for message in catalogue.obsolete.values():
        yield f"no longer in the source: {_shown(message)}"
    for message in catalogue:
        if not message.id:
            continue
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        if not all(texts):
            yield f"not translated: {_shown(message)}"
        elif message.fuzzy:
            yield f"in doubt (fuzzy): {_shown(message)}"
        elif any(slots(str(text)) != slots(_last(message)) for text in texts):
            yield f"other slots than in English: {_shown(message)}"


def slots(text: str) -> set[str]:
    """The names in braces or percent signs that values take the place of."""
    return {one or other for one, other in _SLOT.findall(text)}


def _last(message: Message) -> str:
    return message.id[-1] if isinstance(message.id, (tuple, list)) else message.id


def _shown(message: Message) -> str:
    context = f"[{message.context}] " if message.context else ""
    return context + repr(_last(message))


def begin(language: str, messages: Catalog, root: Path = ROOT) -> Path:
    """An empty catalogue for a language."""
    path = root / LOCALE / language.replace("-", "_") / CATALOGUE
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue = Catalog(locale=language.replace("-", "_"), charset="utf-8")
    catalogue.update(messages)
    path.write_bytes(written(catalogue))
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("language", nargs="?", help="a language to begin, such as fr")
    parser.add_argument("--check", action="store_true", help="change nothing")
    options = parser.parse_args()
    messages = extracted()
    if options.language and options.language.replace("-", "_") not in catalogues():
        print(f"began {begin(options.language, messages).relative_to(ROOT)}")
    wrong = 0
    for language, path in catalogues().items():
        body = updated(path, messages)
        stale = body != path.read_bytes()
        if not options.check:
            path.write_bytes(body)
            path.with_suffix(".mo").write_bytes(compiled(path))
        found = list(faults(body))
        print(*(f"{language}: {fault}" for fault in found), sep="\n", end="\n" if found else "")
        state = "not up to date" if stale and options.check else f"{len(messages)} messages"
        print(f"{language}: {state}, {len(found)} to look at")
        wrong += len(found) + (stale and options.check)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
