"""What templates say, in the language of the page: gettext's functions, found through its view."""

from __future__ import annotations

from jinja2 import Environment, pass_context
from jinja2.ext import InternationalizationExtension
from jinja2.runtime import Context

from cgkg.languages import N_


def install(environment: Environment) -> None:
    """Let templates write `_("...")`, `pgettext(...)`, `{% trans %}` and `N_("...")`."""
    environment.add_extension(InternationalizationExtension)
    environment.globals.update(
        _=_gettext, gettext=_gettext, ngettext=_ngettext, pgettext=_pgettext, N_=N_
    )


@pass_context
def _gettext(context: Context, message: str) -> str:
    # gettext answers the header of the catalogue to an empty message.
    return str(context["v"].gettext(message)) if message else ""


@pass_context
def _ngettext(context: Context, one: str, many: str, count: int) -> str:
    return str(context["v"].ngettext(one, many, count))


@pass_context
def _pgettext(context: Context, where: str, message: str) -> str:
    return str(context["v"].pgettext(where, message))
