"""What results say: texts in every language there is, and templates of the shapes' own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from cgkg.languages import translations
from cgkg.rdf.terms import BlankNode, Literal, Term
from cgkg.rdf.vocab import SH, XSD
from cgkg.shacl.graph import ShapesGraph, describe

_PLACE = re.compile(r"\{[?$](\w+)\}")


def say(message: str, **values: object) -> tuple[Literal, ...]:
    """A message of cgkg's own, which is marked for translation, in all languages."""
    texts = translations(message, **values)
    return tuple(Literal(text, language=language) for language, text in texts.items())


def fill(templates: Iterable[Literal], bindings: Mapping[str, Term]) -> tuple[Literal, ...]:
    """Messages with values in the places `{?name}` and `{$name}` (SHACL §5.2.1, 6.2.1).

    A place whose name has no value stays as it is, and a blank node is `[]`: its label may be
    another one each time that the data are read. The language of a message is kept.
    """

    def value(match: re.Match[str]) -> str:
        term = bindings.get(match[1])
        if term is None:
            return match[0]
        return "[]" if isinstance(term, BlankNode) else term.value

    return tuple(
        Literal(_PLACE.sub(value, each.value), language=each.language)
        if each.language
        else Literal(_PLACE.sub(value, each.value))
        for each in templates
    )


def read_messages(graph: ShapesGraph, node: Term) -> tuple[Literal, ...]:
    """The messages of a shape or constraint, in the order of their languages."""
    texts = []
    for value in graph.values(node, SH.message):
        if not isinstance(value, Literal) or not (value.language or value.datatype == XSD.string):
            what = f"sh:message is a text, not {describe(value)}"
            raise graph.error(what, node, SH.message)
        texts.append(value)
    return tuple(sorted(texts, key=lambda text: (text.language or "", text.value)))
