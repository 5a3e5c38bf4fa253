"""Messages that are made in one place and said in any language in another, such as errors'."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cgkg.languages import translator

_NAMED = re.compile(r"\{(\w+)\}")


class Message(str):
    """A message in the language of the source, which can be said again in another: `retell`.

    Attributes:
        template: the message as catalogues have it, with names in braces.
        values: what stands in their places; a value may be a message itself.
    """

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, values: Mapping[str, object]) -> Message:
        made = super().__new__(cls, fill(template, values) if values else template)
        made.template, made.values = template, values
        return made

    def __getnewargs__(self) -> tuple[str, Mapping[str, object]]:  # type: ignore[override]
        return self.template, self.values

    def as_dict(self) -> dict[str, Any]:
        """Template and values, as JSON holds them; `of` reads it."""
        values = {
            name: each.as_dict() if isinstance(each, Message) else each
            for name, each in self.values.items()
        }
        return {"message": self.template, "values": values}

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Message:
        """The message of which `as_dict` made this."""
        values = {
            name: cls.of(each) if isinstance(each, Mapping) else each
            for name, each in said["values"].items()
        }
        return cls(said["message"], values)


def M_(template: str, /, **values: object) -> Message:
    """A message, marked as one that catalogues translate, with values in the places of names."""
    return Message(template, values)


def retell(text: str, language: str) -> str:
    """A message in the language, as are those within it; a text that is none stays as it is."""
    if not isinstance(text, Message):
        return text
    values = {
        name: retell(each, language) if isinstance(each, str) else each
        for name, each in text.values.items()
    }
    return fill(translator(language).gettext(text.template), values)


def fill(template: str, values: Mapping[str, object]) -> str:
    """The template with the values in the places of their names; other braces stay."""
    return _NAMED.sub(lambda slot: str(values.get(slot[1], slot[0])), template)
