"""The validators of SHACL by name: data and shapes in, a report out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, get_args
from typing import Literal as OneOf

if TYPE_CHECKING:
    from cgkg.shacl.report import ValidationReport

Validator = OneOf["cgkg", "pyshacl"]
"""Who validates: cgkg itself, or pySHACL as the reference."""
VALIDATORS: Final[tuple[Validator, ...]] = get_args(Validator)


# Each is loaded when it is first asked: the command line knows their names and needs no more.
def _cgkg(*data: Any, **options: Any) -> ValidationReport:
    from cgkg.shacl import validator

    return validator.validate(*data, **options)


def _pyshacl(*data: Any, **options: Any) -> ValidationReport:
    from cgkg.shacl import pyshacl_engine  # which takes half a second to load

    return pyshacl_engine.validate(*data, **options)


ENGINES: Mapping[Validator, Callable[..., ValidationReport]] = {"cgkg": _cgkg, "pyshacl": _pyshacl}
"""Called as `cgkg.shacl.validator.validate` is."""
