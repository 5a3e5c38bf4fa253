"""Constraints on single terms as conditions in SPARQL, for an engine to pick what may break them.

A condition errs on one side only, whatever an engine makes of numbers, patterns and lexical forms:
what `surely` selects conforms, what `perhaps` leaves out does not. The rest is judged elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from cgkg.rdf.terms import IRI, Literal, Term
from cgkg.rdf.vocab import RDF, SH, XSD
from cgkg.reasoning.rules.datatypes import known
from cgkg.shacl.evaluation import Constraint
from cgkg.shacl.value_constraints import (
    DatatypeConstraint,
    InConstraint,
    LanguageInConstraint,
    LengthConstraint,
    NodeKindConstraint,
    PatternConstraint,
    RangeConstraint,
)

TRUE, FALSE = "true", "false"
_DAY = (
    "[1-9][0-9]{3}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)"
    "|(0[13578]|1[02])-31)"
)
_CLOCK = "T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_FLOATING = "[+-]?[0-9]{1,17}([.][0-9]{1,17})?([eE][+-]?[0-9]{1,2})?"
# Lexical forms of datatypes, of which none is ill-formed; there may be others.
_FORMS = {
    XSD.integer: "[+-]?[0-9]{1,17}",
    XSD.nonNegativeInteger: "[0-9]{1,17}",
    XSD.positiveInteger: "[1-9][0-9]{0,16}",
    XSD.long: "-?[0-9]{1,17}",
    XSD.int: "-?[0-9]{1,9}",
    XSD.decimal: "[+-]?[0-9]{1,17}([.][0-9]{1,17})?",
    XSD.double: _FLOATING,
    XSD.float: _FLOATING,
    XSD.boolean: "(true|false|0|1)",
    XSD.date: f"{_DAY}(Z|[+-]0[0-9]:[0-5][0-9])?",
    XSD.dateTime: f"{_DAY}{_CLOCK}([.][0-9]{{1,9}})?(Z|[+-]0[0-9]:[0-5][0-9])?",
    XSD.gYear: "[1-9][0-9]{3}",
}
_FREE = (XSD.string, XSD.anyURI)  # any text is one of theirs
# Numbers short enough for every engine, and days and moments that compare as their texts do.
_EXACT = "[+-]?([0-9]{1,17}|[0-9]{1,9}[.][0-9]{1,8})"
_DOUBLE = "[+-]?[0-9]{1,17}([.][0-9]{1,17})?([eE][+-]?[0-9]{1,2})?"
_TEXTUAL = {XSD.date: _DAY, XSD.dateTime: _DAY + _CLOCK}
_EXACT_TYPES = (XSD.integer, XSD.decimal)
# Regular expressions that mean the same to every engine: letters, sets of letters, counts.
_LETTER = "[A-Za-z0-9 _/:;,@#%=<>!\"'~\u00a1-\u167f\u1681-\u1fff\u2030-\ud7ff\uf900-\ufaff-]"
_ESCAPE = r"\\[-.\\?*+{}()|^$\[\]d]"
_SET = rf"\[\^?(?:[A-Za-z0-9]-[A-Za-z0-9]|(?![-~]){_LETTER}|[.*+?(){{}}|$]|{_ESCAPE})+\]"
_COUNT = r"\{[0-9]{1,3}(?:,[0-9]{0,3})?\}"
_PLAIN = re.compile(rf"(?:{_LETTER}|{_ESCAPE}|{_SET}|{_COUNT}|[.^$|)*+?]|\((?!\?))*")
_PIECES = re.compile(r"\\.|\[\^|.")
_OPEN = {"\\d", "[^", "."}  # what may mean more beyond ASCII
_BREAKS = str(Literal("[\n\r\u0085\u2028\u2029]"))


def both(conditions: Iterable[str]) -> str:
    """All of some conditions."""
    kept = [each for each in conditions if each != TRUE]
    if FALSE in kept:
        return FALSE
    return " && ".join(f"({each})" for each in kept) or TRUE


def either(conditions: Iterable[str]) -> str:
    """One of some conditions."""
    kept = [each for each in conditions if each != FALSE]
    if TRUE in kept:
        return TRUE
    return " || ".join(f"({each})" for each in kept) or FALSE


def negated(condition: str) -> str:
    """The contrary of a condition."""
    return {TRUE: FALSE, FALSE: TRUE}.get(condition) or f"!({condition})"


def sound(condition: str) -> str:
    """The condition, false where it is an error."""
    return condition if condition in (TRUE, FALSE) else f"COALESCE({condition}, false)"


def is_same(variable: str, term: Term) -> str:
    """Whether a value is a term as it is written, whatever is equal to that."""
    if isinstance(term, IRI):
        return f"sameTerm({variable}, {term})"
    if not isinstance(term, Literal):
        return FALSE
    kind = f"DATATYPE({variable}) = {term.datatype}"
    if term.language is not None:
        kind = f"LANG({variable}) = {Literal(term.language)}"
    return f"isLiteral({variable}) && STR({variable}) = {Literal(term.value)} && {kind}"


def surely(constraint: Constraint, variable: str) -> str:
    """A condition under which a value conforms; an error is none. `FALSE` if none is known."""
    match constraint:
        case NodeKindConstraint() | InConstraint():
            return perhaps(constraint, variable)
        case DatatypeConstraint(datatype):
            if datatype in _FREE or datatype == RDF.langString or not known(datatype):
                return perhaps(constraint, variable)
            form = _FORMS.get(datatype)
            if form is None:
                return FALSE
            return f"{perhaps(constraint, variable)} && {_has_form(variable, form)}"
        case RangeConstraint(_, sign, bound):
            return _compared_with(variable, sign, bound)
        case LengthConstraint(_, limit, least):
            return _measured(variable, limit, least)
        case PatternConstraint():
            return _matched(variable, constraint)
        case LanguageInConstraint(languages):
            tag = f"LCASE(LANG({variable}))"
            return either(_in_language(tag, each.lower()) for each in languages if each)
    return FALSE


def perhaps(constraint: Constraint, variable: str) -> str:
    """A condition without which no value conforms; an error is none. `TRUE` if none is known."""
    match constraint:
        case NodeKindConstraint(kind):
            wanted = SH.local(kind)
            names = [name for name in ("BlankNode", "IRI", "Literal") if name in wanted]
            functions = {"BlankNode": "isBlank", "IRI": "isIRI", "Literal": "isLiteral"}
            return either(f"{functions[name]}({variable})" for name in names)
        case InConstraint(terms):
            return either(is_same(variable, term) for term in terms)
        case DatatypeConstraint(datatype):
            if datatype == RDF.langString:
                return f'LANG({variable}) != ""'
            return f"DATATYPE({variable}) = {datatype}"
    return TRUE


def surely_less(one: str, sign: str, other: str) -> str:
    """A condition under which the value of a variable is known to be less than that of another."""
    exact = " && ".join((_is_exact(one), _is_exact(other), f"{one} {sign} {other}"))
    texts = (
        f"DATATYPE({one}) = {kind} && DATATYPE({other}) = {kind} && {_has_form(one, form)}"
        f" && {_has_form(other, form)} && STR({one}) {sign} STR({other})"
        for kind, form in _TEXTUAL.items()
    )
    return either(map(sound, (exact, *texts)))


def _has_form(variable: str, form: str) -> str:
    """Whether all of a text has a form; the point keeps `$` from overlooking a line's end."""
    return f'REGEX(CONCAT(STR({variable}), "."), "^{form}[.]$")'


def _is_exact(variable: str) -> str:
    kinds = " || ".join(f"DATATYPE({variable}) = {kind}" for kind in _EXACT_TYPES)
    return f"({kinds}) && {_has_form(variable, _EXACT)}"


def _compared_with(variable: str, sign: str, bound: Literal) -> str:
    kind, text = bound.datatype, bound.value
    if kind in _TEXTUAL and re.fullmatch(_TEXTUAL[kind], text):
        form = _has_form(variable, _TEXTUAL[kind])
        return f"DATATYPE({variable}) = {kind} && {form} && STR({variable}) {sign} {Literal(text)}"
    exact = kind in _EXACT_TYPES and re.fullmatch(_EXACT, text) is not None
    if not exact and not (kind == XSD.double and re.fullmatch(_DOUBLE, text)):
        return FALSE
    # Where one of the two is rounded first, nothing is said of those that then are equal.
    strict = sign.rstrip("=")
    double = f"DATATYPE({variable}) = {XSD.double} && {_has_form(variable, _DOUBLE)}"
    return either(
        sound(f"{each} && {variable} {order} {bound}")
        for each, order in (
            (_is_exact(variable), sign if exact else strict),
            (double, strict if exact else sign),
        )
    )


def _is_ascii(variable: str) -> str:
    return f'REGEX(CONCAT(STR({variable}), "."), "^[ -~]*[.]$")'


def _measured(variable: str, limit: int, least: bool) -> str:
    """Some engines count code units of UTF-16, up to two for a character."""
    length = f"STRLEN(STR({variable}))"
    if not least:
        return f"{length} <= {limit}"
    return f"{length} >= {limit} && ({length} >= {2 * limit} || {_is_ascii(variable)})"


def _matched(variable: str, constraint: PatternConstraint) -> str:
    pattern, flags = constraint.pattern, constraint.flags
    any_case = flags == "i" and pattern.isascii()
    if not (any_case or not flags) or not _PLAIN.fullmatch(pattern):
        return FALSE
    kept = f"!REGEX(STR({variable}), {_BREAKS})"
    if any_case or not _OPEN.isdisjoint(_PIECES.findall(pattern)):
        kept = _is_ascii(variable)
    more = f', "{flags}"' if flags else ""
    return f"{kept} && REGEX(STR({variable}), {Literal(pattern)}{more})"


def _in_language(tag: str, language: str) -> str:
    if language == "*":
        return f'{tag} != ""'
    return f"{tag} = {Literal(language)} || STRSTARTS({tag}, {Literal(language + '-')})"
