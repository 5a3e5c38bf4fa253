"""What results say: texts in every language there is, and templates of the shapes' own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from cgkg.languages import translations
from cgkg.rdf.terms import Literal, Term

_PLACE = re.compile(r"\{[?$](\w+)\}")


def say(message: str, **values: object) -> tuple[Literal, ...]:
    """A message of cgkg's own, which is marked for translation, in all languages."""
    texts = translations(message, **values)
    return tuple(Literal(text, language=language) for language, text in texts.items())


def fill(templates: Iterable[Literal], bindings: Mapping[str, Term]) -> tuple[Literal, ...]:
    """Messages with values in the places `{?name}` and `{$name}` (SHACL §5.2.1, 6.2.1).

    A place whose name has no value stays as it is. The language of a message is kept.
    """

    def value(match: re.Match[str]) -> str:
        term = bindings.get(match[1])
        return match[0] if term is None else term.value

    return tuple(
        Literal(_PLACE.sub(value, each.value), language=each.language)
        if each.language
        else Literal(_PLACE.sub(value, each.value))
        for each in templates
    )


def mentions(templates: Iterable[Literal]) -> bool:
    """Whether a template has a place for a value."""
    return any(_PLACE.search(each.value) for each in templates)
