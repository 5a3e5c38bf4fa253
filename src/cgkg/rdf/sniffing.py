"""What a file holds, by its first bytes, where its name does not say or is wrong."""

from __future__ import annotations

import re

from cgkg.formats import Format

HEAD = 1 << 14
"""How many bytes are looked at."""

FOREIGN_NAMES = (".ofn", ".omn", ".owx", ".obo", ".fss", ".owf")
"""What names of files end in that hold an ontology in a syntax that is no RDF."""

_ROBOT = "convert it with ROBOT: robot convert --input FILE --output FILE.ttl"
_COMPRESSED = "let its name end in {}, too, and it is read; or decompress it"
_FOREIGN: tuple[tuple[re.Pattern[bytes], str, str], ...] = tuple(
    (re.compile(pattern, re.MULTILINE), name, hint)
    for pattern, name, hint in (
        (rb"\A\x1f\x8b", "compressed by gzip", _COMPRESSED.format(".gz")),
        (rb"\ABZh[1-9]", "compressed by bzip2", _COMPRESSED.format(".bz2")),
        (rb"\A\xfd7zXZ", "compressed by xz", _COMPRESSED.format(".xz")),
        (rb"\A\x28\xb5\x2f\xfd", "compressed by zstd", _COMPRESSED.format(".zst")),
        (rb"\APK\x03\x04", "a zip archive", "let its name end in .zip, and what is in it is read"),
        (rb"\Aversion https://git-lfs\.github\.com/spec/", "a pointer of Git LFS, not the file",
         "fetch the file itself: git lfs pull"),
        (rb"\A\s*(?:<!--.*?-->\s*)*(?i:<(?:!DOCTYPE\s+html|html)[\s>])", "a page of HTML",
         "it was saved by mistake, such as a page that says where the file is: fetch it again"),
        (rb"^\s*(?:Prefix\s*\(|Ontology\s*\()", "OWL 2 functional-style syntax", _ROBOT),
        (rb"^\s*(?:Prefix:\s+\S*:?\s*<|Ontology:(?:\s|$))", "OWL 2 Manchester syntax", _ROBOT),
        (rb"<(?:\w+:)?Ontology\s[^>]*http://www\.w3\.org/2002/07/owl#", "OWL/XML", _ROBOT),
        (rb"\A(?:\s|!.*$)*format-version:|^\[(?:Term|Typedef|Instance)\]\s*$", "OBO format",
         _ROBOT),
        (rb"^\s*@(?:forAll|forSome|keywords)\b|\}\s*(?:=>|<=|log:implies)\s*[{(\w]|^\s*\{[^}|]*\}\s*=>",
         "Notation3 with rules or formulas, which is no Turtle",
         "write out what its rules derive, such as with EYE: eye FILE --pass --nope"),
    )
)  # fmt: skip
_RDF_XML = re.compile(rb"<(?:[\w.-]+:)?RDF[\s>/]")
_RDF = b"http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_MARKUP = re.compile(rb"\s*<(?:\?xml\s|!DOCTYPE\s|!--|(?:[\w.-]+:)?RDF[\s>/])")
_PREFIXES = re.compile(rb"\s*(?:#.*\n\s*)*(?:@(?:prefix|base)\s|(?i:prefix)\s+[\w.-]*:\s*<)")
_JSON_LD = re.compile(rb'"@(?:context|id|graph|type|value|list|set|included|reverse)"\s*:')


def foreign_syntax(head: bytes) -> str | None:
    """The name of a syntax that cgkg does not read, if these bytes begin a file in one."""
    foreign = next((name for pattern, name, _ in _FOREIGN if pattern.search(head[:HEAD])), None)
    if foreign or not looks_like_json(head) or content_format(head):
        return foreign
    return "JSON without keywords of JSON-LD"


def other_syntax(head: bytes, form: Format) -> Format | None:
    """The syntax of RDF, other than the one its name says, in which a file begins."""
    match = content_format(head) if looks_like_json(head) or _MARKUP.match(head) else None
    if _PREFIXES.match(head) and form is not Format.TRIG:
        match = Format.TURTLE
    return None if match is form else match


def what_to_do(syntax: str) -> str:
    """What to do with a file in a syntax that `foreign_syntax` names."""
    return next(
        (hint for _, name, hint in _FOREIGN if name == syntax), "give it a context, as JSON-LD has"
    )


def looks_like_json(head: bytes) -> bool:
    """Whether the bytes begin as an object or array of JSON does."""
    return re.match(rb'\s*(?:\{\s*["}]|\[\s*(?:[\[{"]|\]\s*\Z))', head) is not None


def content_format(head: bytes) -> Format | None:
    """RDF/XML or JSON-LD, if a file of XML or JSON begins with these bytes and is one of them."""
    head = head[:HEAD]
    if looks_like_json(head):
        return Format.JSON_LD if _JSON_LD.search(head) else None
    return Format.RDF_XML if _RDF in head and _RDF_XML.search(head) else None
