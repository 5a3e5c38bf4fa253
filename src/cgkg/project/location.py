"""Where projects are: the nearest one, the one that comes with cgkg, and what is kept elsewhere."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from cgkg import package
from cgkg.errors import ConfigError
from cgkg.settings import FILE as CONFIG

_INSTALLED = package.FOLDER / "carried"  # in a checkout there is none


def carried() -> Path:
    """The project that comes with cgkg: in the installed package, or in the checkout around it."""
    return _INSTALLED if (_INSTALLED / CONFIG).is_file() else package.FOLDER.parents[1]


def nearest() -> Path | None:
    """The working folder, or the nearest folder above it, that has a cgkg.toml; None without one.

    It is relative to the working folder, so that messages name files as a person there would.
    Folders that cannot be looked into have none.

    Raises:
        ConfigError: the working folder is gone.
    """
    try:
        above = len(Path.cwd().parents)
    except OSError as error:
        raise ConfigError(
            f"the working folder cannot be found: {error.strerror}", hint="go to another folder"
        ) from None
    return next((p for n in range(above + 1) if _has_config(p := Path(*[".."] * n))), None)


def _has_config(folder: Path) -> bool:
    # A link that leads nowhere counts: whoever made it means this folder, and will be told.
    try:
        return not stat.S_ISDIR((folder / CONFIG).lstat().st_mode)
    except OSError:
        return False


def refuse_installed(path: Path) -> None:
    """The installed package is never changed.

    Args:
        path: a file or folder that is about to be written; it need not exist.

    Raises:
        ConfigError: it is the project in the package, or inside it.
    """
    if _is_installed(path):
        raise ConfigError(
            f"{path} belongs to the installed package, which is never changed",
            hint="make a project of your own with cgkg init DIR, and name it: --project DIR",
        )


def _is_installed(path: Path) -> bool:
    return (_INSTALLED / CONFIG).is_file() and path.resolve().is_relative_to(_INSTALLED.resolve())


def build_folder(folder: Path) -> Path | None:
    """The folder for what is built in a project; None if it cannot be written, or belongs to the
    installed package."""
    writable = os.access(folder, os.W_OK) or (folder / "build").is_dir()
    return folder / "build" if writable and not _is_installed(folder) else None


def cached_store(folder: Path) -> Path:
    """The folder in the user's cache for the graph of a project that has none for it.

    Raises:
        ConfigError: this user has no home folder.
    """
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    return _cache_folder() / "stores" / name


def _cache_folder() -> Path:
    """Where this user's programs keep what they can make again (XDG Base Directory)."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    try:
        home = Path(given) if given.startswith("/") else Path.home() / ".cache"
    except RuntimeError:
        raise ConfigError(
            "this user has no home folder to keep the built graph in",
            hint="set HOME or XDG_CACHE_HOME, or give --store DIR",
        ) from None
    return home / "cgkg"
