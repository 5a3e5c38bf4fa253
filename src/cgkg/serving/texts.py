"""The words of the documents at hand, for the pages of one generation after the other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cgkg.document.text import SourceTexts
from cgkg.project.folder import Project

if TYPE_CHECKING:
    from cgkg.project.kept import KeptFiles
    from cgkg.project.texts import TextsKept


class PageTexts:
    """Opens the documents of a project; of its files those are read again that changed. Called
    from one thread at a time."""

    def __init__(self) -> None:
        self._kept: tuple[KeptFiles, TextsKept] | None = None

    def open(self, project: Project, source: Path | None) -> SourceTexts | None:
        """The documents at hand, None if there are none; raises as `open_texts`."""
        if project.bare and source is None:
            return None
        # Here, since a bare folder is served without the pipeline.
        from cgkg.project.kept import KeptFiles
        from cgkg.project.texts import TextsKept, open_texts

        if project.bare:
            texts = open_texts(project, source)
        else:
            if self._kept is None:
                files = KeptFiles()
                self._kept = files, TextsKept(files)
            files, kept = self._kept
            files.begin()
            texts = kept.open(project, source)
            files.settle()
        return texts if texts and texts.texts else None
