"""What a generation says of itself: counts, versions, and the digests of its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cgkg import __version__
from cgkg.project.folder import Project
from cgkg.project.sources import Sources
from cgkg.rdf.terms import IRI


def _documents(project: Project) -> dict[str, Any]:
    """What exports may carry of the words of documents, if anything is said of it."""
    said = {name: rights.as_dict() for name, rights in project.documents.items()}
    return {"documents": said} if said else {}


@dataclass(frozen=True)
class Counts:
    """How much there is of everything.

    Attributes:
        dataset: quads, those of the `default_graph` among them.
        facts: triples that are reasoned over.
        inferred: triples that follow.
        descriptions: triples about documents, sections, spans and graphs, without the sentences.
        sentences: triples of the sentence tables.
        apart: the graphs that are not merged into the default graph, by name.
    """

    dataset: int
    default_graph: int
    facts: int
    inferred: int
    descriptions: int
    sentences: int
    apart: Mapping[IRI, int]


def manifest(
    name: str,
    sources: Sources,
    counts: Counts,
    classes: Mapping[str, int],
    findings: Mapping[str, int],
    inputs: Mapping[str, str],
) -> dict[str, Any]:
    """The manifest of a generation.

    Args:
        name: its id.
        sources: the project as read.
        counts: how much there is.
        classes: how many members each class of the ontology has.
        findings: how many findings of each severity validation had.
        inputs: the digests of the files read.
    """
    project = sources.project
    return {
        "generation": name,
        "cgkg": __version__,
        "project": {
            "base": project.base,
            "name": project.name,
            "about": project.about,
            "languages": list(project.languages),
            "prefixes": dict(project.prefixes),
            "home": project.home.as_dict() if project.home else None,
            "pages": project.pages.as_dict(),
            "tables": {table.name: table.query for table in project.tables},
            **_documents(project),
        },
        "counts": {
            "dataset": counts.dataset,
            "default_graph": counts.default_graph,
            "facts": counts.facts,
            "inferred": counts.inferred,
            "ontology": len(sources.ontology),
            "concepts": len(sources.concepts),
            "registry": len(sources.registry),
            "descriptions": counts.descriptions + counts.sentences,
            **{each.value.rsplit("/", 1)[-1]: count for each, count in counts.apart.items()},
            "span_graphs": len(sources.graphs.keys() & sources.placed.keys()),
            "individuals": sources.individuals,
            "sentences": sum(len(table.sentences) for table in sources.tables.values()),
        },
        "classes": dict(sorted(classes.items())),
        "inputs": dict(inputs),
        "findings": dict(findings),
    }
