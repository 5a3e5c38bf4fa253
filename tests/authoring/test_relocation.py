"""Spans in a corrected edition: found, told apart, listed where they cannot be placed."""

from __future__ import annotations

import hashlib
import random
import shutil
from operator import eq
from pathlib import Path

import pytest
from projects import BASE, PREFIXES, TEXT, Small, span, wide

from cgkg.authoring.relocation import Move, Relocation, relocate, rewrite
from cgkg.document.sentences import digest
from cgkg.errors import CgkgError, ConfigError, SourceError
from cgkg.pipeline import check
from cgkg.project.folder import Project
from cgkg.project.sources import load
from cgkg.project.texts import open_text

BODY = "id:river\\/elbe :lengthKm 1094 ."


def edition(small: Small, text: str) -> Path:
    return small.write("new.txt", text)


def moves(small: Small, text: str) -> dict[str, Move]:
    """Where each span goes, by its old words."""
    found = relocated(small, text)
    return {TEXT[move.span.start : move.span.end]: move for move in found.moves}


def relocated(small: Small, text: str) -> Relocation:
    old = small.folder / "document.txt"
    return relocate(load(small.project), old, edition(small, text))


def test_an_unchanged_edition_leaves_everything_in_place(small: Small) -> None:
    """The same text has every span where it was."""
    found = relocated(small, TEXT)
    assert found.complete
    assert found.counts == {"same": 3}


def test_spans_move_with_their_sentence(small: Small) -> None:
    """Text put in before shifts a span; its digest stays."""
    text = TEXT.replace("The Elbe", "A new sentence. The Elbe")
    move = moves(small, text)["1,094 km"]
    assert move.status == "moved"
    assert move.place == (text.index("1,094 km"), text.index("1,094 km") + 8)
    assert move.digest == digest("1,094 km")


def test_a_moved_sentence_is_found_anywhere(small: Small) -> None:
    """A sentence that changed its place, and its neighbours, is found by its words."""
    first, second = "The Elbe flows through Dresden and Hamburg. ", "It is 1,094 km long.\n"
    text = TEXT.replace(first + second, second.strip() + " " + first.strip() + "\n")
    found = moves(small, text)
    assert found["Hamburg"].place == (text.index("Hamburg"), text.index("Hamburg") + 7)
    assert found["1,094 km"].status == "moved"


def test_a_moved_sentence_is_found_by_its_full_width_stop(small: Small) -> None:
    """Two Chinese sentences change places: a word that both have goes with its own."""
    first, second = wide("易北河流经汉堡!"), wide("柏林的人比汉堡的多!")
    old, new = f"{first}{second}\n", f"{second}{first}\n"
    start = old.index("汉堡")
    cited = digest("汉堡")
    name = f"c:{start}-{start + 2}"
    small.facts(f'{name} {{ {BODY} }} {name} a cg:TextSpan ; cg:wordsDigest "{cited}" .')
    sha256 = hashlib.sha256(old.encode()).hexdigest()
    description = f'<{BASE}source/elbe> a cg:SourceDocument ; cg:fileDigest "{sha256}" .\n'
    small.write("data/source/elbe.ttl", PREFIXES + description)
    small.write("document.txt", old)
    (move,) = relocated(small, new).moves
    assert (move.status, move.place) == ("moved", (new.rindex("汉堡"), new.rindex("汉堡") + 2))


def test_changed_words_are_found_between_unchanged_ones(small: Small) -> None:
    """A corrected figure is placed by the words around it, with its new digest, to be read."""
    text = TEXT.replace("1,094 km", "1,112 km")
    move = moves(small, text)["1,094 km"]
    assert move.status == "changed"
    assert move.place == (59, 67)
    assert move.digest == digest("1,112 km")


def test_deleted_words_are_not_found_elsewhere(small: Small) -> None:
    """A word that is gone from its sentence is not taken from another sentence."""
    text = TEXT.replace(" and Hamburg", "") + "Berlin has more people than Hamburg.\n"
    move = moves(small, text)["Hamburg"]
    assert move.place is None
    assert move.status == "ambiguous"


def test_what_occurs_twice_is_told_apart_by_its_surroundings(small: Small) -> None:
    """Of two places the one with the same neighbours wins; two alike are ambiguous."""
    text = "1.Rivers\nHamburg is large. The Elbe, flows through Dresden and Hamburg. It is long.\n"
    start = text.rindex("Hamburg")
    assert moves(small, text)["Hamburg"].place == (start, start + 7)
    twice = (
        "1.Rivers\nElbe flows through Dresden and Hamburg.\nElbe flows through Dresden and Hamburg."
    )
    move = moves(small, twice)["Hamburg"]
    assert (move.status, len(move.candidates)) == ("ambiguous", 2)


def test_two_spans_never_fall_together(small: Small) -> None:
    """Spans that would get the same name are listed and get none."""
    right = span("Hamburg", BODY)
    small.facts(right, right.replace("c:44-51", "c:42-49"))
    found = relocated(small, TEXT)
    assert not found.complete
    assert [(move.place, move.candidates) for move in found.moves] == [(None, ((44, 51),))] * 2


def test_a_wrong_span_is_found_by_its_digest_alone(small: Small) -> None:
    """If the words at its place are not the cited ones, only the digest counts."""
    path = small.facts(span("Dresden and Hamburg", BODY))
    start = TEXT.index("Dresden and Hamburg")
    text = path.read_text("utf-8").replace(f"c:{start}-{start + 19}", f"c:{start - 2}-{start + 17}")
    path.write_text(text, "utf-8")
    (move,) = relocated(small, TEXT).moves
    assert move.place == (start, start + 19)
    path.write_text(text.replace(digest("Dresden and Hamburg"), "0" * 64), "utf-8")
    assert [move.status for move in relocated(small, TEXT).moves] == ["lost"]


def test_the_old_edition_must_be_the_cited_one(small: Small) -> None:
    """Editions in the wrong order are refused."""
    new = edition(small, TEXT + "more")
    with pytest.raises(SourceError, match="no document that the project cites"):
        relocate(load(small.project), new, small.folder / "document.txt")


@pytest.mark.parametrize("seed", range(40))
def test_no_span_is_placed_wrongly(small: Small, seed: int) -> None:
    """Whatever is put in, taken out or replaced: placed words are the very words cited."""
    chance = random.Random(seed)
    nouns = ["river", "town", "plan", "road", "board", "lake", "people", "network"]
    verbs = ["serves", "joins", "crosses", "meets"]

    def sentence() -> str:
        words = [chance.choice(nouns), chance.choice(verbs), chance.choice(nouns)]
        return " ".join([*words, str(chance.randrange(30))]) + "! "

    old = "".join(sentence() for _ in range(30))
    sha256 = hashlib.sha256(old.encode()).hexdigest()
    small.write("document.txt", old)
    small.write(
        "data/source/elbe.ttl", PREFIXES + f'<{BASE}source/elbe> cg:fileDigest "{sha256}" .'
    )
    blocks = []
    for _ in range(12):
        start = chance.randrange(len(old) - 30)
        end = start + chance.randrange(4, 30)
        name, words = f"c:{start}-{end}", old[start:end]
        blocks.append(f'{name} {{ {BODY} }} {name} cg:wordsDigest "{digest(words)}" .')
    small.facts(*blocks)
    kept: list[tuple[str, int]] = [(char, at) for at, char in enumerate(old)]
    for _ in range(5):
        at, size = chance.randrange(len(kept)), chance.randrange(12)
        put = sentence()[: chance.randrange(20)]
        kept[at : at + size] = [(char, -1) for char in put]
    found = relocated(small, "".join(char for char, _ in kept))
    for move in found.moves:
        if move.status in ("same", "moved") and move.place:
            origins = [at for _, at in kept[slice(*move.place)]]
            true = list(range(move.span.start, move.span.end))
            # A character put in may be the very one that was taken out beside it.
            assert sum(map(eq, origins, true)) >= len(true) / 3


def test_writing_makes_a_project_of_the_new_edition(small: Small, tmp_path: Path) -> None:
    """Renamed spans, new digests, table and description: the result validates against NEW."""
    before = (small.folder / "data" / "1.trig").read_bytes()
    text = TEXT.replace("1.Rivers\n", "1.Rivers\nA first line.\n").replace("1,094", "1,112")
    found = relocated(small, text)
    written = rewrite(found, small.project, tmp_path / "out", partial=False)
    assert sorted(path.name for path in written) == ["1.trig", "elbe.sentences.csv", "elbe.ttl"]
    assert (small.folder / "data" / "1.trig").read_bytes() == before
    shutil.copytree(tmp_path / "out", small.folder, dirs_exist_ok=True)
    project = Project.at(small.folder)
    report = check(project, text=open_text(project, small.folder / "new.txt")).report
    assert report.conforms, report.text()
    with pytest.raises(ConfigError, match="already there"):
        rewrite(found, small.project, tmp_path / "out", partial=False)


def test_writing_in_part_has_to_be_asked_for(small: Small, tmp_path: Path) -> None:
    """Without --partial nothing is written; with it, spans without a place keep their names."""
    found = relocated(small, TEXT.replace("It is 1,094 km long.", ""))
    with pytest.raises(CgkgError, match="1 spans have no place"):
        rewrite(found, small.project, tmp_path / "out", partial=False)
    assert not (tmp_path / "out").exists()
    rewrite(found, small.project, tmp_path / "out", partial=True)
    text = (tmp_path / "out" / "data" / "1.trig").read_text("utf-8")
    assert text == (small.folder / "data" / "1.trig").read_text("utf-8")


def test_a_kept_name_may_not_become_anothers(small: Small, tmp_path: Path) -> None:
    """A span without a place cannot keep a name that another span gets."""
    small.facts(span("Dresden", BODY), span("Hamburg", BODY))
    found = relocated(
        small, TEXT.replace("through Dresden and Hamburg", "to a town, it is Hamburg")
    )
    lost, placed = found.moves
    clash = Relocation(
        found.document,
        (lost, Move(placed.span, "moved", (lost.span.start, lost.span.end), placed.digest)),
        found.old,
        found.new,
    )
    assert lost.place is None
    with pytest.raises(CgkgError, match="cannot keep its name"):
        rewrite(clash, small.project, tmp_path / "out", partial=True)


def test_names_that_cannot_be_rewritten_are_noticed(small: Small, tmp_path: Path) -> None:
    """What was written is read again; if it says something else, nothing is left of it."""
    path = small.facts(span("Hamburg", BODY))
    text = path.read_text("utf-8").replace("c:44-51 {", "src:elbe\\/c\\/44-51 {")
    path.write_text(f"@prefix src: <{BASE}source/> .\n" + text, "utf-8")
    found = relocated(small, "1.Rivers!\n" + TEXT[9:])
    with pytest.raises(SourceError, match="nothing was written"):
        rewrite(found, small.project, tmp_path / "out", partial=False)
    assert not list((tmp_path / "out").rglob("*.trig"))


def test_nodes_without_a_label_are_no_difference(small: Small, tmp_path: Path) -> None:
    """A parser gives them another label each time; the renamed file still says the same."""
    small.facts(span("Hamburg", BODY + " id:river\\/elbe rdfs:seeAlso [ rdfs:label 'x' ] ."))
    found = relocated(small, "1.Rivers!\n" + TEXT[9:])
    (written, *_) = rewrite(found, small.project, tmp_path / "out", partial=False)
    assert "c:45-52 {" in written.read_text("utf-8")


def test_the_table_has_no_words(small: Small) -> None:
    """The listing names positions and what became of each span, and counts."""
    lines = list(relocated(small, TEXT.replace("1,094", "1,112")).lines())
    assert lines[3].split() == ["c:59-67", "c:59-67", "words", "changed:", "read", "it", "again"]
    assert lines[-1].startswith("3 of 3 spans placed: 2 where they were, 0 moved, 1 with changed")
    assert "Hamburg" not in "".join(lines)
