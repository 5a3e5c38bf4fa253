"""Exclusive canonical XML 1.0 with comments, of the content of an element, from its events."""

from __future__ import annotations

from collections.abc import Iterable

_XML = "http://www.w3.org/XML/1998/namespace"
_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_IN_VALUE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
)

Name = tuple[str, str, str]
"""Namespace, local name, and the name as written, with its prefix."""


class CanonicalXml:
    """Takes the events of a piece of XML; as a string it is their canonical form.

    A namespace is declared on each outermost element whose name, or whose attributes' names, use
    its prefix, wherever the document declared it.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._tags: list[str] = []
        self._declared = {"": ""}
        self._around: list[dict[str, str | None]] = []  # what each open tag declares anew

    def start(self, name: Name, attributes: Iterable[tuple[Name, str]]) -> None:
        """A start tag, with the attributes that are no declarations of namespaces."""
        ordered = sorted(attributes, key=lambda attribute: attribute[0][:2])
        used = {_prefix(name): name[0]}
        used.update({_prefix(key): key[0] for key, _ in ordered if key[0] and key[0] != _XML})
        held = self._declared
        new = {prefix: space for prefix, space in used.items() if held.get(prefix) != space}
        self._around.append({prefix: held.get(prefix) for prefix in new})
        held.update(new)
        self._tags.append(name[2])
        self._parts.append(f"<{name[2]}")
        for prefix in sorted(new):
            attribute = f"xmlns:{prefix}" if prefix else "xmlns"
            self._parts.append(f' {attribute}="{new[prefix].translate(_IN_VALUE)}"')
        self._parts += (f' {key[2]}="{value.translate(_IN_VALUE)}"' for key, value in ordered)
        self._parts.append(">")

    def end(self) -> None:
        """The end tag of the element that is open."""
        for prefix, space in self._around.pop().items():
            if space is None:
                del self._declared[prefix]
            else:
                self._declared[prefix] = space
        self._parts.append(f"</{self._tags.pop()}>")

    def text(self, text: str) -> None:
        """Text, of CDATA sections and references, too."""
        self._parts.append(text.translate(_IN_TEXT))

    def comment(self, text: str) -> None:
        """A comment."""
        self._parts.append(f"<!--{text}-->")

    def instruction(self, target: str, data: str) -> None:
        """A processing instruction."""
        self._parts.append(f"<?{target} {data}?>" if data else f"<?{target}?>")

    def __str__(self) -> str:
        return "".join(self._parts)


def _prefix(name: Name) -> str:
    prefix, colon, _ = name[2].partition(":")
    return prefix if colon else ""
