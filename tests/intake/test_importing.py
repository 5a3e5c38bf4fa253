"""Rows become statements of a project, or say why they do not; nothing is half done."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest
from commands import run
from projects import BASE, TEXT, Small, span

from cgkg.errors import ConfigError, SourceError
from cgkg.intake.importing import RowImport, plan_import, write_changes
from cgkg.intake.rows import RowStatus, StatementRow, read_row
from cgkg.pipeline import check
from cgkg.project.folder import Project
from cgkg.project.sources import load
from cgkg.project.texts import open_texts
from cgkg.rdf.terms import IRI, Literal
from cgkg.rdf.vocab import XSD

CLAUSE = f"{BASE}source/elbe/c/"
GISTS = {"gist_en": "In short.", "gist_zh": "要旨。"}
HAMBURG = {"quote": "Dresden and Hamburg", "subject": "Elbe", "property": "flows through",
           "value": "Hamburg", **GISTS}  # fmt: skip


def rows(*cells: dict[str, str]) -> list[StatementRow]:
    return [read_row(number, each) for number, each in enumerate(cells, 2)]


def plan(small: Small, *cells: dict[str, str], **how: bool) -> RowImport:
    texts = open_texts(small.project, small.folder / "document.txt")
    return plan_import(small.project, rows(*cells), texts, **how)


def done(small: Small, *cells: dict[str, str], **how: bool) -> RowImport:
    """The rows imported."""
    result = plan(small, *cells, **how)
    write_changes(result.changes)
    return result


def status(result: RowImport) -> list[tuple[str, str]]:
    return [(outcome.status.value, outcome.message) for outcome in result.outcomes]


def facts(small: Small) -> str:
    return (small.folder / "data" / "1.trig").read_text("utf-8")


def test_a_row_becomes_a_block_in_the_order_of_the_text(small: Small) -> None:
    """With the layout of Turtle here, the digest of the words, a mode, and the gists."""
    before = facts(small)
    assert done(small, HAMBURG).complete
    after = facts(small)
    start = TEXT.index("Dresden and Hamburg")
    name = f"c:{start}-{start + 19}"
    block = after[after.index(f"{name} {{") :].split("\n\n")[0]
    assert block.splitlines()[:3] == [
        f"{name} {{",
        f"    <{BASE}id/river/elbe> :flowsThrough <{BASE}id/place/hamburg> .",
        "}",
    ]
    assert f'{name} a cg:TextSpan ;\n    cg:wordsDigest "' in block
    assert 'cg:assertionMode mode:stated ;\n    cg:gist "In short."@en , "要旨。"@zh .' in block
    places = [after.index(words) for words in ("c:9-39 {", f"{name} {{", "c:44-51 {")]
    assert places == sorted(places)
    assert after.replace(f"{block}\n\n", "", 1) == before
    assert check(small.project, text=None).report.violations == ()


def test_a_cited_clause_gets_the_statement_and_keeps_what_it_has(small: Small) -> None:
    """Its mode and gists need not be said again."""
    result = done(
        small, {"quote": "1,094 km", "subject": "易北河", "property": "流经", "value": "Labe"},
        {"quote": "Hamburg", "subject": "Elbe", "property": "length in km", "value": "1,094"},
    )  # fmt: skip
    assert [s for s, _ in status(result)] == ["contradicts a shape", "ok"]
    hamburg = TEXT.index("Hamburg")
    said = load(small.project).graphs[IRI(f"{CLAUSE}{hamburg}-{hamburg + 7}")]
    assert len(said) == 2
    assert facts(small).count("wordsDigest") == 3


def test_what_is_there_already_changes_nothing(small: Small) -> None:
    """By any of its names, in a second run, and twice in one sheet."""
    there = {"quote": "the elbe  flows through dresden", "subject": "Labe",
             "property": ":flowsThrough".replace(":", ""), "value": "place/dresden"}  # fmt: skip
    result = plan(small, there, HAMBURG, HAMBURG)
    assert status(result) == [("ok", "already there"), ("ok", ""), ("ok", "as line 3")]
    write_changes(result.changes)
    again = plan(small, there, HAMBURG, HAMBURG)
    assert (again.complete, again.changes) == (True, ())


@pytest.mark.parametrize(
    ("change", "ends", "said"),
    [
        ({"quote": "Elbe "}, "ok", ""),
        ({"quote": "is"}, "ok", ""),
        ({"quote": "e"}, "several places", "in 5 places"),
        ({"quote": "The Rhine flows by Cologne"}, "not found", "not in the text"),
        ({"quote": "The Elbe flew through Dresden"}, "proposal", "other words"),
        ({"quote": "It is 1,904 km long."}, "proposal", "and other figures"),
        ({"quote": ""}, "not found", "there is no quote"),
        ({"quote": "", "start": "9", "end": "999"}, "not found", "not within the text"),
        ({"document": "rhine"}, "unknown term", "document: nothing is called 'rhine'"),
        ({"subject": "Elba"}, "unknown term", "subject: nothing is called 'Elba'"),
        ({"subject": ""}, "unknown term", "subject: the cell is empty"),
        ({"property": "flows thru"}, "unknown term", "property: nothing is called"),
        ({"value": ""}, "unknown term", "value: the cell is empty"),
        ({"value": "Cologne", "value_class": "Town"}, "unknown term", "value_class: nothing"),
        ({"property": "length in km", "value": "1.5"}, "unknown term", "no whole number"),
        ({"mode": "guessed"}, "unknown term", "mode: nothing is called"),
        ({"value": "Elbe"}, "contradicts a shape", "inconsistency|disjoint|contradict|Place"),
    ],
)  # fmt: skip
def test_each_row_ends_in_one_way_and_says_which(
    change: dict[str, str], ends: str, said: str, small: Small
) -> None:
    """A row that is not ok has nothing to write."""
    result = plan(small, {**HAMBURG, **change})
    (outcome,) = result.outcomes
    assert (outcome.status.value, bool(result.changes)) == (ends, ends == "ok"), outcome
    assert any(each in outcome.message for each in said.split("|")), outcome.message
    if ends == "unknown term" and "Elba" in said:
        assert outcome.proposal == "Elbe"


def test_names_of_several_are_listed_and_a_class_chooses(small: Small) -> None:
    """A label that two individuals have, and their ids to choose from."""
    registry = small.folder / "data" / "registry.csv"
    small.write(
        "data/registry.csv", registry.read_text("utf-8") + "river/elbe2,River,易北,Elbe,,,,\n"
    )
    result = plan(small, HAMBURG)
    assert result.outcomes[0].status is RowStatus.SEVERAL_TERMS
    assert f"<{BASE}id/river/elbe> (" in result.outcomes[0].proposal
    assert plan(small, {**HAMBURG, "subject": "river/elbe"}).complete


def test_a_new_individual_is_registered_among_those_there_are(small: Small) -> None:
    """Its id is made as those of its class; other rows name it; other rows of the file stay."""
    registry = small.folder / "data" / "registry.csv"
    before = registry.read_text("utf-8").splitlines()
    new = {
        **HAMBURG,
        "value": "Geesthacht",
        "value_class": "place",
        "value_label_zh": "盖斯特哈赫特",
    }
    assert done(small, new, {**HAMBURG, "value": "geesthacht", "quote": "Hamburg. It"}).complete
    after = registry.read_text("utf-8").splitlines()
    assert "place/geesthacht,Place,盖斯特哈赫特,Geesthacht,,,," in after
    assert [line for line in after if "geesthacht" not in line] == before
    assert plan(small, new).changes == ()


def test_an_individual_that_breaks_a_shape_takes_its_rows_along(small: Small) -> None:
    """Here a Chinese label is missing; the other row is written."""
    new = {**HAMBURG, "value": "Geesthacht", "value_class": "Place"}
    result = done(small, new, HAMBURG)
    assert [s for s, _ in status(result)] == ["contradicts a shape", "ok"]
    assert "every individual needs a Chinese label" in result.outcomes[0].message
    assert "geesthacht" not in (small.folder / "data" / "registry.csv").read_text("utf-8")


def test_what_a_contradiction_rests_on_is_told_by_the_row(small: Small) -> None:
    """What the row states has no place in a file yet; what stands in one keeps its place."""
    message = plan(small, {**HAMBURG, "value": "Elbe"}).outcomes[0].message
    assert "(rests on data/registry.csv:" in message
    assert f"rests on line 2: <{BASE}id/river/elbe> <{BASE}def/flowsThrough>" in message
    assert ".trig:" not in message


def test_an_id_that_is_taken_is_no_other_thing(small: Small) -> None:
    """`Hamburg?` would get the id of Hamburg."""
    result = plan(small, {**HAMBURG, "value": "Hamburg?", "value_class": "Place"})
    assert result.outcomes[0].status is RowStatus.SEVERAL_TERMS
    assert "its id would be place/hamburg" in result.outcomes[0].message


def test_a_registry_gets_the_columns_that_its_texts_need(small: Small) -> None:
    """Empty in the rows there are; how its cells are set apart stays."""
    registry = small.folder / "data" / "registry.csv"
    small.write(
        "data/registry.csv", registry.read_text("utf-8").replace(",", ";").replace("\n", "\r\n")
    )
    before = registry.read_bytes().splitlines(keepends=True)
    new = {**HAMBURG, "value": "Geesthacht", "value_class": "Place", "value_def_en": "Up; river.\n",
           "value_label_zh": "盖斯特哈赫特"}  # fmt: skip
    assert done(small, new).complete
    after = registry.read_bytes().splitlines(keepends=True)
    assert after[0] == before[0].replace(b"\r\n", b";def_en\r\n")
    assert after[1] == before[1].replace(b"\r\n", b";\r\n")
    row = 'place/geesthacht;Place;盖斯特哈赫特;Geesthacht;;;;;"Up; river."\r\n'
    assert row.encode() in after
    assert plan(small, new).changes == ()


def test_a_name_that_a_class_is_given_twice_is_of_one_class(small: Small) -> None:
    """What is registered as a place is no river, whichever row says so."""
    row = {**HAMBURG, "value_class": "Place", "value": "Geesthacht", "value_label_zh": "盖"}
    result = plan(
        small,
        row,
        {**row, "value_class": "River"},
        {**HAMBURG, "value": "!", "value_class": "Place"},
    )
    assert [s for s, _ in status(result)] == ["ok", "several terms", "several terms"]
    assert "no letter to make an id of" in result.outcomes[2].message


def test_texts_of_several_lines_come_back_as_they_were(small: Small) -> None:
    """In gists, whatever marks are in them; nothing is indented within."""
    said = "One \"line\"\n  and 'another' \\ }}\n\u2028# no comment"
    assert done(small, {**HAMBURG, "gist_en": said}).complete
    held = {t.object for t in load(small.project).descriptions}
    assert Literal(said, language="en") in held


def test_all_or_nothing(small: Small) -> None:
    """One wrong row holds all back, and that is said."""
    result = plan(small, HAMBURG, {**HAMBURG, "value": "Nowhere"}, all_or_nothing=True)
    assert result.changes == ()
    assert result.held_back == "nothing is changed: 1 rows are not ok"


def test_a_proposal_is_written_after_a_yes_only(small: Small) -> None:
    """To the words that were shown; a yes to other words is none."""
    near = {**HAMBURG, "quote": "The Elbe flew through Dresden and Hamburg"}
    (outcome,) = plan(small, near).outcomes
    assert outcome.proposal == "The Elbe flows through Dresden and Hamburg"
    other = {**near, "accept": "yes", "proposal": "The Elbe flows"}
    assert plan(small, other).outcomes[0].status is RowStatus.PROPOSAL
    assert done(small, {**near, "accept": "Yes", "proposal": outcome.proposal}).complete
    assert f"c:9-{9 + len(outcome.proposal)} {{" in facts(small)


def test_another_gist_of_a_clause_is_said_and_taken_by_replace_only(small: Small) -> None:
    """A clause has one in each language, and one mode."""
    row = {**HAMBURG, "quote": "Hamburg", "mode": "mode:stated", "gist_zh": "要旨"}
    result = plan(small, row)
    assert result.outcomes[0].status is RowStatus.DIFFERS
    assert result.outcomes[0].proposal == "gist"
    every = [
        row,
        {"quote": "1,094 km", "subject": "Elbe", "property": "length in km", "value": "1094"},
        {"quote": "The Elbe flows through Dresden", "subject": "Elbe",
         "property": "flows through", "value": "Dresden"},
    ]  # fmt: skip
    assert done(small, *every, replace_all=True).complete
    block = facts(small)[facts(small).index("Hamburg") if "Hamburg" in facts(small) else 0 :]
    assert 'cg:gist "In short."@en , "要旨"@zh' in block
    assert facts(small).count("mode:paraphrased") == 0
    assert plan(small, *every).complete


def test_replace_takes_out_what_no_row_has_and_says_it(small: Small) -> None:
    """A block that is left empty goes with what is said of its clause."""
    kept = {"quote": "1,094 km", "subject": "Elbe", "property": "length in km", "value": "1094"}
    assert plan(small, kept).removed == ()
    result = done(small, kept, replace_all=True)
    assert len(result.removed) == 2
    assert all("flowsThrough" in line for line in result.removed)
    assert [len(part) for part in load(small.project).graphs.values()] == [1]
    assert facts(small).count("TextSpan") == 1
    assert "\n\n\n" not in facts(small)


def test_replace_changes_nothing_if_a_row_is_wrong(small: Small) -> None:
    """What such a row was meant to keep would be lost."""
    before = facts(small)
    result = done(small, {**HAMBURG, "value": "Hamborg"}, replace_all=True)
    assert (result.removed, facts(small)) == ((), before)


def test_statements_with_nodes_that_have_no_name_stay(small: Small) -> None:
    """No row can say them, so no sheet can leave them out."""
    small.facts(span("Hamburg", "id:river\\/elbe :flowsThrough id:place\\/hamburg , [ a :Place ; "
                                'skos:prefLabel "x"@en , "某地"@zh ] . # why\n'))  # fmt: skip
    done(small, {**HAMBURG, "quote": "Hamburg", "value": "Dresden", "gist_en": "", "gist_zh": ""},
         replace_all=True)  # fmt: skip
    (graph,) = load(small.project).graphs.values()
    assert {t.predicate.value.rsplit("/")[-1] for t in graph} >= {"flowsThrough"}
    assert "# why" in facts(small)
    assert "hamburg" not in facts(small)


def test_a_number_of_a_sheet_is_that_of_the_range(small: Small) -> None:
    """Of what the ontology says of the property."""
    length = {"quote": "It is 1,094 km long", "subject": "Elbe", "property": "length in km",
              "value": "1,094", **GISTS}  # fmt: skip
    (outcome,) = plan(small, length).outcomes
    assert outcome.resolved
    assert outcome.resolved.triple.object == Literal("1094", datatype=XSD.integer)


def test_a_second_document_gets_a_file_and_a_prefix_of_its_own(small: Small) -> None:
    """`c:` is of the first; a file that has both would be read wrongly by people."""
    small.write("rhine.txt", "The Rhine flows through Basel and Hamburg.\n")
    assert run("document", "rhine.txt", "--lang", "en", cwd=small.folder).returncode == 0
    row = {**HAMBURG, "quote": "flows through Basel and Hamburg"}
    texts = open_texts(small.project)
    result = plan_import(small.project, rows(row), texts)
    assert [change.path.name for change in result.changes] == ["rhine.trig"]
    assert f"@prefix c: <{BASE}source/rhine/c/> ." in result.changes[0].after
    write_changes(result.changes)
    assert plan_import(small.project, rows(row), texts).changes == ()
    (small.folder / "data" / "rhine.trig").unlink()
    small.write("data/2.trig", f"@prefix r: <{BASE}source/rhine/c/> .\n")
    (change,) = plan_import(small.project, rows(row), texts).changes
    assert change.path.name == "2.trig"
    assert "\nr:10-41 {\n" in change.after


def test_without_the_text_a_clause_that_is_cited_is_known(small: Small) -> None:
    """By its digest, or by where it stands; others are not."""
    length = {"subject": "Elbe", "property": "length in km", "value": "1094"}
    start = TEXT.index("1,094")
    by_place = {**length, "start": str(start), "end": str(start + 8), "document": "elbe"}
    for row, ends in (
        ({**length, "quote": "1,094 km"}, "ok"),
        (by_place, "ok"),
        (HAMBURG, "not found"),
    ):
        (outcome,) = plan_import(small.project, rows(row), None).outcomes
        assert outcome.status.value == ends


def test_an_empty_quote_is_that_of_the_row_above(small: Small) -> None:
    """As people leave a cell empty under one that holds for several rows."""
    result = plan(
        small, HAMBURG, {"subject": "Elbe", "property": "flows through", "value": "Dresden"}
    )
    one, other = (outcome.resolved for outcome in result.outcomes)
    assert one
    assert other
    assert one.clause == other.clause


def test_files_are_written_together_or_not_at_all(small: Small, tmp_path: Path) -> None:
    """A file that was edited meanwhile, or is a link, stops all."""
    result = plan(
        small, {**HAMBURG, "value": "Wedel", "value_class": "Place", "value_label_zh": "韦德尔"}
    )
    assert [change.path.name for change in result.changes] == ["1.trig", "registry.csv"]
    registry = small.folder / "data" / "registry.csv"
    before, held = facts(small), registry.read_bytes()
    registry.write_bytes(held + b"\n")
    with pytest.raises(ConfigError, match="edited meanwhile"):
        write_changes(result.changes)
    registry.rename(tmp_path / "elsewhere.csv")
    (tmp_path / "elsewhere.csv").write_bytes(held)
    os.symlink(tmp_path / "elsewhere.csv", registry)
    with pytest.raises(ConfigError, match="symbolic link"):
        write_changes(result.changes)
    assert facts(small) == before
    assert sorted(p.name for p in registry.parent.iterdir()) == ["1.trig", "registry.csv", "source"]


def test_a_file_that_cannot_be_replaced_leaves_the_others_as_they_were(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was replaced before it is put back."""
    result = plan(
        small, {**HAMBURG, "value": "Wedel", "value_class": "Place", "value_label_zh": "韦"}
    )
    held = {path: path.read_bytes() for path in (small.folder / "data").iterdir() if path.is_file()}
    put = os.replace

    def fail(source: Path, target: Path) -> None:
        if target.name == "registry.csv":
            raise OSError(28, "No space left on device", str(target))
        put(source, target)

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(ConfigError, match="No space left"):
        write_changes(result.changes)
    there = {
        path: path.read_bytes() for path in (small.folder / "data").iterdir() if path.is_file()
    }
    assert there == held


def test_an_edited_copy_of_the_text_is_no_text(small: Small) -> None:
    """Quotes found in it would be cited at wrong places."""
    small.write("texts/elbe.txt", TEXT + "More.")
    with pytest.raises(SourceError, match="not the text that is cited"):
        plan_import(small.project, rows(HAMBURG), open_texts(small.project))


def test_violations_that_were_there_hold_nothing_back(small: Small) -> None:
    """A row is not to blame for them."""
    small.facts(span("1,094 km", "id:river\\/elbe :lengthKm 1094 ; :unheardOf 1 ."))
    assert check(small.project).report.violations
    assert done(small, HAMBURG).complete


def test_the_command_lists_reviews_and_writes(small: Small) -> None:
    """Exit code 1 if a row is not ok; the review has the rows, and does not run formulas."""
    small.write("texts/elbe.txt", TEXT)
    sheet = small.write(
        "s.csv",
        "quote,subject,property,value,gist_en,gist_zh,Colour\n"
        "Dresden and Hamburg,Elbe,flows through,Hamburg,=In short,要旨,red\n"
        "Dresden and Hamburg,Elbe,flows through,Hamborg,,,\n",
    )
    before = facts(small)
    tried = run("import", "s.csv", "--dry-run", cwd=small.folder)
    assert (tried.returncode, facts(small)) == (1, before)
    assert "s.csv:3: unknown term: value: nothing is called 'Hamborg'" in tried.stdout
    assert '+    cg:gist "=In short"@en' in tried.stdout
    assert "the column Colour says nothing to cgkg" in tried.stderr
    assert not (small.folder / "s.review.csv").exists()
    assert run("import", "s.csv", cwd=small.folder).returncode == 1
    assert facts(small) != before
    with (small.folder / "s.review.csv").open(encoding="utf-8-sig", newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["status"], first["gist_en"], first["Colour"]) == ("ok", "'=In short", "red")
    assert (second["status"], second["proposal"]) == ("unknown term", "Hamburg")
    again = run("import", "s.review.csv", cwd=small.folder)
    assert "1 already there" in again.stderr
    assert sheet.exists()


def test_a_folder_of_rdf_takes_no_rows(tmp_path: Path) -> None:
    """It has no clauses."""
    (tmp_path / "a.ttl").write_text("<urn:a> <urn:b> <urn:c> .\n", "utf-8")
    (tmp_path / "s.csv").write_text("subject,property,value\n", "utf-8")
    done_ = run("import", "s.csv", "--project", str(tmp_path), cwd=tmp_path)
    assert done_.returncode == 2
    assert isinstance(Project.at(tmp_path), Project)
