"""The W3C's suites of RDF 1.1 syntaxes, read as files of a project are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from paths import SHARED

from cgkg.errors import SourceError
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import IRI, Quad, Term
from cgkg.rdf.vocab import RDF

SUITES = SHARED / "suites/rdf11"
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
RDFT = "http://www.w3.org/ns/rdftest#"
# Cases of each suite; the manifest of each lists them.
COUNTS = {
    "rdf-n-triples": 70,
    "rdf-n-quads": 87,
    "rdf-turtle": 313,
    "rdf-trig": 356,
    "rdf-xml": 166,
}

Addresses = tuple[str, str]
"""Of the folder: the one that results name, and its own."""

pytestmark = pytest.mark.skipif(not SUITES.is_dir(), reason="the W3C's suites are in ../shared")


def cases(folder: Path) -> Iterator[tuple[str, str, Path, Path | None, Addresses]]:
    """Name, kind, input, result if there is one, and where its IRIs say the inputs are."""
    manifest = folder / "manifest.ttl"
    root = folder.resolve().as_uri() + "/"
    told: dict[Term, dict[str, Term]] = {}
    for quad in ox.parse(manifest.read_bytes(), format=ox.RdfFormat.TURTLE, base_iri=root):
        told.setdefault(quad.subject, {})[quad.predicate.value] = quad.object
    bases = [
        each[MF + "assumedTestBase"] for each in told.values() if MF + "assumedTestBase" in each
    ]
    for subject, each in told.items():
        kind = each.get(RDF.type.value)
        if isinstance(kind, IRI) and kind.value.startswith(RDFT):
            action, result = each[MF + "action"], each.get(MF + "result")
            yield (
                str(subject).partition("#")[2].rstrip(">"),
                kind.value.removeprefix(RDFT),
                folder / action.value.removeprefix(root),
                folder / result.value.removeprefix(root) if result else None,
                (str(bases[0].value), root) if bases else ("", ""),
            )


def failure(kind: str, given: Path, result: Path | None, addresses: Addresses) -> str:
    """What is wrong with how we read a case; nothing if all is well."""
    try:
        found = parse_file(given)
    except SourceError as error:
        return "" if "Negative" in kind else str(error)
    if "Negative" in kind:
        return "accepted"
    if result is None:
        return ""
    form = ox.RdfFormat.N_QUADS if result.suffix == ".nq" else ox.RdfFormat.N_TRIPLES
    text = result.read_text("utf-8").replace(*addresses)
    return (
        "" if canonical(found) == canonical(list(ox.parse(text, format=form))) else "another graph"
    )


def canonical(quads: list[Quad]) -> ox.Dataset:
    """A dataset that equals another if they are isomorphic."""
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return dataset


@pytest.mark.parametrize("suite", COUNTS)
def test_every_case_is_read_as_the_specification_says(suite: str) -> None:
    """Bad files are refused, good ones give the graph that is expected."""
    found = list(cases(SUITES / suite))
    assert len(found) == COUNTS[suite]
    wrong = {
        name: failure(kind, given, result, addresses)
        for name, kind, given, result, addresses in found
    }
    assert {name: what for name, what in wrong.items() if what} == {}
