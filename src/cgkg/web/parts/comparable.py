"""What of a graph may be set side by side: as its project says, or as its properties suggest."""

from __future__ import annotations

from cgkg.project.configuration import Home
from cgkg.project.pages import CompareSettings, Pages, RowSettings
from cgkg.rdf.terms import IRI
from cgkg.rdf.vocab import CG, OWL, PROV, RDF, RDFS, SKOS
from cgkg.web.parts.asking import rows
from cgkg.web.site import Site

_FEWEST, _MOST = 2, 12  # columns of a comparison that is not named
_MOST_ROWS = 40
_STANDARD = (RDF, RDFS, OWL, SKOS, PROV)
_OF_CLAUSES = frozenset({CG.inSection, CG.inSentence, CG.assertionMode})


def settings_of(site: Site) -> CompareSettings | None:
    """What the project says, else what may be compared, or None if nothing may."""
    said = Pages.of(site.project.get("pages") or {}).compare
    return said or site.kept.once("comparable", lambda: _derived(site))


def _derived(site: Site) -> CompareSettings | None:
    """A comparison of any project: of the values of the property that leads to few things from
    most, by the property that most of these things have besides."""
    home = site.project.get("home")
    columns = Home.of(home).compare if home else None
    of = f"?o {RDF.type} {columns} ." if columns else ""
    pattern = f"?p a {OWL.ObjectProperty} . ?s ?p ?o . {of} FILTER(isIRI(?o) && isIRI(?s))"
    counted = rows(
        site,
        "?p (COUNT(DISTINCT ?s) AS ?n) (COUNT(DISTINCT ?o) AS ?m)",
        pattern,
        "GROUP BY ?p",
    )
    counts = [(int(n.value), int(m.value), p) for p, n, m in counted if _may_compare(p)]
    fitting = [(n, -m, p.value, p) for n, m, p in counts if _FEWEST <= m <= _MOST]
    if not fitting:
        return None
    own = max(fitting)[-1]
    pattern = f"?q a {OWL.ObjectProperty} . ?s {own} ?c ; ?q ?o . FILTER(isIRI(?o))"
    besides = rows(
        site, "?q (COUNT(DISTINCT ?s) AS ?n) (COUNT(DISTINCT ?o) AS ?m)", pattern, "GROUP BY ?q"
    )
    under = [
        (int(n.value), -int(m.value), q.value, q)
        for q, n, m in besides
        if q != own and int(m.value) <= _MOST_ROWS and _may_compare(q)
    ]
    named = sorted(under, key=lambda each: (-each[0], -each[1], each[2]))[:3]
    by = tuple(RowSettings(each[-1]) for each in named)
    return CompareSettings(columns, own, by) if by else None


def _may_compare(property: IRI) -> bool:
    """Whether it is about things, and not about terms or clauses."""
    return property not in _OF_CLAUSES and not any(property in space for space in _STANDARD)
