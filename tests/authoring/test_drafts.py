"""Drafts in which clauses are quoted, and what `cgkg fmt --resolve` makes of them."""

from __future__ import annotations

from pathlib import Path

from commands import run
from projects import BASE, TEXT, Small, span

from cgkg.authoring.drafts import resolve_drafts
from cgkg.document.sentences import digest
from cgkg.pipeline import check

PREFIXES = f"""@prefix : <{BASE}def/> .
@prefix c: <{BASE}source/elbe/c/> .
@prefix cg: <https://w3id.org/cgkg/def/> .
@prefix id: <{BASE}id/> .
@prefix mode: <https://w3id.org/cgkg/concept/mode/> .
"""
SAID = "id:river\\/elbe :flowsThrough id:place\\/dresden ."


def draft(small: Small, text: str) -> Path:
    return small.write("data/2.trig", f"{PREFIXES}\n{text}")


def source(small: Small) -> Path:
    return small.folder / "document.txt"


def resolved(small: Small) -> str:
    done = resolve_drafts(small.project, source=source(small))
    assert [problem.message for problem in done.problems] == []
    (change,) = done.changes
    change.path.write_text(change.after, "utf-8")
    return change.after.split("\n\n", 1)[1]


def problems(small: Small) -> list[tuple[int | None, str, str]]:
    done = resolve_drafts(small.project, source=source(small))
    assert not done.changes
    return [(problem.line, problem.what, problem.hint) for problem in done.problems]


def test_a_quoted_graph_gets_its_name_and_a_description(small: Small) -> None:
    """Blanks and case do not matter: the digest is that of the document's words."""
    words = "The Elbe flows"
    draft(small, f'elbe:"the Elbe  flows" {{\n    {SAID}\n}}\n')
    name = f"c:{TEXT.index(words)}-{TEXT.index(words) + len(words)}"
    assert resolved(small) == (
        f"{name} {{\n    {SAID}\n}}\n{name} a cg:TextSpan ;\n"
        f'    cg:wordsDigest "{digest(words)}" ;\n'
        '    cg:assertionMode mode:stated ;\n    cg:gist ""@en , ""@zh .\n'
    )
    assert resolve_drafts(small.project, source=source(small)).resolved == 0


def test_what_is_said_of_a_quoted_clause_gets_the_digest(small: Small) -> None:
    """And nothing else: mode and gists are the author's."""
    said = 'cg:assertionMode mode:paraphrased ; cg:gist "gist"@en , "要旨"@zh .'
    quote = "It is 1,094 km long"
    draft(small, f'elbe:"{quote}" {{ {SAID} }}\nelbe:"{quote}" a cg:TextSpan ; {said}\n')
    name = f"c:{TEXT.index(quote)}-{TEXT.index(quote) + len(quote)}"
    assert resolved(small) == (
        f"{name} {{ {SAID} }}\n{name} a cg:TextSpan ;\n"
        f'    cg:wordsDigest "{digest(quote)}" ; {said}\n'
    )
    assert not check(small.project).report.violations


def test_a_clause_that_has_a_digest_gets_no_other(small: Small) -> None:
    """A draft that names a clause of the file again is replaced, no more."""
    small.facts(span("Hamburg", SAID) + f'elbe:"Hamburg" {{ {SAID} }}\n')
    (change,) = resolve_drafts(small.project, source=source(small)).changes
    assert change.after.count(digest("Hamburg")) == 1
    assert 'elbe:"' not in change.after


def test_nothing_is_written_while_one_quotation_has_no_place(small: Small) -> None:
    """Each says where it stands and what to do; what is nearly there is only shown."""
    path = draft(
        small,
        f'elbe:"Elbe flows" {{ {SAID} }}\n'
        f'elbe:"Elbe flow trough Dresden" {{ {SAID} }}\n'
        f'elbe:"s" {{ {SAID} }}\n'
        f'elbe:"no such words at all" {{ {SAID} }}\n'
        f'rhine:"Elbe" {{ {SAID} }}\n'
        f'elbe:"s" (section 9) {{ {SAID} }}\n'
        f'elbe:"s" (page 9) {{ {SAID} }}\n',
    )
    before = path.read_text("utf-8")
    near, several, nowhere, unknown, elsewhere, brackets = problems(small)
    assert near[:2] == (8, "elbe has other words; write them if they are meant")
    assert "[Elbe flows through Dresden]" in near[2]
    assert "places; say behind them which" in several[1]
    assert nowhere[1] == "these words are not in elbe"
    assert unknown[1:] == ("there is no document 'rhine'", "there are: elbe")
    assert elsewhere[1] == "the words do not stand where the brackets say"
    assert brackets[1] == "(page 9) is not understood"
    options = ["--project", str(small.folder), "--source", str(source(small))]
    done = run("fmt", "--resolve", *options)
    assert done.returncode == 1
    assert "nothing written: 6 quotations" in done.stderr
    assert path.read_text("utf-8") == before


def test_brackets_choose_among_places(small: Small) -> None:
    """The words before or behind, or the position."""
    at = TEXT.index("Dresden and") + len("Dresden ")
    draft(small, f'elbe:"an" (before "d Hamburg", after "Dresden") {{ {SAID} }}\n')
    assert resolved(small).startswith(f"c:{at}-{at + 2} {{")
    draft(small, f'elbe:"e" (start {TEXT.index("Elbe") + 3}) {{ {SAID} }}\n')
    assert resolved(small).startswith(f"c:{TEXT.index('Elbe') + 3}-{TEXT.index('Elbe') + 4} {{")


def test_a_build_says_where_a_draft_is_and_what_to_do(small: Small) -> None:
    """So does a check, which goes on to the other files; a mistake before a draft is told first."""
    path = draft(small, f'elbe:"Elbe flows" {{ {SAID} }}\n')
    project = ["--project", str(small.folder)]
    done = run("build", *project)
    assert done.returncode == 1
    assert f"{path}:7:1: a clause of elbe is quoted" in done.stderr
    assert "cgkg fmt --resolve" in done.stderr
    small.write("data/1.trig", "a b")
    checked = run("check", *project).stdout.splitlines()
    assert len(checked) == 2
    assert f"{path}:7: violation unreadable" in checked[1]
    draft(small, f'id:x {{ wrong }}\nelbe:"Elbe flows" {{ {SAID} }}\n')
    small.facts()
    assert f"{path}:7:" in run("check", *project).stdout
    assert "is quoted" not in run("check", *project).stdout


def test_resolve_shows_what_it_would_write(small: Small) -> None:
    """With --check nothing is written; without texts it is said what is missing."""
    path = draft(small, f'elbe:"Elbe flows" {{ {SAID} }}\n')
    project = ["--project", str(small.folder)]
    options = [*project, "--source", str(source(small))]
    shown = run("fmt", "--resolve", "--check", *options)
    assert shown.returncode == 1
    assert '-elbe:"Elbe flows" {' in shown.stdout
    assert 'elbe:"' in path.read_text("utf-8")
    assert "the text of elbe is not at hand" in run("fmt", "--resolve", *project).stderr
    assert run("fmt", "--resolve", *options).returncode == 0
    assert 'elbe:"' not in path.read_text("utf-8")
