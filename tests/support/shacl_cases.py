"""Small data and shapes in Turtle for tests of SHACL: written by hand, or made at random."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cgkg.formats import Format
from cgkg.rdf.io import parse_bytes
from cgkg.rdf.terms import IRI, Quad, Triple
from cgkg.shacl.report import ValidationReport, ValidationResult
from cgkg.shacl.validator import validate

EX = "https://example.org/"
PREFIXES = f"""
@prefix : <{EX}> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
"""
DECLARED = f'\n:ns sh:declare [ sh:prefix "" ; sh:namespace "{EX}"^^xsd:anyURI ] .\n'


def iri(name: str) -> IRI:
    """A name of these tests."""
    return IRI(EX + name)


def triples(text: str) -> list[Triple]:
    """The triples of Turtle with the usual prefixes."""
    return [quad.triple for quad in quads(text)]


def quads(text: str) -> list[Quad]:
    """The quads of TriG with the usual prefixes."""
    return parse_bytes((PREFIXES + text).encode(), Format.TRIG, Path("test.trig"))


def check(data: str, shapes: str) -> ValidationReport:
    """The report on data in TriG by shapes in Turtle, which may use the prefix `:` in queries."""
    return validate(quads(data), triples(DECLARED + shapes))


def faults(data: str, shapes: str) -> list[str]:
    """What breaks which component, in short: `focus value Component`."""
    return sorted(map(shorten, check(data, shapes).results))


def shorten(result: ValidationResult) -> str:
    """A result in short, names without their namespaces, literals by their lexical forms."""

    def name(term: object) -> str:
        value = getattr(term, "value", "-")
        return str(value).rsplit("/", 1)[-1] if isinstance(term, IRI) else str(value)

    component = result.component.value.rpartition("#")[2].removesuffix("ConstraintComponent")
    return f"{name(result.focus)} {name(result.value)} {component.rsplit('/', 1)[-1]}"


def summary(report: ValidationReport) -> Counter[tuple[str, ...]]:
    """What a report says but for its words: as often as it says it."""
    return Counter(
        (
            str(each.focus),
            str(each.path),
            str(each.value),
            str(each.component),
            str(each.shape),
            str(each.severity),
        )
        for each in report.results
    )


def told(report: ValidationReport) -> list[str]:
    """The same as texts, for data in which a blank node has another label each time."""
    return sorted(re.sub(r"_:\w+", "_:", str(result)) for result in summary(report).elements())


# Random data and shapes

NODES = [":a", ":b", ":c", ":d", "_:e", "_:f"]
# Nothing but numbers and strings: pySHACL compares others with numbers, too, which SPARQL does not.
LITERALS = [
    "1", "2", "2.0", "3", "10", "2.5", '"x"', '"xy"', '"Xyz"', '"x"@en', '"x"@de', '"y"@en-GB',
    '"y"@en', '"2"', '""',
]  # fmt: skip
CLASSES = [":C", ":D", ":E"]
PREDICATES = [":p", ":q", ":r"]


def random_data(source: random.Random, literals: Sequence[str] = LITERALS) -> str:
    """Some thirty triples about six nodes."""
    lines = [":D rdfs:subClassOf :C ."]
    for node in NODES:
        if source.random() < 0.8:
            lines.append(f"{node} a {source.choice(CLASSES)} .")
    for _ in range(source.randrange(5, 26)):
        value = source.choice(NODES if source.random() < 0.5 else literals)
        lines.append(f"{source.choice(NODES)} {source.choice(PREDICATES)} {value} .")
    return "\n".join(lines)


def random_shapes(source: random.Random) -> str:
    """Some shapes, nested up to three deep."""
    return "\n".join(
        f":S{number} a sh:{'Node' if kind else 'Property'}Shape ; {_target(source)} ; "
        f"{_shape(source, 0, node=kind)} ."
        for number in range(source.randrange(1, 4))
        for kind in (source.random() < 0.5,)
    )


def _target(source: random.Random) -> str:
    return source.choice(
        [
            f"sh:targetClass {source.choice(CLASSES)}",
            f"sh:targetNode {source.choice([*NODES[:4], *LITERALS[:6]])}",
            f"sh:targetSubjectsOf {source.choice(PREDICATES)}",
            f"sh:targetObjectsOf {source.choice(PREDICATES)}",
        ]
    )


def _path(source: random.Random, depth: int = 0) -> str:
    if depth > 1 or source.random() < 0.5:
        return source.choice(PREDICATES)
    kind = source.choice(["sequence", "alternative", "inverse", *(["repeated"] * 2)])
    one, other = _path(source, depth + 1), _path(source, depth + 1)
    match kind:
        case "sequence":
            return f"( {one} {other} )"
        case "alternative":
            return f"[ sh:alternativePath ( {one} {other} ) ]"
        case "inverse":  # pySHACL cannot do that of a sequence
            return f"[ sh:inversePath {source.choice(PREDICATES)} ]"
    return f"[ sh:{source.choice(['zeroOrMore', 'oneOrMore', 'zeroOrOne'])}Path {one} ]"


def _shape(source: random.Random, depth: int, *, node: bool) -> str:
    said = [] if node else [f"sh:path {_path(source)}"]
    for _ in range(source.randrange(1, 3)):
        said.append(_constraint(source, depth, node=node))
    # A component that may be given once comes once.
    names = {each.split()[0]: each for each in said}
    return " ; ".join(names.values())


def _constraint(source: random.Random, depth: int, *, node: bool) -> str:
    predicate = source.choice(PREDICATES)
    simple = [
        f"sh:class {source.choice(CLASSES)}",
        f"sh:datatype xsd:{source.choice(['string', 'integer', 'decimal', 'date'])}",
        f"sh:nodeKind sh:{source.choice(['IRI', 'Literal', 'BlankNode', 'BlankNodeOrIRI'])}",
        f"sh:{source.choice(['min', 'max'])}{source.choice(['In', 'Ex'])}clusive "
        f"{source.choice(['2', '2.5', '3'])}",
        f"sh:minLength {source.randrange(1, 3)}",
        f"sh:maxLength {source.randrange(1, 4)}",
        f'sh:pattern "{source.choice(["^x", "y$", "[A-Z]", "2"])}"',
        f'sh:languageIn ( "{source.choice(["en", "de"])}" )',
        f"sh:equals {predicate}",
        f"sh:disjoint {predicate}",
        f"sh:hasValue {source.choice([*NODES[:4], *LITERALS])}",
        f"sh:in ( {' '.join(source.sample([*NODES[:4], *LITERALS], 6))} )",
        f"sh:closed true ; sh:ignoredProperties ( rdf:type {predicate} )",
    ]
    if not node:
        simple += [
            f"sh:minCount {source.randrange(3)}",
            f"sh:maxCount {source.randrange(3)}",
            "sh:uniqueLang true",
        ]
    if depth > 2 or source.random() < 0.55:
        return source.choice(simple)
    inner = [_shape(source, depth + 1, node=source.random() < 0.6) for _ in range(2)]
    nested = [
        f"sh:not [ {inner[0]} ]",
        f"sh:node [ {_shape(source, depth + 1, node=True)} ]",
        f"sh:property [ {_shape(source, depth + 1, node=False)} ]",
        *(f"sh:{name} ( [ {inner[0]} ] [ {inner[1]} ] )" for name in ("and", "or", "xone")),
    ]
    if not node:
        low, high = source.randrange(3), source.randrange(2)
        nested.append(
            f"sh:qualifiedValueShape [ {inner[0]} ] ; sh:qualifiedMinCount {low} ; "
            f"sh:qualifiedMaxCount {high}"
        )
    return source.choice(nested)


# Literals that engines may take for others, and constraints that look closely at them.
SPECIAL = [
    "1", "01", "2.50", "1e0", "3.0e0", '"INF"^^xsd:double', '"1"^^xsd:float', '"x"^^xsd:integer',
    '"300"^^xsd:byte', '"9007199254740993"^^xsd:integer', '"0.10000000000000000001"^^xsd:decimal',
    "true", '"2020-02-29"^^xsd:date', '"2021-02-29"^^xsd:date', '"2020-03-01Z"^^xsd:date',
    '"2020-03-01"^^xsd:date', '"2020-03-01T00:00:00"^^xsd:dateTime', '"1999"^^xsd:gYear',
    '"2020-03-01T00:00:00.50"^^xsd:dateTime', '"x"', '"x\\n"', '"é"', '"😀"', '"x y"', '"XY"',
    '"x"@en', '"x"@EN-us', '"y"@en', '"e"@eng', '""@de', '"z"^^:own', '"<b/>"^^rdf:XMLLiteral',
]  # fmt: skip


def special_shapes(source: random.Random) -> str:
    """Some property shapes, each with a few constraints that look closely at literals."""
    shapes = []
    for number in range(source.randrange(1, 4)):
        said = [_special(source) for _ in range(source.randrange(1, 3))]
        # A component that may be given once comes once.
        names = {each.split()[0]: each for each in said}
        shapes.append(
            f":S{number} a sh:PropertyShape ; {_target(source)} ; sh:path {_path(source)} ; "
            f"{' ; '.join(names.values())} ."
        )
    return "\n".join(shapes)


TYPES = [
    "integer", "decimal", "double", "float", "byte", "boolean", "date", "dateTime", "gYear",
    "string", "anyURI",
]  # fmt: skip
TAGS = ['"en"', '"EN-US"', '"de"', '"*"']
PATTERNS = [
    "^x$", "^[a-z]+$", "^[^a]$", ".", "^x.$", "x y", "\\\\d", "^\\\\w", "[A-Y]{2}", "(x|é)$",
]  # fmt: skip


def _special(source: random.Random) -> str:
    allowed = " ".join(source.sample([*NODES[:4], *SPECIAL], 8))
    datatype = source.choice([*(f"xsd:{name}" for name in TYPES), "rdf:langString", ":own"])
    return source.choice(
        [
            f"sh:datatype {datatype}",
            f"sh:{source.choice(['min', 'max'])}{source.choice(['In', 'Ex'])}clusive "
            f"{source.choice(SPECIAL)}",
            f"sh:{source.choice(['min', 'max'])}Length {source.randrange(4)}",
            f'sh:pattern "{source.choice(PATTERNS)}" ; sh:flags "{source.choice(["", "i", "s"])}"',
            f"sh:languageIn ( {' '.join(source.sample(TAGS, 2))} )",
            f"sh:hasValue {source.choice(SPECIAL)}",
            f"sh:in ( {allowed} )",
            f"sh:lessThan{source.choice(['', 'OrEquals'])} {source.choice(PREDICATES)}",
            f"sh:equals {source.choice(PREDICATES)}",
            f"sh:disjoint {source.choice(PREDICATES)}",
            "sh:uniqueLang true",
            f"sh:{source.choice(['min', 'max'])}Count {source.randrange(4)}",
            f"sh:not [ sh:{source.choice(['hasValue', 'datatype'])} {datatype} ]",
            f"sh:qualifiedValueShape [ sh:in ( {allowed} ) ] ; sh:qualifiedMinCount 2",
            f"sh:closed true ; sh:ignoredProperties ( {source.choice(PREDICATES)} )",
        ]
    )
