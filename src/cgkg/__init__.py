"""cgkg: a policy document as a knowledge graph with evidence and proofs.

    import cgkg
    project = cgkg.Project.find()
    generation, report = cgkg.build(project, project.store)
    graph = generation.open()

Names are loaded when first used, so that `import cgkg` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cgkg.errors import (
        BuildRejectedError,
        CanonicalizationError,
        CgkgError,
        ConfigError,
        EndpointError,
        EndpointTimeoutError,
        ImportNotFoundError,
        NotAcceptableError,
        NotEntailedError,
        NotReadableError,
        PoolBusyError,
        QueryError,
        QueryLimitError,
        QueryLostError,
        QueryRefusedError,
        QuerySyntaxError,
        ReasoningLimitError,
        ReasoningLostError,
        ReleaseError,
        ResourceNotFoundError,
        SearchError,
        SearchMissingError,
        SearchNotReadyError,
        SourceError,
        StoreError,
        StoreNotFoundError,
        VersionNotFoundError,
    )
    from cgkg.pipeline import build, check
    from cgkg.project.folder import Project
    from cgkg.store.generations import Generation, GenerationStore
    from cgkg.store.graph import Graph
    from cgkg.web.app import create_app

__version__ = "0.1.0"

_ROOMS = {
    "build": "pipeline",
    "check": "pipeline",
    "create_app": "web.app",
    "Generation": "store.generations",
    "GenerationStore": "store.generations",
    "Graph": "store.graph",
    "Project": "project.folder",
}

__all__ = [
    "BuildRejectedError",
    "CanonicalizationError",
    "CgkgError",
    "ConfigError",
    "EndpointError",
    "EndpointTimeoutError",
    "Generation",
    "GenerationStore",
    "Graph",
    "ImportNotFoundError",
    "NotAcceptableError",
    "NotEntailedError",
    "NotReadableError",
    "PoolBusyError",
    "Project",
    "QueryError",
    "QueryLimitError",
    "QueryLostError",
    "QueryRefusedError",
    "QuerySyntaxError",
    "ReasoningLimitError",
    "ReasoningLostError",
    "ReleaseError",
    "ResourceNotFoundError",
    "SearchError",
    "SearchMissingError",
    "SearchNotReadyError",
    "SourceError",
    "StoreError",
    "StoreNotFoundError",
    "VersionNotFoundError",
    "build",
    "check",
    "create_app",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'cgkg' has no attribute {name!r}")
    return getattr(import_module(f"cgkg.{_ROOMS.get(name, 'errors')}"), name)
