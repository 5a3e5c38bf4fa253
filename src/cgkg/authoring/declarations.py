"""The prefixes that a Turtle or TriG file declares: those it uses, and no others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cgkg.rdf.lines import TOKEN, StatementReader

_REST_OF_LINE = re.compile(r"[^\S\n]*(?:\n|\Z)")


@dataclass(frozen=True)
class _Declaration:
    """`@prefix name: <…> .` or `PREFIX name: <…>` in a text; of `@base` the name is None."""

    name: str | None
    start: int
    end: int
    space: str = ""


@dataclass
class _Scan:
    declarations: list[_Declaration] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    head: int = 0  # where the declarations at the beginning end


def declare_used(text: str, prefixes: Mapping[str, str]) -> str:
    """The text with the declarations that it needs: those that it lacks put in behind its own, in
    the order of their names, and those of which it uses nothing taken out.

    What the file declares otherwise than `prefixes` stays as it is. Where the same prefix is
    declared twice, all stay.

    Args:
        text: well-formed but for prefixes that are not declared.
        prefixes: those that can be put in.
    """
    scan = _scan(text)
    own = [each.name for each in scan.declarations]
    missing = sorted(name for name in scan.used if name not in own and name in prefixes)
    added = "".join(f"@prefix {name}: <{prefixes[name]}> .\n" for name in missing)
    edits = []
    for each in scan.declarations:
        # A name with a full stop is read as several tokens.
        unused = each.name is not None and each.name not in scan.used and "." not in each.name
        if unused:
            edits.append((each.start, _after(text, each), ""))
    if added:
        at = _line_after(text, scan.head)
        if not scan.head:
            added += "\n" if text.strip() else ""
        elif not text[:at].endswith("\n"):
            added = "\n" + added
        edits.append((at, at, added))
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def lacks_declarations(text: str, prefixes: Mapping[str, str]) -> bool:
    """Whether a text uses one of these prefixes and does not declare it."""
    scan = _scan(text)
    return not scan.used.isdisjoint(prefixes.keys() - {each.name for each in scan.declarations})


def declared_otherwise(text: str, prefixes: Mapping[str, str]) -> Iterator[tuple[int, str, str]]:
    """Line, prefix and namespace of each declaration in a text that `prefixes` has otherwise."""
    for each in _scan(text).declarations:
        if each.name is not None and prefixes.get(each.name, each.space) != each.space:
            yield text.count("\n", 0, each.start) + 1, each.name, each.space


def _scan(text: str) -> _Scan:
    scan, reader = _Scan(), StatementReader()
    begun: int | None = None
    words: list[str] = []
    at_head = True
    for match in TOKEN.finditer(text):
        kind, token = match.lastgroup or "", match[0]
        if kind == "skip":
            continue
        before = reader.directive is not None
        for _ in reader.take(kind, token, 0):
            pass
        inside = reader.directive is not None
        if inside and not before:
            begun, words = match.start(), []
        if before or inside:
            words.append(token)
        elif kind == "name":
            scan.used.add(token.partition(":")[0])
        if before and not inside and begun is not None:
            name = words[1].rstrip(":") if len(words) > 2 and ":" in words[1] else None
            space = words[2][1:-1] if name is not None else ""
            is_base = words[0].lstrip("@").lower() == "base"
            scan.declarations.append(
                _Declaration(None if is_base else name, begun, match.end(), space)
            )
            scan.head = match.end() if at_head else scan.head
        elif not (before or inside):
            at_head = False
    return scan


def _after(text: str, declaration: _Declaration) -> int:
    """Behind a declaration, and its line if it has that for itself."""
    line = text.rfind("\n", 0, declaration.start) + 1
    rest = _REST_OF_LINE.match(text, declaration.end)
    alone = not text[line : declaration.start].strip()
    return rest.end() if rest and alone else declaration.end


def _line_after(text: str, at: int) -> int:
    if not at:
        return 0
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


__all__ = ["declare_used", "declared_otherwise", "lacks_declarations"]
