"""Documents taken into a project: shown before, written, taken in again, and out."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from projects import Small

from cgkg.authoring.documents import Options, add_document, plan
from cgkg.authoring.relocation import relocate, rewrite
from cgkg.cli.commands import main
from cgkg.document.sentences import SentenceTable, digest
from cgkg.errors import ConfigError, SourceError
from cgkg.pipeline import check
from cgkg.project.sources import load
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import IRI, Literal
from cgkg.rdf.vocab import CG, DCTERMS, SKOS

POLICY = "# Policy\n\nIt begins. It ends.\n\n## Aims\n\n1. Cut emissions by 40 percent by 2030.\n"
PLAIN = "1. Aims\nThe aims are these and no others that one could think of.\n"


def run(small: Small, *words: str) -> Result:
    return CliRunner().invoke(main, ["document", *words, "--project", str(small.folder)])


def table(small: Small, name: str) -> SentenceTable:
    path = small.folder / "data" / "source" / f"{name}.sentences.csv"
    return SentenceTable.read(path, IRI(f"https://example.org/rivers/source/{name}"))


def excused(small: Small, name: str) -> dict[int, str]:
    path = small.folder / "data" / "source" / f"{name}.excused.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {int(row["sentence"]): row["reason"] for row in csv.DictReader(file)}


def edit_blocks(small: Small, name: str, old: str, new: str) -> None:
    path = small.folder / "data" / "source" / f"{name}.blocks.csv"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def cite(small: Small, name: str) -> None:
    """Let a graph cite the first sentence of the document."""
    first = table(small, name).sentences[0]
    iri = f"<https://example.org/rivers/source/{name}/c/{first.start}-{first.end}>"
    small.write(
        "data/2.trig",
        f"{iri} {{ <urn:a> <urn:b> <urn:c> . }}\n{iri} a <{CG.TextSpan.value}> .\n",
    )


def test_a_preview_writes_nothing_and_shows_each_block(small: Small) -> None:
    """Kinds, sections, places, first words and why; the words are on the screen only."""
    source = small.write("policy.md", POLICY)
    before = sorted(small.folder.rglob("*"))
    done = run(small, str(source), "--preview")
    assert done.exit_code == 0, done.output
    assert "policy.md: 5 sentences in 4 blocks (2 heading, 1 para, 1 item)" in done.output
    (line,) = [line for line in done.output.splitlines() if "Cut emissions" in line]
    assert line.split()[:4] == ["item", "1", "1", "L7"]
    assert "1. Cut emissions by 40 percent by 2030.  (a list)" in line
    assert sorted(small.folder.rglob("*")) == before


def test_a_document_is_written_whole(small: Small) -> None:
    """Text, blocks, sentences, excuses and description, and the project stays valid."""
    add_document(small.project, small.write("policy.md", POLICY))
    text = (small.folder / "texts" / "policy.txt").read_text("utf-8")
    assert text == ("Policy\nIt begins. It ends.\nAims\nCut emissions by 40 percent by 2030.\n")
    found = table(small, "policy")
    assert [(s.section, text[s.start : s.end]) for s in found.sentences] == [
        ("0", "Policy"),
        ("0", "It begins."),
        ("0", "It ends."),
        ("1", "Aims"),
        ("1", "Cut emissions by 40 percent by 2030."),
    ]
    assert excused(small, "policy") == {1: "heading", 4: "heading"}
    sources = load(small.project)
    said = {t.predicate: t.object for t in sources.descriptions if t.subject == found.document}
    assert said[CG.fileDigest] == Literal(hashlib.sha256(text.encode()).hexdigest())
    assert said[DCTERMS.language] == Literal("en")
    assert check(small.project).report.conforms


def test_a_list_is_no_heading(small: Small) -> None:
    """What was excused in silence once: it must be accounted for."""
    text = "1. Cut emissions by 40 percent by 2030.\n2. Plant trees.\n"
    add_document(small.project, small.write("targets.txt", text))
    assert excused(small, "targets") == {}
    assert {s.section for s in table(small, "targets").sentences} == {"0"}


def test_a_clean_text_is_copied_byte_for_byte(small: Small) -> None:
    """Without a line end at its end, if it has none."""
    add_document(small.project, small.write("letter.txt", "  One.\n\nTwo."))
    assert (small.folder / "texts" / "letter.txt").read_bytes() == b"  One.\n\nTwo."


def test_proposed_headings_excuse_nothing_before_they_are_confirmed(small: Small) -> None:
    """With --headings all, or each in the table of blocks."""
    source = small.write("aims.txt", PLAIN)
    done = run(small, str(source))
    assert "1 headings are proposed and excuse nothing" in done.output
    assert excused(small, "aims") == {}
    assert [s.section for s in table(small, "aims").sentences] == ["1", "1"]
    edit_blocks(small, "aims", "heading?", "heading")
    assert run(small, str(source)).exit_code == 0
    assert excused(small, "aims") == {1: "heading"}
    edit_blocks(small, "aims", "heading,", "heading?,")
    run(small, str(source))
    assert excused(small, "aims") == {}
    run(small, str(source), "--headings")
    assert excused(small, "aims") == {1: "heading"}


def test_kinds_and_levels_of_the_table_are_kept(small: Small) -> None:
    """And sections are numbered anew; once the file changes it is read anew, and that is said."""
    source = small.write("policy.md", POLICY)
    add_document(small.project, source)
    edit_blocks(small, "policy", "heading,2", "para,0")
    done = run(small, str(source))
    assert "kinds and levels are those of policy.blocks.csv" in done.output
    assert {s.section for s in table(small, "policy").sentences} == {"0"}
    assert excused(small, "policy") == {1: "heading"}
    source.write_text(POLICY + "\nMore.\n", "utf-8")
    done = run(small, str(source))
    assert "is made anew from the file" in done.output
    assert excused(small, "policy") == {1: "heading", 4: "heading"}


def test_a_table_is_of_a_text_as_it_was_read(small: Small) -> None:
    """Read in another way, the same file has other blocks, and the table is made anew."""
    source = small.write("lines.txt", "It begins\nand it ends.\n")
    assert run(small, str(source)).exit_code == 0
    done = run(small, str(source), "--wrap")
    assert done.exit_code == 0, done.output
    assert len(table(small, "lines").sentences) == 1


def test_a_table_that_a_spreadsheet_saved_is_still_the_authors(small: Small) -> None:
    """With semicolons, a mark, and separators behind its first line; without that line it is an
    error, so that no edit is lost."""
    source = small.write("policy.md", POLICY)
    add_document(small.project, source)
    path = small.folder / "data" / "source" / "policy.blocks.csv"
    first, _, rest = path.read_text("utf-8").partition("\n")
    saved = f"{first};;;;;;;\r\n" + rest.replace("heading,2", "para,0").replace(",", ";")
    path.write_text("\ufeff" + saved, "utf-8")
    add_document(small.project, source)
    assert excused(small, "policy") == {1: "heading"}
    path.write_text(path.read_text("utf-8").partition("\n")[2], "utf-8")
    with pytest.raises(SourceError, match="which file it is of"):
        add_document(small.project, source)


def test_what_the_author_said_stays(small: Small) -> None:
    """The name of the document, and reasons of the author's own, by the sentence."""
    source = small.write("policy.md", POLICY)
    add_document(small.project, source)
    folder = small.folder / "data" / "source"
    described = folder / "policy.ttl"
    assert '"policy"@en' in described.read_text("utf-8")
    described.write_text(described.read_text("utf-8").replace('"policy"@en', '"The plan"@en'))
    with (folder / "policy.excused.csv").open("a") as file:
        file.write("5,overview\n")
    source.write_text("First.\n\n" + POLICY, "utf-8")
    add_document(small.project, source)
    assert excused(small, "policy") == {2: "heading", 5: "heading", 6: "overview"}
    labels = {
        t.object
        for t in load(small.project).descriptions
        if t.predicate == SKOS.prefLabel and t.subject == table(small, "policy").document
    }
    assert Literal("The plan", language="en") in labels


def test_a_document_that_is_cited_is_not_cut_again(small: Small) -> None:
    """Nor taken out: the clauses would stand for nothing."""
    source = small.write("policy.md", POLICY)
    add_document(small.project, source)
    cite(small, "policy")
    for words in ((str(source),), ("--remove", "policy")):
        done = run(small, *words)
        assert done.exit_code == 2
        assert "clauses of policy are cited (1)" in done.output
    assert (small.folder / "data" / "source" / "policy.ttl").is_file()


def test_a_document_is_taken_out_again(small: Small) -> None:
    """All that was written of it; the file it was made from stays."""
    source = small.write("policy.md", POLICY)
    before = sorted(small.folder.rglob("*.*"))
    add_document(small.project, source)
    done = run(small, "--remove", "policy")
    assert done.exit_code == 0, done.output
    assert sorted(small.folder.rglob("*.*")) == before
    done = run(small, "--remove", "policy")
    assert done.exit_code == 2
    assert "no document 'policy'" in done.output
    assert "elbe" in done.output


def test_a_folder_of_documents_is_taken_in(small: Small) -> None:
    """All or none; what has another ending is passed over."""
    for name, text in {"a.md": POLICY, "b.de.txt": "Am 3. Mai gilt es.", "c.csv": "x,y"}.items():
        small.write(f"many/{name}", text)
    folder = small.folder / "many"
    add_document(small.project, folder)
    assert table(small, "b.de").language == "de"
    assert len(table(small, "b.de").sentences) == 1
    assert {path.name for path in (small.folder / "texts").iterdir()} == {"a.txt", "b.de.txt"}
    small.write("many/d.txt", "New.")
    small.write("many/e.html", "<p></p>")
    with pytest.raises(SourceError, match="no words"):
        add_document(small.project, folder)
    assert not (small.folder / "texts" / "d.txt").exists()
    (folder / "e.html").unlink()
    small.write("many/a.txt", "Twin.")
    with pytest.raises(ConfigError, match="would both be the document 'a'"):
        plan(small.project, folder)
    small.write("none/c.csv", "x,y")
    with pytest.raises(ConfigError, match="holds no document"):
        plan(small.project, small.folder / "none")


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("my policy (2024) [final].txt", "my-policy-2024-final"),
        ("\u653f\u7b56.txt", "\u653f\u7b56"),
        ("a#b?c%d.txt", "a-b-c-d"),
        ("...txt", ""),
    ],
)
def test_names_with_blanks_and_brackets_are_made_names_of_iris(
    small: Small, name: str, called: str
) -> None:
    """And the project can be checked with them; a name without a letter is refused."""
    source = small.write(name, "One. Two.")
    if not called:
        with pytest.raises(SourceError, match="no letter or digit"):
            add_document(small.project, source)
        return
    add_document(small.project, source)
    assert len(table(small, called).sentences) == 2
    assert check(small.project).report.conforms


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "no words"),
        ("caf\u00e9".encode("latin-1"), "Latin-1"),
        ("words".encode("utf-16"), "UTF-16"),
        (b"x" * ((16 << 20) + 1), "larger than 16 MiB"),
        (b"%PDF-1.4", "cannot be read as PDF"),
        (b"PK\x03\x04", "zip file"),
    ],
)
def test_bad_input_is_one_sentence(small: Small, content: bytes, said: str) -> None:
    """With the name of the file, and no traceback; nothing is written."""
    path = small.folder / "bad.txt"
    path.write_bytes(content)
    done = run(small, str(path))
    assert done.exit_code in (1, 2)
    assert isinstance(done.exception, SystemExit)
    (line,) = [line for line in done.output.splitlines() if line.startswith("error: ")]
    assert said in line
    assert "bad.txt" in line
    assert not (small.folder / "data" / "source" / "bad.ttl").exists()


def test_carriage_returns_and_a_mark_are_read(small: Small) -> None:
    """The canonical text is UTF-8 with plain lines."""
    path = small.folder / "odd.txt"
    path.write_bytes("\ufeffOne.\r\nTwo.\x0cThree.".encode())
    done = run(small, str(path))
    assert done.exit_code == 0
    assert "written anew" in done.output
    assert (small.folder / "texts" / "odd.txt").read_bytes() == b"One.\nTwo.\nThree.\n"


def test_a_file_of_the_texts_is_not_overwritten(small: Small) -> None:
    """What stands there under the name of the document and is another text."""
    path = small.write("texts/odd.txt", "\ufeffOne.")
    with pytest.raises(ConfigError, match="holds another text"):
        add_document(small.project, path)
    assert path.read_text("utf-8") == "\ufeffOne."
    path.write_text("One.", "utf-8")
    add_document(small.project, path)


def test_the_language_is_said_or_seen(small: Small) -> None:
    """By whoever takes it in, the file, its name, or its words."""
    names = {"a.html": '<html lang="fr"><p>x</p></html>', "b.de.txt": "x", "c.txt": "x 12"}
    for name, text in names.items():
        add_document(small.project, small.write(name, text))
    assert [table(small, name).language for name in ("a", "b.de", "c")] == ["fr", "de", "en"]
    add_document(small.project, small.write("d.txt", "x"), language="zh-Hant")
    assert table(small, "d").language == "zh-Hant"
    done = run(small, str(small.folder / "c.txt"), "--lang", "no language")
    assert "no language tag" in done.output


def test_words_of_another_language_count_more_than_a_template(small: Small) -> None:
    """Where a file says a language that few of its words are of; a kind of it stays."""
    words = "La ville r\u00e9duit les \u00e9missions pour que les habitants soient dans un bon air."
    for name, said, language in (("a", "en-US", "fr"), ("b", "fr-CA", "fr-CA"), ("c", "oc", "oc")):
        page = small.write(f"{name}.html", f'<html lang="{said}"><p>{words}</p></html>')
        (taken,) = plan(small.project, page)
        assert taken.table.language == language


def test_a_new_edition_is_cut_as_the_old_one_was(small: Small, tmp_path: Path) -> None:
    """By the same cutter and language, from the format at hand; confirmed headings stay such."""
    source = small.write("aims.txt", "1. Aims\n\nAm 3. Mai gilt es. Er endet bald und dann nie.\n")
    add_document(small.project, source, Options(language="de", confirm=True))
    small.write(
        "data/2.trig",
        f"@prefix c: <https://example.org/rivers/source/aims/c/> .\n@prefix cg: <{CG.base}> .\n"
        "c:9-28 { <urn:a> <urn:b> <urn:c> . }\n"
        f'c:9-28 a cg:TextSpan ;\n    cg:wordsDigest "{digest("Am 3. Mai gilt es.")}" .\n',
    )
    text = (small.folder / "texts" / "aims.txt").read_text("utf-8")
    start = text.index("Am 3.")
    path = small.folder / "data" / "2.trig"
    path.write_text(path.read_text("utf-8").replace("9-28", f"{start}-{start + 18}"), "utf-8")
    new = small.write("new.txt", "Vorab.\n1. Aims\nAm 3. Mai gilt es. Er endet am 1. Juni dann.\n")
    relocation = relocate(load(small.project), small.folder / "texts" / "aims.txt", new)
    (move,) = relocation.moves
    assert (move.status, move.new) == ("moved", "c:15-33")
    assert [relocation.new.text[s.start : s.end] for s in relocation.new.sentences] == [
        "Vorab.",
        "1. Aims",
        "Am 3. Mai gilt es.",
        "Er endet am 1. Juni dann.",
    ]
    assert relocation.new.blocks[1].kind == "heading"
    rewrite(relocation, small.project, tmp_path / "new", partial=False)
    folder = tmp_path / "new" / "data" / "source"
    assert SentenceTable.read(folder / "aims.sentences.csv", move.span.document).cutter == 2
    assert (folder / "aims.blocks.csv").is_file()
    assert (folder / "aims.excused.csv").read_text("utf-8") == "sentence,reason\n2,heading\n"


def test_a_new_edition_may_be_of_another_format(small: Small, tmp_path: Path) -> None:
    """Its canonical text is written, too."""
    add_document(small.project, small.write("policy.md", POLICY))
    cite(small, "policy")
    old = small.folder / "texts" / "policy.txt"
    page = small.write("policy.html", "<h1>Policy</h1><p>It begins. It ends late.</p>")
    relocation = relocate(load(small.project), old, page)
    rewrite(relocation, small.project, tmp_path / "new", partial=True)
    written = tmp_path / "new" / "texts" / "policy.txt"
    assert written.read_text("utf-8") == "Policy\nIt begins. It ends late.\n"


def test_a_document_is_named_in_the_languages_of_the_project(small: Small) -> None:
    """Besides those of pages: a release has a German name of it, where the project has one."""
    path = small.folder / "cgkg.toml"
    path.write_text(path.read_text("utf-8") + 'de = "Fl\u00fcsse"\n', "utf-8")
    add_document(small.project, small.write("letter.txt", "One."))
    said = (small.folder / "data" / "source" / "letter.ttl").read_text("utf-8")
    assert '"letter"@de' in said


def test_sections_are_called_in_the_languages_of_the_project(small: Small) -> None:
    """By words of the catalogues; where these have none, as the document's own headings number them
    if it is in the language, else by the number."""
    path = small.folder / "cgkg.toml"
    toml = path.read_text("utf-8").replace(
        "[project]\n", '[project]\nlanguages = ["de", "en", "ja"]\n'
    )
    path.write_text(toml, "utf-8")
    law = "# Gesetz\n\n## \u00a7 9a Zweck\n\nEs gilt.\n\n## Anhang\n\nMehr.\n"
    add_document(small.project, small.write("law.de.md", law))
    names: dict[str, set[str]] = {}
    for quad in parse_file(small.folder / "data" / "source" / "law.de.ttl"):
        if quad.predicate == SKOS.prefLabel and isinstance(quad.object, Literal):
            local = str(quad.subject).rpartition("/")[2].strip(">")
            names.setdefault(local, set()).add(f"{quad.object.value}@{quad.object.language}")
    assert names["9a"] == {"\u00a7 9a@de", "section 9a@en", "9a@ja"}
    assert names["1"] == {"1@de", "section 1@en", "1@ja"}


def test_a_document_in_no_known_language_is_in_the_first_of_the_project(small: Small) -> None:
    """Its preview says that nobody knows."""
    path = small.folder / "cgkg.toml"
    toml = path.read_text("utf-8").replace("[project]\n", '[project]\nlanguages = ["el", "en"]\n')
    path.write_text(toml, "utf-8")
    (taken,) = plan(small.project, small.write("x.txt", "Xyzzy plugh."))
    assert taken.table.language == "el"
    assert taken.notes[0] == "language: el (for want of another; say --lang)"
