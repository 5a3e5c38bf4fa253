"""RDF/XML (RDF 1.1 XML Syntax): expat reads the XML, from its events come the triples.

What expat does not find well-formed is no RDF/XML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn

from cgkg.errors import SourceError
from cgkg.letters import LETTERS, MARKS, class_of
from cgkg.rdf.canonicalxml import CanonicalXml
from cgkg.rdf.iris import is_absolute, resolve, without_fragment
from cgkg.rdf.statements import NAMED_GRAPHS_INSTEAD, NO_TRIPLE_TERMS
from cgkg.rdf.terms import IRI, BlankNode, Literal, Quad, Subject, Term
from cgkg.rdf.vocab import RDF
from cgkg.rdf.xmlparser import BLANKS, SEPARATOR, XmlParser

_XML = "http://www.w3.org/XML/1998/namespace"
_HELD_NAMES = 1 << 16

# Names that RDF/XML keeps for itself (§5.1, §6.1.4).
_SYNTAX = frozenset(("RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype"))
_WITHDRAWN = frozenset(("aboutEach", "aboutEachPrefix", "bagID"))
_UNPREFIXED = frozenset(("ID", "about", "resource", "parseType", "type"))
_BASE, _DESCRIPTION, _MEMBER = RDF.base, RDF.Description.value, RDF.li.value
_NO_NODE = frozenset(_BASE + name for name in _SYNTAX | _WITHDRAWN | {"li"})
_NO_PROPERTY = frozenset(_BASE + name for name in _SYNTAX | _WITHDRAWN | {"Description"})
_NO_ATTRIBUTE = _WITHDRAWN | {"RDF", "Description", "li"}
# What else the tags of nodes, of properties, and of those with a rdf:parseType may have.
_OF_NODES = frozenset(("about", "ID", "nodeID"))
_OF_PROPERTIES = frozenset(("ID", "resource", "nodeID", "datatype"))
_OF_PARSED = frozenset(("ID",))

_NAME = re.compile(f"{class_of(f'{LETTERS}_')}{class_of(f'{LETTERS}{MARKS}_0-9.-')}*")
_TAGGED = frozenset((RDF.langString, RDF.dirLangString))
_VERSION = RDF.version
_TYPE, _FIRST, _REST, _NIL = RDF.type, RDF.first, RDF.rest, RDF.nil


class RdfXml:
    """The quads of an RDF/XML document, in the order of its elements, all in the default graph.

    Nodes without a `rdf:nodeID` get labels that are numbers, the others keep theirs; so the same
    document always gives the same quads.

    Attributes:
        prefixes: those declared so far, the first declaration of each; complete at the end.
    """

    def __init__(self, file: BinaryIO, base: str, path: Path) -> None:
        """Read a document.

        Args:
            file: the document, in any encoding that its declaration names.
            base: its address, an absolute IRI.
            path: where it is from, for errors.
        """
        self.prefixes: dict[str, str] = {}
        self._file, self._path = file, path
        self._base = without_fragment(base)

    def __iter__(self) -> Iterator[Quad]:
        """Read on.

        Raises:
            SourceError: the document is not well-formed XML, or no RDF/XML; says line and column
                (1-based).
        """
        reader = _RdfXmlReader(self._path, self._base, self.prefixes)
        try:
            for _ in reader.xml.read(self._file):
                yield from reader.take()
        except SourceError as error:
            if error.column is None:
                self._find_column()
            raise

    def _find_column(self) -> None:
        """Raise the error again, with its column, if the document can be read a second time."""
        if self._file.seekable():
            self._file.seek(0)
            reader = _RdfXmlReader(self._path, self._base, {})
            for _ in reader.xml.read(self._file, joined=False):
                reader.take()

    def located(self) -> Iterator[tuple[int, Quad]]:
        """Read on, each quad with the line (1-based) of the element that it comes of.

        That is the property element, or the node element that says it as an attribute, a type, or
        by standing within a property.

        Raises:
            SourceError: as iterating does.
        """
        reader = _LocatedReader(self._path, self._base, self.prefixes)
        for _ in reader.xml.read(self._file):
            lines, reader.lines = reader.lines, []
            yield from zip(lines, reader.take(), strict=True)


class _Element:
    """A start tag: its name as an IRI, its attributes by their use, and what it inherits."""

    __slots__ = ("base", "language", "name", "properties", "syntax", "tag")

    def __init__(self, name: str, tag: str, base: str, language: str) -> None:
        self.name, self.tag = name, tag
        self.base, self.language = base, language
        self.syntax: dict[str, str] = {}
        self.properties: list[tuple[IRI, str]] = []


class _RdfXmlReader:
    """Turns the events of one document into quads; its frames say what may come where."""

    def __init__(self, path: Path, base: str, prefixes: dict[str, str]) -> None:
        self._prefixes = prefixes
        self._quads: list[Quad] = []
        self._frames: list[_Frame] = [_Document(self, base, "")]
        self._names: dict[str, tuple[str, str, str]] = {}
        self._iris: dict[str, IRI] = {}
        self._ids: set[str] = set()
        self._nodes: dict[str, BlankNode] = {}
        self._unlabelled = 0
        self.xml = xml = XmlParser(path)
        self.error = xml.error
        xml.start, xml.end, xml.text, xml.declare = (
            self._start,
            self._end,
            self._text,
            self._declare,
        )

    def take(self) -> list[Quad]:
        """The quads that have come since the last time."""
        quads, self._quads = self._quads, []
        return quads

    # Events

    def _start(self, name: str, attributes: list[str]) -> None:
        self._frames.append(self._frames[-1].start(name, attributes))

    def _end(self, _name: str) -> None:
        self._frames.pop().end()

    def _text(self, text: str) -> None:
        self._frames[-1].text(text)

    def _declare(self, prefix: str | None, namespace: str | None) -> None:
        if namespace:
            self._prefixes.setdefault(prefix or "", namespace)

    # Tags

    def element(self, name: str, attributes: list[str], base: str, language: str) -> _Element:
        """A start tag within what has this base and language."""
        namespace, local, tag = self.name(name)
        if not namespace:
            raise self.error(f"<{tag}> is in no namespace", hint="declare one by xmlns")
        element = _Element(namespace + local, tag, base, language)
        if attributes:
            for place in range(0, len(attributes), 2):
                self._add_attribute(element, attributes[place], attributes[place + 1])
        return element

    def name(self, name: str) -> tuple[str, str, str]:
        """Namespace, local name, and what was written, of a name as expat gives it."""
        known = self._names.get(name)
        if known is None:
            first, *rest = name.split(SEPARATOR)
            if rest:
                tag = f"{rest[1]}:{rest[0]}" if len(rest) > 1 else rest[0]
                known = first, rest[0], tag
            else:
                known = "", first, first
            if len(self._names) == _HELD_NAMES:
                self._names.clear()
            self._names[name] = known
        return known

    def _add_attribute(self, element: _Element, name: str, value: str) -> None:
        namespace, local, tag = self.name(name)
        if namespace == _BASE or (not namespace and local in _UNPREFIXED):
            if local in _NO_ATTRIBUTE:
                raise self.error(f"{tag} cannot be an attribute")
            if local == "type" or local not in _SYNTAX:
                element.properties.append((self.iri(_BASE + local), value))
            elif local in element.syntax:
                raise self.error(f"rdf:{local} and {local} are the same attribute: give one")
            else:
                element.syntax[local] = value
        elif namespace == _XML and local == "lang":
            element.language = value
        elif namespace == _XML and local == "base":
            element.base = without_fragment(resolve(element.base, value))
        elif tag[:3].lower() == "xml" and (":" in tag or not namespace):
            pass  # reserved by XML (§6.1.2)
        elif namespace:
            element.properties.append((self.iri(namespace + local), value))
        else:
            raise self.error(
                f"the attribute {local} has no prefix", hint="RDF/XML §6.1.4: give it a namespace"
            )

    # Terms

    def iri(self, value: str) -> IRI:
        """The IRI of a name."""
        known = self._iris.get(value)
        if known is None:
            if len(self._iris) == _HELD_NAMES:
                self._iris.clear()
            known = self._iris[value] = self._make_iri(value)
        return known

    def resolved(self, element: _Element, reference: str) -> IRI:
        """The IRI that a reference in the element means."""
        return self._make_iri(resolve(element.base, reference))

    def identified(self, element: _Element, name: str) -> IRI:
        """The IRI that `rdf:ID` gives, once in a document for each base (§7.2.34)."""
        if not _NAME.fullmatch(name):
            raise self.error(f"rdf:ID: {name!r} is not a name of XML")
        value = f"{element.base}#{name}"
        if value in self._ids:
            raise self.error(f"rdf:ID: {name!r} is given a second time")
        self._ids.add(value)
        return self._make_iri(value)

    def _make_iri(self, value: str) -> IRI:
        try:
            return IRI(value)
        except ValueError as error:
            what = f"not an IRI: {value!r} ({error})"
            if not is_absolute(value):
                what = f"not an absolute IRI: {value!r}"
            raise self.error(what) from None

    def labelled(self, label: str) -> BlankNode:
        """The node that `rdf:nodeID` names."""
        known = self._nodes.get(label)
        if known is None:
            if not _NAME.fullmatch(label):
                raise self.error(f"rdf:nodeID: {label!r} is not a name of XML")
            try:
                known = BlankNode(label)
            except ValueError:  # names of XML may end with a full stop, for one
                known = self.unlabelled()
            self._nodes[label] = known
        return known

    def unlabelled(self) -> BlankNode:
        """A new node; no name of XML begins with a digit."""
        self._unlabelled += 1
        return BlankNode(str(self._unlabelled))

    def literal(self, value: str, language: str) -> Literal:
        """A plain literal, or one with a language."""
        if not language:
            return Literal(value)
        try:
            return Literal(value, language=language)
        except ValueError as error:
            raise self.error(
                f"not a language tag: {language!r} ({error})",
                hint="write it as BCP 47 has it, such as en-GB",
            ) from None

    def typed(self, value: str, datatype: IRI) -> Literal:
        """A literal with a datatype."""
        if datatype in _TAGGED:
            raise self.error(
                f"a literal of {datatype} has a language", hint="give it xml:lang, no rdf:datatype"
            )
        return Literal(value, datatype=datatype)

    # Statements

    def state(self, subject: Subject, predicate: IRI, value: Term) -> None:
        """A triple."""
        self._quads.append(Quad(subject, predicate, value))

    def state_attributes(self, subject: Subject, element: _Element) -> None:
        """What the property attributes say (§7.2.11)."""
        for predicate, value in element.properties:
            if predicate == _TYPE:
                self.state(subject, predicate, self.resolved(element, value))
            else:
                self.state(subject, predicate, self.literal(value, element.language))

    def node(self, element: _Element) -> Subject:
        """The subject of a node element, and what its tag says of it (§7.2.11)."""
        if element.name in _NO_NODE:
            raise self.error(f"<{element.tag}> cannot be a node element")
        given = element.syntax
        self.allow(element, _OF_NODES)
        if len(given) > 1:
            raise self.error(f"only one of {_listed(given)} can name what <{element.tag}> is about")
        subject: Subject
        if "about" in given:
            subject = self.resolved(element, given["about"])
        elif "ID" in given:
            subject = self.identified(element, given["ID"])
        elif "nodeID" in given:
            subject = self.labelled(given["nodeID"])
        else:
            subject = self.unlabelled()
        if element.name != _DESCRIPTION:
            self.state(subject, _TYPE, self.iri(element.name))
        self.state_attributes(subject, element)
        return subject

    def allow(self, element: _Element, names: frozenset[str]) -> None:
        """Raise for attributes of RDF/XML that have no meaning here."""
        if not element.syntax.keys() <= names:
            (name, *_) = sorted(element.syntax.keys() - names)
            raise self.error(f"<{element.tag}> cannot have rdf:{name}")


class _LocatedReader(_RdfXmlReader):
    """Also keeps the line of the last start tag for each quad."""

    def __init__(self, path: Path, base: str, prefixes: dict[str, str]) -> None:
        super().__init__(path, base, prefixes)
        self.lines: list[int] = []
        self._line = 0

    def _start(self, name: str, attributes: list[str]) -> None:
        self._line = self.xml.line
        super()._start(name, attributes)

    def state(self, subject: Subject, predicate: IRI, value: Term) -> None:
        self.lines.append(self._line)
        super().state(subject, predicate, value)


class _Frame:
    """What an element may hold; `base` and `language` are those of its content."""

    __slots__ = ("_reader", "base", "language")

    def __init__(self, reader: _RdfXmlReader, base: str, language: str) -> None:
        self._reader, self.base, self.language = reader, base, language

    def start(self, name: str, attributes: list[str]) -> _Frame:
        """A start tag comes; gives the frame of its content."""
        raise NotImplementedError

    def text(self, text: str) -> None:
        """Text comes; blanks alone are nothing."""
        if text.strip(BLANKS):
            self._refuse_text(text, "text stands where an element is expected")

    def _refuse_text(self, text: str, what: str) -> NoReturn:
        raise self._reader.xml.error_in_text(f"{what}: {text.strip()[:40]!r}", text)

    def end(self) -> None:
        """The end tag has come."""

    def _element(self, name: str, attributes: list[str]) -> _Element:
        return self._reader.element(name, attributes, self.base, self.language)

    def _node(self, element: _Element) -> tuple[Subject, _Frame]:
        subject = self._reader.node(element)
        return subject, _Node(self._reader, element, subject)


class _Nodes(_Frame):
    """Within `rdf:RDF`: node elements."""

    __slots__ = ()

    def start(self, name: str, attributes: list[str]) -> _Frame:
        return self._node(self._element(name, attributes))[1]


class _Document(_Frame):
    """The document: `rdf:RDF`, or one node element (§7.2.8)."""

    __slots__ = ()

    def start(self, name: str, attributes: list[str]) -> _Frame:
        reader = self._reader
        element = self._element(name, attributes)
        if element.name == f"{_BASE[:-1]}RDF":
            raise reader.error(
                f"the namespace of <{element.tag}> lacks the # at its end", hint=f"write {_BASE}"
            )
        if element.name != f"{_BASE}RDF":
            return self._node(element)[1]
        reader.allow(element, frozenset())
        # Which version of RDF it is says nothing (RDF 1.2).
        element.properties = [each for each in element.properties if each[0] != _VERSION]
        if element.properties:
            raise reader.error(f"<{element.tag}> cannot have {element.properties[0][0]}")
        return _Nodes(reader, element.base, element.language)


class _Node(_Frame):
    """Within a node element, or `rdf:parseType="Resource"`: property elements."""

    __slots__ = ("_members", "_subject")

    def __init__(self, reader: _RdfXmlReader, element: _Element, subject: Subject) -> None:
        super().__init__(reader, element.base, element.language)
        self._subject, self._members = subject, 0

    def start(self, name: str, attributes: list[str]) -> _Frame:
        reader = self._reader
        element = self._element(name, attributes)
        predicate = self._predicate(element)
        given = element.syntax
        if not given and not element.properties:
            return _Value(reader, element, _Statement(reader, self._subject, predicate))
        kind = given.pop("parseType", None)
        if kind is None:
            reader.allow(element, _OF_PROPERTIES)
        else:
            reader.allow(element, _OF_PARSED)
            if element.properties:
                raise reader.error(f"<{element.tag}> has rdf:parseType, so no other properties")
        reified = reader.identified(element, given.pop("ID")) if "ID" in given else None
        statement = _Statement(reader, self._subject, predicate, reified)
        if kind == "Resource":
            node = reader.unlabelled()
            statement.say(node)
            return _Node(reader, element, node)
        if kind == "Collection":
            return _Collection(reader, element, statement)
        if kind == "Triple":  # in RDF 1.1 it would be read as XML, which nobody means by it
            raise reader.error(NO_TRIPLE_TERMS, hint=NAMED_GRAPHS_INSTEAD)
        if kind is not None:  # every other value is read as "Literal" (§7.2.20)
            return _XmlLiteral(reader, element, statement)
        if "datatype" not in given and (given or element.properties):
            statement.say(self._described(element))
            return _Nothing(reader, element)
        if len(given) > 1 or (given and element.properties):
            raise reader.error(f"<{element.tag}> has rdf:datatype, so no other value or properties")
        return _Value(reader, element, statement)

    def _predicate(self, element: _Element) -> IRI:
        name = element.name
        if name == _MEMBER:
            self._members += 1
            name = f"{_BASE}_{self._members}"
        elif name in _NO_PROPERTY:
            raise self._reader.error(f"<{element.tag}> cannot be a property element")
        return self._reader.iri(name)

    def _described(self, element: _Element) -> Subject:
        """What an empty property element leads to, and says of it (§7.2.21)."""
        reader, given = self._reader, element.syntax
        if len(given) > 1:
            raise reader.error(f"only one of {_listed(given)} can be the value of <{element.tag}>")
        value: Subject
        if "resource" in given:
            value = reader.resolved(element, given["resource"])
        else:
            value = reader.labelled(given["nodeID"]) if given else reader.unlabelled()
        reader.state_attributes(value, element)
        return value


class _Statement:
    """A statement that lacks its object; `name` is what its reification is called (§7.3)."""

    __slots__ = ("_name", "_predicate", "_state", "_subject")

    def __init__(
        self, reader: _RdfXmlReader, subject: Subject, predicate: IRI, name: IRI | None = None
    ) -> None:
        self._state = reader.state
        self._subject, self._predicate, self._name = subject, predicate, name

    def say(self, value: Term) -> None:
        """State it, and its reification."""
        state, name = self._state, self._name
        state(self._subject, self._predicate, value)
        if name:
            state(name, _TYPE, RDF.Statement)
            state(name, RDF.subject, self._subject)
            state(name, RDF.predicate, self._predicate)
            state(name, RDF.object, value)


class _Nothing(_Frame):
    """Within a property element whose tag has said its value."""

    __slots__ = ("_tag",)

    def __init__(self, reader: _RdfXmlReader, element: _Element) -> None:
        super().__init__(reader, element.base, element.language)
        self._tag = element.tag

    def start(self, name: str, attributes: list[str]) -> _Frame:
        raise self._reader.error(f"<{self._tag}> already has a value, from its attributes")

    def text(self, text: str) -> None:
        if text.strip(BLANKS):
            self._refuse_text(text, f"<{self._tag}> already has a value, from its attributes")


class _Value(_Frame):
    """Within a property element: text, or one node element."""

    __slots__ = ("_datatype", "_is_said", "_statement", "_tag", "_texts")

    def __init__(self, reader: _RdfXmlReader, element: _Element, statement: _Statement) -> None:
        super().__init__(reader, element.base, element.language)
        self._tag, self._statement = element.tag, statement
        self._datatype: IRI | None = None
        if "datatype" in element.syntax:
            self._datatype = reader.resolved(element, element.syntax["datatype"])
        self._texts: list[str] = []
        self._is_said = False

    def start(self, name: str, attributes: list[str]) -> _Frame:
        if self._is_said:
            raise self._reader.error(
                f"<{self._tag}> has a second value",
                hint='write <property> once for each, or give it rdf:parseType="Collection"',
            )
        if self._datatype or "".join(self._texts).strip(BLANKS):
            raise self._reader.error(
                f"an element stands in the text of <{self._tag}>",
                hint='markup in text needs rdf:parseType="Literal"',
            )
        element = self._element(name, attributes)
        self._is_said = True
        subject, frame = self._node(element)
        self._statement.say(subject)
        return frame

    def text(self, text: str) -> None:
        if self._is_said and text.strip(BLANKS):
            self._refuse_text(text, f"text stands beside the element in <{self._tag}>")
        self._texts.append(text)

    def end(self) -> None:
        if self._is_said:
            return
        reader, value = self._reader, "".join(self._texts)
        datatype = self._datatype
        self._statement.say(
            reader.typed(value, datatype) if datatype else reader.literal(value, self.language)
        )


class _Collection(_Frame):
    """Within `rdf:parseType="Collection"`: node elements, the members of a list (§7.2.19)."""

    __slots__ = ("_cell", "_say")

    def __init__(self, reader: _RdfXmlReader, element: _Element, statement: _Statement) -> None:
        super().__init__(reader, element.base, element.language)
        self._say: Callable[[Term], None] = statement.say
        self._cell: BlankNode | None = None

    def start(self, name: str, attributes: list[str]) -> _Frame:
        reader, cell = self._reader, self._reader.unlabelled()
        self._link(cell)
        subject, frame = self._node(self._element(name, attributes))
        reader.state(cell, _FIRST, subject)
        self._cell = cell
        return frame

    def end(self) -> None:
        self._link(_NIL)

    def _link(self, to: Subject) -> None:
        if self._cell is None:
            self._say(to)
        else:
            self._reader.state(self._cell, _REST, to)


class _XmlLiteral(_Frame):
    """Within `rdf:parseType="Literal"`: any XML, which is the value (§7.2.17)."""

    __slots__ = ("_canonical", "_depth", "_statement")

    def __init__(self, reader: _RdfXmlReader, element: _Element, statement: _Statement) -> None:
        super().__init__(reader, element.base, element.language)
        self._statement, self._depth = statement, 0
        self._canonical = canonical = CanonicalXml()
        reader.xml.keep_markup(canonical.comment, canonical.instruction)

    def start(self, name: str, attributes: list[str]) -> _Frame:
        split, pairs = self._reader.name, zip(attributes[::2], attributes[1::2], strict=True)
        self._canonical.start(split(name), [(split(key), value) for key, value in pairs])
        self._depth += 1
        return self

    def text(self, text: str) -> None:
        self._canonical.text(text)

    def end(self) -> None:
        if self._depth:
            self._depth -= 1
            self._canonical.end()
            return
        self._reader.xml.keep_markup()
        self._statement.say(Literal(str(self._canonical), datatype=RDF.XMLLiteral))


def _listed(given: dict[str, str]) -> str:
    return " and ".join(f"rdf:{name}" for name in given)
