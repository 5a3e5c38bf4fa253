"""Generations made whole and by a change, as builds make them."""

from __future__ import annotations

from cgkg.store.generations import (
    ASSERTED,
    COVERAGE,
    DATASET,
    MANIFEST,
    PARTS,
    Generation,
    GenerationStore,
    as_json,
)
from cgkg.store.lines import LineChange, Parts

Lines = set[bytes]


def manifest(name: str) -> dict[str, object]:
    return {"generation": name, "counts": {}}


def add_whole(store: GenerationStore, name: str, dataset: Lines, asserted: Lines) -> Generation:
    """Whatever there is already."""
    parts = {DATASET: Parts.of(sorted(dataset)), ASSERTED: Parts.of(sorted(asserted))}
    said = {**manifest(name), "dataset_sha256": parts[DATASET].digest}
    return store.add(
        name,
        {
            DATASET: b"".join(sorted(dataset)), ASSERTED: b"".join(sorted(asserted)),
            **{PARTS[file]: held.write for file, held in parts.items()},
            COVERAGE: b"{}", MANIFEST: as_json(said),
        },
    )  # fmt: skip


def change(old: Lines, new: Lines) -> LineChange:
    return LineChange(sorted(old - new), sorted(new - old))


def add_changed(
    store: GenerationStore, name: str, before: Generation, *changes: LineChange
) -> Generation:
    both = dict(zip((DATASET, ASSERTED), changes, strict=True))
    return store.add_changed(name, before, both, manifest(name), {COVERAGE: b"{}"})
