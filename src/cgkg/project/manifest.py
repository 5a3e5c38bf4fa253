"""What a generation says of itself: counts, versions, and the digests of its inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from typing import Any

from cgkg import __version__
from cgkg.project.folder import Project
from cgkg.project.sources import Sources
from cgkg.rdf.terms import IRI


def _documents(project: Project) -> dict[str, Any]:
    """What exports may carry of the words of documents, if anything is said of it."""
    said = {name: rights.as_dict() for name, rights in project.documents.items()}
    return {"documents": said} if said else {}


def manifest(
    name: str,
    sources: Sources,
    sizes: Mapping[str, int],
    classes: Mapping[str, int],
    inferred: Sized,
    apart: Mapping[IRI, Sized],
    findings: Mapping[str, int],
) -> dict[str, Any]:
    """The manifest of a generation.

    Args:
        name: its id.
        sources: the project as read.
        sizes: of the whole `dataset` and of its `default_graph`.
        classes: how many members each class of the ontology has.
        inferred: the inferred triples among them.
        apart: the graphs that are not merged into the default graph.
        findings: how many findings of each severity validation had.
    """
    project = sources.project
    counts = {
        **sizes,
        "facts": len(sources.facts),
        "inferred": len(inferred),
        "ontology": len(sources.ontology),
        "concepts": len(sources.concepts),
        "registry": len(sources.registry),
        "descriptions": len(sources.descriptions) + len(sources.sentences),
        **{name.value.rsplit("/", 1)[-1]: len(part) for name, part in apart.items()},
        "span_graphs": sum(span.iri in sources.graphs for span in sources.spans),
        "individuals": len({t.subject for t in sources.registry}),
        "sentences": sum(len(table.sentences) for table in sources.tables.values()),
    }
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
        "counts": counts,
        "classes": dict(sorted(classes.items())),
        "inputs": dict(project.inputs),
        "findings": dict(findings),
    }
