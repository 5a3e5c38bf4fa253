"""A generation as files for others: a whole release, or the one file that Protégé opens."""

from cgkg.export.merged import merged

__all__ = ["merged"]
