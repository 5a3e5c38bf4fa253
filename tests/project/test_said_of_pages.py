"""What cgkg.toml says of lists, comparison, timeline and search, and what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ferries import make_ferries
from projects import Small

from cgkg.errors import BuildRejectedError, ConfigError
from cgkg.pipeline import build
from cgkg.project.pages import DateSettings, Pages
from cgkg.rdf.terms import IRI

CLASS = '[[browse]]\nclass = "f:Ship"\n'
ROWS = '[compare]\ncolumns = "f:Line"\nown = "f:runBy"\n[[compare.rows]]\nproperty = "f:carries"\n'
DATE = '[[timeline.dates]]\nat = "f:launched"\n'


def test_what_is_said_comes_back_from_the_manifest(tmp_path: Path) -> None:
    """Also of names that are no web addresses, and of periods that are open on one side."""
    pages = make_ferries(tmp_path).project.pages
    assert pages.lists[0].name == {"en": "ferries"}
    assert pages.timeline
    assert pages.compare
    open_ended = DateSettings(None, IRI("urn:x:end"), via=IRI("urn:x:part"), target=True)
    more = Pages(pages.lists, pages.compare, None, pages.search)
    for each in (pages, more, Pages()):
        assert Pages.of(json.loads(json.dumps(each.as_dict()))) == each
    timed = Pages(timeline=type(pages.timeline)((open_ended,)))
    assert Pages.of(timed.as_dict()) == timed


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("[browse]\n", "browse is no list"),
        ("[[browse]]\n", "browse needs a class or a scheme"),
        (CLASS + 'scheme = "f:Load"\n', "browse needs a class or a scheme"),
        (CLASS + "facets = []\n", "needs facets, a list of names"),
        (CLASS + 'facets = ["nowhere:x"]\n', "'nowhere:x' is no IRI"),
        (CLASS + "limit = 1\n", "browse.limit is unknown"),
        ('[compare]\ncolumns = "f:Line"\nown = "f:runBy"\n', "compare has no rows"),
        (ROWS.replace('own = "f:runBy"\n', ""), "needs own"),
        (DATE + 'to = "f:endMonth"\n', "needs at, or from and to"),
        ("[[timeline.dates]]\n", "needs at, or from and to"),
        (DATE + 'target = "yes"\n', "target is not true or false"),
        ("search = 1\n", "search is no table"),
    ],
)
def test_a_mistake_is_named_with_its_table(tmp_path: Path, table: str, told: str) -> None:
    made = make_ferries(tmp_path, said=False)
    config = (tmp_path / "cgkg.toml").read_text("utf-8")
    made.write("cgkg.toml", table + config if "=" in table.split("\n")[0] else config + table)
    with pytest.raises(ConfigError, match=r"cgkg\.toml") as caught:
        _ = made.project
    assert told in caught.value.message


def test_a_property_that_the_ontology_does_not_have_is_found(tmp_path: Path) -> None:
    made: Small = make_ferries(tmp_path, said=False)
    config = (tmp_path / "cgkg.toml").read_text("utf-8")
    made.write("cgkg.toml", config + CLASS + 'columns = ["f:carys"]\n')
    with pytest.raises(BuildRejectedError) as caught:
        build(made.project, tmp_path / "store")
    (violation,) = caught.value.report.violations
    assert "f:carys" in violation.message["en"]
