"""Many quotations at once: `cgkg span -`."""

from __future__ import annotations

import json

from commands import run
from projects import TEXT, Small


def test_quotations_come_one_a_line(small: Small) -> None:
    """Words, or JSON; a header for each place, and the words with their neighbours."""
    options = ["--project", str(small.folder), "--source", str(small.folder / "document.txt")]
    asked = 'The  Elbe\n\n{"quote": "an", "prefix": "Dresden", "document": "elbe"}\n'
    done = run("span", "-", *options, stdin=asked)
    assert done.returncode == 0
    elbe, and_ = TEXT.index("The Elbe"), TEXT.index("and Hamburg")
    headers = [line for line in done.stdout.splitlines() if line.endswith("{")]
    assert headers == [f"c:{elbe}-{elbe + 8} {{", f"c:{and_}-{and_ + 2} {{"]
    assert "[an]d Hamburg" in done.stderr
    lines = run("span", "-", "--json", *options, stdin=asked).stdout.splitlines()
    first = json.loads(lines[0])
    assert (first["quote"], first["found"]) == ("The  Elbe", "folded")
    assert first["places"][0]["words"] == "The Elbe"
    assert [json.loads(line)["places"][0]["start"] for line in lines] == [elbe, and_]


def test_near_misses_are_shown_and_not_taken(small: Small) -> None:
    """What has other words gets no header; the rest does, and the exit code tells."""
    options = ["--project", str(small.folder), "--source", str(small.folder / "document.txt")]
    done = run("span", "-", *options, stdin="It was 1,094 km long\nHamburg\n")
    assert done.returncode == 1
    assert "[It is 1,094 km long]" in done.stderr
    assert done.stdout.count("{") == 1
    assert "1 of 2 quotations" in done.stderr


def test_a_line_that_is_no_quotation_is_an_error(small: Small) -> None:
    """With its number; so is a document that is not there."""
    options = ["--project", str(small.folder), "--source", str(small.folder / "document.txt")]
    for line, said in [
        ('{"quote": ', "standard input:2"),
        ('{"words": "x"}', "'words' is not understood"),
        ('{"quote": " "}', "there is no quote"),
        ('{"quote": "x", "start": "3"}', "start is no whole number"),
        ('{"quote": "x", "section": 3}', "section is no text"),
        ('{"quote": "x", "document": "rhine"}', "there is no document 'rhine'"),
    ]:
        done = run("span", "-", *options, stdin=f"Elbe\n{line}\n")
        assert done.returncode != 0
        assert said in done.stderr
