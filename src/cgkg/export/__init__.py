"""A generation as files for others: a whole release, or the one file that Protégé opens.

content: the quads and their parts. syntaxes, annotations, reified, tables, merged: what files hold.
statistics, description, readme: what a release says of itself. files: the list of all of them.
release: writing a folder. verify: proving it.
"""

from cgkg.export.merged import merged
from cgkg.export.release import Release, export, is_release

__all__ = ["Release", "export", "is_release", "merged"]
