"""A copy of what a build reads of a project, to try changes in."""

from __future__ import annotations

import shutil
from pathlib import Path

from cgkg.project.folder import Project

__all__ = ["copy_inputs"]


def copy_inputs(project: Project, folder: Path) -> bool:
    """Copy every file of the project that a build reads into a folder that does not exist yet.

    Returns:
        Whether that is all; if not, a build reads files outside of the project, too, which a
        relative path in a catalog does not reach from the copy.
    """
    for name in project.inputs:
        if (project.folder / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(project.folder / name, folder / name)
    return not any(name.startswith(".../") for name in project.inputs)
