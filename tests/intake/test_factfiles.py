"""A file of facts is changed in its text: in the right place, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from cgkg.intake.factfiles import FactFile
from cgkg.intake.rows import Clause, ClauseDescription
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import IRI, Literal, Quad, Triple
from cgkg.rdf.vocab import CG, MODE

DOCUMENT = IRI("https://example.org/source/d")
OTHER = IRI("https://example.org/source/e")
PREFIXES = {
    "x": "https://example.org/id/",
    "c": f"{DOCUMENT.value}/c/",
    "cg": CG.base,
    "mode": MODE.base,
}
HEAD = "".join(f"@prefix {name}: <{space}> .\n" for name, space in PREFIXES.items())


def clause(start: int, end: int, document: IRI = DOCUMENT) -> Clause:
    return Clause(document, start, end, "0" * 64)


def fact(name: str) -> Triple:
    return Triple(*(IRI(f"https://example.org/id/{each}") for each in ("s", "p", name)))


def quads(text: str, folder: Path) -> set[Quad]:
    path = folder / "text.trig"
    path.write_text(text, "utf-8")
    return set(parse_file(path, blank_prefix="b"))


def block(name: str, body: str = "x:s x:p x:o .") -> str:
    return f"{name} {{ {body} }}\n{name} a cg:TextSpan ; cg:assertionMode mode:stated .\n"


def of(*parts: str) -> FactFile:
    return FactFile(Path("1.trig"), HEAD + "\n" + "\n".join(parts), PREFIXES)


@pytest.mark.parametrize(("start", "before"), [(1, "c:5-9 {"), (7, "c:20-30 {"), (40, "# the end")])
def test_a_block_goes_where_its_clause_stands(start: int, before: str) -> None:
    """Before what comes later in the document, after comments of what comes earlier."""
    file = of("# first\n" + block("c:5-9"), "# second\n" + block("c:20-30"), "# the end\n")
    held = file.text()
    file.add_block(clause(start, 50), [fact("o")], ClauseDescription(clause(start, 50)))
    text = file.text()
    added = f"c:{start}-50 {{"
    assert text.index(added) < text.index(before)
    assert start == 1 or text.index(added) > text.index("c:5-9 a cg:TextSpan")
    assert "# first\nc:5-9" in text
    assert "# second\nc:20-30" in text
    whole = text[text.index(added) :].split("\n\n")[0] + "\n"
    assert text.replace(f"{whole}\n", "", 1) == held


def test_blocks_of_a_new_file_are_apart_and_in_order() -> None:
    """With the prefixes that they use, and no others."""
    file = FactFile(Path("new.trig"), "", {**PREFIXES, "unused": "urn:unused:"})
    for start in (1, 5):
        file.add_block(clause(start, 9), [fact("o")], ClauseDescription(clause(start, 9)))
    head, first, second = file.text().split("\n\n")
    assert [line.split()[1] for line in head.splitlines()] == ["c:", "cg:", "mode:", "x:"]
    assert first.startswith("c:1-9 {\n    x:s x:p x:o .\n}\nc:1-9 a cg:TextSpan ;")
    assert second.endswith("cg:assertionMode mode:stated .\n")


@pytest.mark.parametrize(
    "body",
    ["x:s x:p x:o .", "x:s x:p x:o", "", "x:s x:p x:o . # why", "x:s x:p x:o # why\n",
     "\n    x:s x:p x:o .\n"],
)  # fmt: skip
def test_a_statement_joins_a_block_however_that_is_written(body: str, tmp_path: Path) -> None:
    """With or without the last full stop, on one line or on several, before a comment."""
    text = f"{HEAD}\nGRAPH c:5-9 {{ {body} }}\n"
    if "#" in body and not body.endswith("\n"):
        text = text.replace(" }\n", "\n}\n")
    file = FactFile(Path("1.trig"), text, PREFIXES)
    file.add_statements(clause(5, 9), [fact("more")])
    name = clause(5, 9).iri
    fresh = {Quad(*_parts(fact("more")), name)}
    assert quads(file.text(), tmp_path) == quads(text, tmp_path) | fresh
    assert file.text().count("# why") == body.count("# why")


def _parts(triple: Triple) -> tuple[IRI, IRI, IRI]:
    return triple.subject, triple.predicate, triple.object  # type: ignore[return-value]  # all IRIs


def test_a_statement_taken_out_leaves_the_others_and_comments(tmp_path: Path) -> None:
    """Lists of values and properties are written anew; other blocks are not touched."""
    body = "\n    # told twice\n    x:s x:p x:o , x:o2 ; x:q [ x:p 1 ] .\n"
    file = of(block("c:5-9", body), block("c:20-30"))
    held = file.text()
    file.remove_statements(clause(5, 9), [fact("o2")])
    gone = Quad(*_parts(fact("o2")), clause(5, 9).iri)
    assert len(quads(file.text(), tmp_path)) == len(quads(held, tmp_path)) - 1
    assert gone not in quads(file.text(), tmp_path)
    assert "    # told twice\n" in file.text()
    assert file.text().endswith(held[held.index("c:5-9 a cg") :])


def test_a_block_left_empty_goes_with_what_is_said_of_its_clause() -> None:
    """And with one of the blank lines around it."""
    file = of(block("c:1-3"), block("c:5-9"), block("c:20-30"))
    file.remove_statements(clause(5, 9), [fact("o")])
    assert file.text() == of(block("c:1-3"), block("c:20-30")).text()


def test_a_clause_in_two_blocks_keeps_its_description_with_the_other() -> None:
    """A statement is taken out of the block that has it."""
    file = of("c:5-9 { x:s x:p x:o2 }\n", block("c:5-9"))
    file.remove_statements(clause(5, 9), [fact("o2")])
    assert "o2" not in file.text()
    assert file.text().endswith(block("c:5-9"))


def test_a_description_is_changed_where_it_is_written(tmp_path: Path) -> None:
    """What is new is added behind it."""
    said = 'c:5-9 a cg:TextSpan ; cg:gist "old"@en , "旧"@zh ; cg:assertionMode mode:stated .\n'
    file = of("c:5-9 { x:s x:p x:o . }\n" + said, block("c:20-30"))
    changes = ClauseDescription(clause(5, 9), MODE.paraphrased, {"en": 'a "new" one', "fr": "neuf"})
    before = ClauseDescription(clause(5, 9), MODE.stated, {"en": "old", "zh": "旧"})
    file.describe(clause(5, 9), changes, before)
    assert (
        'cg:gist "a \\"new\\" one"@en , "旧"@zh ; cg:assertionMode mode:paraphrased .'
        in file.text()
    )
    gists = {q.object for q in quads(file.text(), tmp_path) if q.predicate == CG.gist}
    assert Literal("neuf", language="fr") in gists
    assert len(gists) == 3


def test_a_second_document_in_a_file_has_a_prefix_of_its_own(tmp_path: Path) -> None:
    """`c:` is taken; the name of the document is not."""
    file = of(block("c:5-9"))
    file.add_block(clause(1, 2, OTHER), [fact("o")], ClauseDescription(clause(1, 2, OTHER)))
    assert "@prefix e: <https://example.org/source/e/c/> .\n" in file.text()
    assert "\ne:1-2 {\n" in file.text()
    names = {q.graph_name for q in quads(file.text(), tmp_path)}
    assert clause(1, 2, OTHER).iri in names


def test_a_prefix_of_the_file_goes_before_the_projects(tmp_path: Path) -> None:
    """Where the file means something else by it."""
    text = "@prefix x: <urn:other:> .\n# a remark\n"
    file = FactFile(Path("1.trig"), text, PREFIXES)
    file.add_block(clause(1, 2), [fact("o")], ClauseDescription(clause(1, 2)))
    assert "<https://example.org/id/s> <https://example.org/id/p>" in file.text()
    assert file.text().startswith("@prefix x: <urn:other:> .\n@prefix c: ")
    assert quads(file.text(), tmp_path)
