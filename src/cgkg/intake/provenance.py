"""Who proposed, accepted and rejected what, as PROV-O: candidates as RDF, without their words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cgkg.intake.candidates import Candidate, CandidateStatus
from cgkg.project.folder import Project
from cgkg.rdf.terms import IRI, Literal, Triple
from cgkg.rdf.vocab import PROV, RDF, RDFS, XSD

_AGENTS = {"software": PROV.SoftwareAgent, "person": PROV.Person}
_SPACES = re.compile(r"[^\w.@-]+")
_TIMES = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"), XSD.dateTime),
    (re.compile(r"\d{4}-\d\d-\d\d"), XSD.date),
)


def provenance(project: Project, candidates: Iterable[Candidate]) -> list[Triple]:
    """What is known of candidates, each an entity that is attributed to who proposed it.

    A decision is an activity of the person who made it. The clause of an accepted candidate was
    derived from it. Times that are none of XML Schema are plain texts.

    Returns:
        The statements, sorted, each once.
    """
    triples = {triple for each in candidates for triple in _of(project, each)}
    return sorted(triples, key=str)


def _of(project: Project, held: Candidate) -> Iterator[Triple]:
    entity = IRI(f"{project.base}candidate/{_name(held['id'])}")
    yield Triple(entity, RDF.type, PROV.Entity)
    if held["attributed_to"]:
        agent = _agent(project, held["attributed_to"])
        yield Triple(entity, PROV.wasAttributedTo, agent)
        yield from _described(agent, held["attributed_to"], held["agent"])
    if held["generated_at"]:
        yield Triple(entity, PROV.generatedAtTime, _time(held["generated_at"]))
    if held["derived_from"]:
        yield Triple(entity, RDFS.comment, Literal(held["derived_from"]))
    if held.status is CandidateStatus.WAITING:
        return
    decision = IRI(f"{entity.value}/decision")
    yield Triple(decision, RDF.type, PROV.Activity)
    yield Triple(decision, RDFS.label, Literal(held.status.value))
    yield Triple(decision, PROV.used, entity)
    if held["decided_at"]:
        yield Triple(decision, PROV.endedAtTime, _time(held["decided_at"]))
    if held["decided_by"]:
        person = _agent(project, held["decided_by"])
        yield Triple(decision, PROV.wasAssociatedWith, person)
        yield from _described(person, held["decided_by"], "person")
    if held["clause"] and held.status is CandidateStatus.ACCEPTED:
        yield Triple(IRI(held["clause"]), PROV.wasDerivedFrom, entity)


def _described(agent: IRI, name: str, kind: str) -> Iterator[Triple]:
    yield Triple(agent, RDF.type, _AGENTS.get(kind, PROV.Agent))
    yield Triple(agent, RDFS.label, Literal(name))


def _agent(project: Project, name: str) -> IRI:
    return IRI(f"{project.base}agent/{_name(name)}")


def _name(text: str) -> str:
    return _SPACES.sub("-", text).strip("-") or "unknown"


def _time(text: str) -> Literal:
    for pattern, datatype in _TIMES:
        if pattern.fullmatch(text):
            return Literal(text, datatype=datatype)
    return Literal(text)


__all__ = ["provenance"]
