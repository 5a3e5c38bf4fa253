"""What is said of a clause: a gist that says something, and a mode that there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from cgkg.document.spans import Span
from cgkg.languages import N_, translations
from cgkg.project.sources import Sources
from cgkg.rdf.terms import IRI, Literal, Triple, parts
from cgkg.rdf.vocab import CG, RDF
from cgkg.validation.remedies import instead
from cgkg.validation.report import Finding

__all__ = ["DescribedClauses"]

_EMPTY = N_("the gist says nothing")
_WRITE = N_("say in your own words what the clause says, or take it out")
_MODE = N_("there is no mode {mode}")
_MODES = N_("the modes are: {modes}")


class DescribedClauses:
    """Checks what is said of clauses; the modes are those that the project describes.

    Args:
        sources: the project; its concepts and registry are taken from it once.
    """

    def __init__(self, sources: Sources) -> None:
        self._modes = {
            triple.subject.value: triple.subject
            for triple in (*sources.concepts, *sources.registry)
            if triple.predicate == RDF.type
            and triple.object == CG.AssertionMode
            and isinstance(triple.subject, IRI)
        }

    def check(self, sources: Sources, span: Span) -> Iterator[Finding]:
        """What is wrong with what is said of a clause."""
        for triple in sources.said.get(span.iri, ()):
            if triple.predicate == CG.gist:
                if isinstance(triple.object, Literal) and not triple.object.value.strip():
                    yield _finding("gist", translations(_EMPTY), triple, translations(_WRITE))
            elif triple.predicate == CG.assertionMode and self._modes:
                yield from self._check_mode(triple)

    def _check_mode(self, triple: Triple) -> Iterator[Finding]:
        mode = triple.object
        if isinstance(mode, IRI) and mode.value in self._modes:
            return
        written = mode.value if isinstance(mode, IRI | Literal) else str(mode)
        near = get_close_matches(written, self._modes, 1, 0.9)
        remedy: tuple[tuple[Triple, Triple], ...] = ()
        if near and isinstance(mode, IRI):
            remedy = instead(triple, mode, self._modes[near[0]])
        modes = ", ".join(f"<{each}>" for each in sorted(self._modes))
        yield _finding(
            "mode",
            translations(_MODE, mode="<" + written + ">"),
            triple,
            translations(_MODES, modes=modes),
            remedy,
        )


def _finding(
    code: str,
    message: Mapping[str, str],
    triple: Triple,
    hint: Mapping[str, str],
    remedy: tuple[tuple[Triple, Triple], ...] = (),
) -> Finding:
    focus, predicate, value = parts(triple)
    return Finding(
        "violation",
        code,
        message,
        focus=focus,
        predicate=predicate,
        value=value,
        hint=hint,
        remedy=remedy,
    )
