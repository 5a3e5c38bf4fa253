"""RDF/XML: what is XML is read as XML, and then as RDF/XML has it."""

from __future__ import annotations

import io
import logging
import random
import tracemalloc
from collections.abc import Iterable
from pathlib import Path
from xml.parsers import expat

import pyoxigraph as ox
import pytest
import rdflib
from paths import SHARED

from cgkg.errors import SourceError
from cgkg.formats import Format
from cgkg.rdf.io import parse_file, read_rdf, serialize
from cgkg.rdf.terms import Quad
from cgkg.rdf.xml import RdfXml

logging.getLogger("rdflib").setLevel(logging.CRITICAL)  # it says much of changed documents
BASE = "http://e/doc"
RDF_NS = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
HEAD = f'<rdf:RDF xmlns:rdf="{RDF_NS}" xmlns:e="http://e/"'
TYPED = f"^^<{RDF_NS}XMLLiteral>"


def whole(content: str, *, before: str = "", more: str = "") -> str:
    """A document whose `rdf:RDF` holds this."""
    return f"{before}{HEAD}{more}>{content}</rdf:RDF>"


def about(content: str, **given: str) -> str:
    """A document that says this of <http://e/a>."""
    inner = f'<rdf:Description rdf:about="http://e/a">{content}</rdf:Description>'
    return whole(inner, **given)


def read(document: str | bytes, base: str = BASE) -> list[Quad]:
    """The quads of a document."""
    content = document.encode() if isinstance(document, str) else document
    return list(RdfXml(io.BytesIO(content), base, Path("a.rdf")))


def lines(quads: Iterable[Quad]) -> str:
    """The quads as sorted lines, without what all share."""
    text = serialize(quads, Format.N_TRIPLES).decode()
    return "\n".join(sorted(text.replace(RDF_NS, "rdf:").replace("http://e/", "").splitlines()))


def error(document: str | bytes) -> SourceError:
    """The error for a document."""
    with pytest.raises(SourceError) as raised:
        read(document)
    return raised.value


READ = {
    "entities in single quotes": (
        about("<e:p>&w;</e:p>", before="<!DOCTYPE r [<!ENTITY w 'http://w/'>]>"),
        '<a> <p> "http://w/" .',
    ),
    "entities in entities and in attributes": (
        about(
            '<e:p rdf:resource="&b;x"/>',
            before='<!DOCTYPE r [<!ENTITY a "http://"> <!ENTITY b "&a;w/">]>',
        ),
        "<a> <p> <http://w/x> .",
    ),
    "entities that a parameter entity declares": (
        about("<e:p>&w;</e:p>", before="""<!DOCTYPE r [<!ENTITY % d "<!ENTITY w 'x'>"> %d;]>"""),
        '<a> <p> "x" .',
    ),
    "attributes that the document type gives": (
        about("<e:p>x</e:p>", before="<!DOCTYPE r [<!ATTLIST e:p xml:lang CDATA 'de'>]>"),
        '<a> <p> "x"@de .',
    ),
    "a document type in another file that is not needed": (
        about("<e:p>x</e:p>", before='<!DOCTYPE r SYSTEM "http://nowhere.example/r.dtd">'),
        '<a> <p> "x" .',
    ),
    "comments, CDATA and instructions inside text": (
        about("<e:p>a<!-- b -->c<![CDATA[<d>&]]>e<?f g?>h</e:p>"),
        '<a> <p> "ac<d>&eh" .',
    ),
    "the version of RDF that it is": (
        whole('<e:B rdf:about="http://e/a"/>', more=' rdf:version="1.2"'),
        "<a> <rdf:type> <B> .",
    ),
    "comments beside the value": (
        about("<e:p><!-- x --><e:B/><?x y?></e:p>"),
        "<a> <p> _:1 .\n_:1 <rdf:type> <B> .",
    ),
    "a language that is taken away": (
        about('<e:p>x</e:p><e:p xml:lang="">x</e:p>', more=' xml:lang="en"'),
        '<a> <p> "x" .\n<a> <p> "x"@en .',
    ),
    "a language of property attributes": (
        whole('<rdf:Description rdf:about="http://e/a" e:p="x" xml:lang="fr"/>'),
        '<a> <p> "x"@fr .',
    ),
    "no language on typed literals": (
        about('<e:p xml:lang="en" rdf:datatype="http://e/t">x</e:p>'),
        '<a> <p> "x"^^<t> .',
    ),
    "line ends of any kind": (
        about("<e:p>a\r\nb\rc&#13;d</e:p>"),
        '<a> <p> "a\\nb\\nc\\rd" .',
    ),
    "blanks in attributes": (
        whole('<rdf:Description rdf:about="http://e/a" e:p="a\r\nb\tc&#10;d"/>'),
        '<a> <p> "a b c\\nd" .',
    ),
    "bases within bases": (
        about(
            '<e:p xml:base="c/d#x" rdf:resource="e"/>'
            '<e:p rdf:resource=""/><e:p rdf:resource="#f"/>',
            more=' xml:base="http://e/b/?q#g"',
        ),
        "<a> <p> <b/?q#f> .\n<a> <p> <b/?q> .\n<a> <p> <b/c/e> .",
    ),
    "rdf:ID": (
        whole('<e:A rdf:ID="i"/><e:A rdf:ID="i" xml:base="http://e/other"/>'),
        "<doc#i> <rdf:type> <A> .\n<other#i> <rdf:type> <A> .",
    ),
    "attributes of RDF/XML without a prefix": (
        f'<Description xmlns="{RDF_NS}" about="http://e/a" type="http://e/T"/>',
        "<a> <rdf:type> <T> .",
    ),
    "names that XML reserves": (
        about('<e:p xml:space="preserve" xmlfoo="x">y</e:p>'),
        '<a> <p> "y" .',
    ),
    "one node element alone": (
        f'<e:A xmlns:e="http://e/" xmlns:rdf="{RDF_NS}" rdf:about="http://e/a"/>',
        "<a> <rdf:type> <A> .",
    ),
    "empty elements": (
        about('<e:p/><e:p xml:lang="en"/><e:p rdf:datatype="http://e/t"></e:p>'),
        '<a> <p> "" .\n<a> <p> ""@en .\n<a> <p> ""^^<t> .',
    ),
    "values in attributes, and blanks in the element": (
        about('<e:p rdf:resource="http://e/b"> \n </e:p><e:q e:r="x" rdf:type="http://e/T"/>'),
        '<a> <p> <b> .\n<a> <q> _:1 .\n_:1 <r> "x" .\n_:1 <rdf:type> <T> .',
    ),
    "parseType Resource, and members counted in each": (
        about('<rdf:li>x</rdf:li><rdf:li rdf:parseType="Resource"><rdf:li>y</rdf:li></rdf:li>'),
        '<a> <rdf:_1> "x" .\n<a> <rdf:_2> _:1 .\n_:1 <rdf:_1> "y" .',
    ),
    "parseType Collection": (
        about('<e:p rdf:parseType="Collection"><e:A rdf:about="b"/></e:p>'),
        "<a> <p> _:1 .\n<b> <rdf:type> <A> .\n_:1 <rdf:first> <b> .\n_:1 <rdf:rest> <rdf:nil> .",
    ),
    "an empty collection": (
        about('<e:p rdf:parseType="Collection"/>'),
        "<a> <p> <rdf:nil> .",
    ),
    "other parseTypes are Literal": (
        about('<e:p rdf:parseType="daml:collection"><b/></e:p>'),
        f'<a> <p> "<b></b>"{TYPED.replace(RDF_NS, "rdf:")} .',
    ),
    "reification": (
        about('<e:p rdf:ID="r">x</e:p>'),
        '<a> <p> "x" .\n<doc#r> <rdf:object> "x" .\n<doc#r> <rdf:predicate> <p> .\n'
        "<doc#r> <rdf:subject> <a> .\n<doc#r> <rdf:type> <rdf:Statement> .",
    ),
    "labels of nodes beside nodes without one": (
        whole('<e:A rdf:nodeID="b1"><e:p><e:B/></e:p><e:q rdf:nodeID="x."/></e:A>'),
        "_:1 <rdf:type> <B> .\n_:b1 <p> _:1 .\n_:b1 <q> _:2 .\n_:b1 <rdf:type> <A> .",
    ),
}


@pytest.mark.parametrize("name", READ)
def test_what_a_document_says(name: str) -> None:
    """Each construct of XML and RDF/XML gives the triples of the specification."""
    document, expected = READ[name]
    assert lines(read(document)) == expected


XML_LITERALS = {
    "a namespace where it is used": (
        '<h:b xmlns:h="http://h/" xmlns:i="http://i/">t</h:b>',
        '<h:b xmlns:h="http://h/">t</h:b>',
    ),
    "namespaces of the document": ("<e:b/>", '<e:b xmlns:e="http://e/"></e:b>'),
    "a default namespace": ('<b xmlns="http://h/"><c/></b>', '<b xmlns="http://h/"><c></c></b>'),
    "a default namespace that ends": (
        '<b xmlns="http://h/"><c xmlns=""/></b>',
        '<b xmlns="http://h/"><c xmlns=""></c></b>',
    ),
    "a prefix declared anew": (
        '<h:b xmlns:h="http://h/"><h:c xmlns:h="http://i/"/><h:d/></h:b>',
        '<h:b xmlns:h="http://h/"><h:c xmlns:h="http://i/"></h:c><h:d></h:d></h:b>',
    ),
    "siblings that declare each for itself": (
        "<e:b/><e:b/>",
        '<e:b xmlns:e="http://e/"></e:b><e:b xmlns:e="http://e/"></e:b>',
    ),
    "attributes in their order": (
        '<b xmlns:z="http://a/" xmlns:y="http://b/" y:m="1" z:n="2" k="3" a=\'"&lt;\'/>',
        '<b xmlns:y="http://b/" xmlns:z="http://a/" a="&quot;&lt;" k="3" z:n="2" y:m="1"></b>',
    ),
    "characters": (
        '<b a="&#9;&#10;&#13;&gt;">&gt;&amp;&lt;"&#13;<![CDATA[<&]]></b>',
        '<b a="&#x9;&#xA;&#xD;>">&gt;&amp;&lt;"&#xD;&lt;&amp;</b>',
    ),
    "comments and instructions": ("a<!--b--><?c d?><?e?>", "a<!--b--><?c d?><?e?>"),
    "languages": ('<b xml:lang="en"/>', '<b xml:lang="en"></b>'),
}


@pytest.mark.parametrize("name", XML_LITERALS)
def test_xml_literals_are_exclusive_canonical_xml(name: str) -> None:
    """RDF/XML §7.2.17: well-formed wherever it is put, and the same for the same content."""
    content, expected = XML_LITERALS[name]
    (quad,) = read(about(f'<e:p rdf:parseType="Literal">{content}</e:p>', more=' xml:lang="de"'))
    assert quad.object == ox.Literal(expected, datatype=ox.NamedNode(RDF_NS + "XMLLiteral"))
    (again,) = read(about(f'<e:p rdf:parseType="Literal">{expected}</e:p>'))
    assert again.object == quad.object


REFUSED = {
    "a cut file": (HEAD + ">\n<e:A>", 2, 6, "not well-formed XML: no element found"),
    "an empty file": ("", 1, 1, "no element found"),
    "mismatched tags": (about("\n\n<e:p>x</e:q>"), 3, 9, "mismatched tag"),
    "something behind the end": (whole("") + "\n<e:A/>", 2, 1, "junk after document element"),
    "a prefix that nobody declares": (about("<f:p/>"), 1, None, "unbound prefix"),
    "an entity that nobody declares": (about("<e:p>&x;</e:p>"), 1, None, "undefined entity"),
    "a control character": (about("<e:p>\x01</e:p>"), 1, None, "invalid token"),
    "a name without namespace": ("<a/>", 1, 1, "<a> is in no namespace"),
    "an attribute without prefix": (about("\n<e:p q='x'/>"), 2, 1, "the attribute q has no prefix"),
    "datatype without prefix": (about("\n<e:p datatype='x:y'/>"), 2, 1, "datatype has no prefix"),
    "the same attribute twice": (
        f'<Description xmlns="{RDF_NS}" xmlns:r="{RDF_NS}" about="x:a" r:about="x:b"/>',
        1,
        1,
        "rdf:about and about are the same attribute",
    ),
    "text among nodes": (whole("<e:A/>\nstray\n<e:A/>"), 2, 1, "text stands where an element"),
    "text among properties": (about("\n\nstray\n"), 3, 1, "text stands where an element"),
    "text behind a comment": (about("\n<!-- & -->\t&#65;\nB"), 2, 12, "an element is expected"),
    "text beside a node": (about("<e:p>\n<e:A/> x\n</e:p>"), 2, 8, "text stands beside"),
    "a node in text": (about("<e:p>x\n<e:A/></e:p>"), 2, 1, "an element stands in the text"),
    "two nodes in a property": (about("<e:p><e:A/>\n<e:A/></e:p>"), 2, 1, "a second value"),
    "a node beside rdf:resource": (
        about("<e:p rdf:resource='x:y'>\n<e:A/></e:p>"),
        2,
        1,
        "already has a value",
    ),
    "text beside rdf:resource": (
        about("<e:p rdf:resource='x:y'>\n x</e:p>"),
        2,
        2,
        "already has a value",
    ),
    "a datatype with a value of another kind": (
        about("\n<e:p rdf:datatype='x:y' rdf:resource='x:z'/>"),
        2,
        1,
        "has rdf:datatype, so no other value",
    ),
    "no IRI": (about("\n<e:p rdf:resource='http://e/ b'/>"), 2, 1, "not an IRI: 'http://e/ b'"),
    "no language tag": (about("\n<e:p xml:lang='en_US'>x</e:p>"), 2, None, "not a language tag"),
    "langString without a language": (
        about(f"\n<e:p rdf:datatype='{RDF_NS}langString'>x</e:p>"),
        2,
        None,
        "has a language",
    ),
    "a triple term": (
        about("\n<e:p rdf:parseType='Triple'><e:A><e:q>x</e:q></e:A></e:p>"),
        2,
        1,
        "triple terms of RDF 1.2",
    ),
    "the namespace of RDF without its end": (
        f'<rdf:RDF xmlns:rdf="{RDF_NS[:-1]}"><rdf:Description/></rdf:RDF>',
        1,
        1,
        "the namespace of <rdf:RDF> lacks the #",
    ),
    "an entity in another file": (
        about("\n<e:p>&x;</e:p>", before='<!DOCTYPE r [<!ENTITY x SYSTEM "x.txt">]>'),
        2,
        6,
        "in another file, which is not read: x.txt",
    ),
    "an entity that another file would declare": (
        about("\n<e:p>&x;</e:p>", before='<!DOCTYPE r SYSTEM "r.dtd">'),
        2,
        6,
        "undefined entity",
    ),
    "such an entity in an attribute": (
        about("\n<e:p e:q='&x;'/>", before='<!DOCTYPE r SYSTEM "r.dtd">'),
        2,
        None,
        "undefined entity",
    ),
    "an encoding that nobody knows": (
        '<?xml version="1.0" encoding="x-none"?><a/>',
        1,
        None,
        "cannot be decoded: unknown encoding: x-none",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_and_where(name: str) -> None:
    """Every mistake has a line; a column, too, where the parser stands at it."""
    document, line, column, what = REFUSED[name]
    found = error(document)
    assert what in found.what
    assert found.line == line
    assert column is None or found.column == column
    assert found.hint


@pytest.mark.parametrize(
    "encoding",
    [
        "utf-8",
        "utf8",
        "utf-8-sig",
        "utf-16",
        "iso-8859-1",
        "windows-1252",
        "gb18030",
        "gbk",
        "shift_jis",
    ],
)
def test_any_encoding_that_is_declared(encoding: str) -> None:
    """The name in the declaration counts, and the byte order mark."""
    word = "é" if encoding in ("iso-8859-1", "windows-1252") else "城市"
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    declaration = f'<?xml version="1.0" encoding="{declared}"?>'
    document = about(f"<e:p>{word * 40_000}</e:p>", before=declaration).encode(encoding)
    (quad,) = read(document)
    assert isinstance(quad.object, ox.Literal)
    assert quad.object.value == word * 40_000


def test_utf_32_is_read_whether_it_is_declared_or_not(tmp_path: Path) -> None:
    """The byte order mark says what it is; expat alone would not read it."""
    path = tmp_path / "a.rdf"
    for declaration in ("", '<?xml version="1.0" encoding="UTF-32"?>'):
        path.write_bytes(about("<e:p>城市</e:p>", before=declaration).encode("utf-32"))
        assert [quad.object for quad in parse_file(path)] == [ox.Literal("城市")]


def test_bytes_that_are_not_in_the_declared_encoding() -> None:
    """They are an error, of expat or of the decoder."""
    for name in ("utf-8", "gbk"):
        document = f'<?xml version="1.0" encoding="{name}"?>{about("<e:p>X</e:p>")}'
        assert error(document.encode().replace(b"X", b"\xff\xff")).hint


def test_entities_expand_only_so_far() -> None:
    """Each ten times the one before: an error, in little memory."""
    kinds = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    document = about("<e:p>&a9;</e:p>", before=f'<!DOCTYPE r [<!ENTITY a0 "{"lol" * 30}">{kinds}]>')
    tracemalloc.start()
    found = error(document)
    assert tracemalloc.get_traced_memory()[1] < 100_000_000
    tracemalloc.stop()
    assert "amplification" in found.what


def test_nothing_depends_on_where_blocks_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read byte by byte a document says the same, and its mistakes stand at the same places."""
    documents = [document for document, _ in READ.values()]
    before = [lines(read(document)) for document in documents]
    places = [place(error(case[0])) for case in REFUSED.values()]
    monkeypatch.setattr("cgkg.rdf.xmlparser._BLOCK", 1)
    assert [lines(read(document)) for document in documents] == before
    assert [place(error(case[0])) for case in REFUSED.values()] == places


def place(found: SourceError) -> tuple[int | None, str]:
    """The line, and what is wrong without the words that it quotes."""
    return found.line, found.what.partition(": '")[0]


def test_a_long_tag_is_read_in_few_blocks() -> None:
    """Each block reads a tag from its start again, so blocks must grow with it."""
    blocks = list[int]()

    class Counted(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            blocks.append(size or 0)
            return super().read(size)

    document = whole(f'<rdf:Description rdf:about="x:a" e:p="{"x" * 8_000_000}"/>')
    (quad,) = RdfXml(Counted(document.encode()), BASE, Path("a.rdf"))
    assert isinstance(quad.object, ox.Literal)
    assert len(quad.object.value) == 8_000_000
    assert len(blocks) < 20


def test_prefixes_and_blank_nodes_of_a_file(tmp_path: Path) -> None:
    """Prefixes are those of the document; nodes are numbered when files are put together."""
    path = tmp_path / "a.rdf"
    path.write_text(about('<e:p><e:A/></e:p><f:q xmlns:f="http://f/">x</f:q>'))
    triples, prefixes = read_rdf(path)
    assert len(triples) == 3
    assert prefixes == {"rdf": RDF_NS, "e": "http://e/", "f": "http://f/"}
    assert "_:z0" in {str(quad.object) for quad in parse_file(path, blank_prefix="z")}


# Against others


def is_well_formed(document: bytes) -> bool:
    """Whether expat finds it so, with namespaces."""
    parser = expat.ParserCreate(namespace_separator="\x01")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_ALWAYS)
    try:
        parser.Parse(document, True)
    except (expat.ExpatError, LookupError, ValueError):
        return False
    return True


def by_rdflib(document: bytes) -> ox.Dataset | None:
    """The graph as rdflib reads it, canonical, or None."""
    graph = rdflib.Graph()
    try:
        graph.parse(data=document, format="xml", publicID=BASE)
        text = graph.serialize(format="nt").encode()
        return canonical(ox.parse(text, format=ox.RdfFormat.N_TRIPLES))
    except Exception:  # it has errors of many kinds, and any of them is a no
        return None


def by_oxigraph(document: bytes) -> ox.Dataset | None:
    """The graph as pyoxigraph reads it, canonical, or None."""
    try:
        return canonical(ox.parse(document, format=ox.RdfFormat.RDF_XML, base_iri=BASE))
    except SyntaxError:
        return None


def canonical(quads: Iterable[Quad]) -> ox.Dataset:
    """A dataset that equals another if they are isomorphic."""
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return dataset


PIECES = [
    *(b"<", b">", b"/>", b"</", b"&", b"&amp;", b"&#x", b";", b'"', b"'", b"=", b" ", b"\n", b"\r"),
    *(b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?x ", b"?>", b"\x00", b"\xff", b"\xe5\x9f\x8e"),
    *(b"xml:lang='en'", b"xml:base='x/'", b"xmlns='http://d/'", b"xmlns=''", b"rdf:ID='i'"),
    *(b"rdf:about=''", b"rdf:resource='r'", b"rdf:nodeID='n'", b"rdf:parseType='Literal'"),
    *(b"rdf:parseType='Resource'", b"rdf:datatype='x:d'", b"<rdf:li/>", b"<e:A/>", b"about='a'"),
]


def mutate(choose: random.Random, seed: bytes) -> bytes:
    """The document with one to three changes."""
    found = bytearray(seed)
    for _ in range(choose.randint(1, 3)):
        start = choose.randrange(len(found) + 1)
        end = min(len(found), start + choose.choice((0, 0, 0, 1, 5, 40)))
        match choose.randrange(4):
            case 0:
                found[start:end] = choose.choice(PIECES)
            case 1:
                del found[start : max(end, start + 1)]
            case 2:
                found[start:start] = found[start:end]
            case _:
                del found[start + choose.randrange(200) :]
    return bytes(found)


def tried(document: bytes) -> tuple[ox.Dataset | None, SourceError | None]:
    """Our graph, canonical, or the error, which has a line."""
    try:
        return canonical(read(document)), None
    except SourceError as refused:
        assert refused.line, document  # noqa: PT017  # it is only one of two outcomes
        return None, refused


def compare(documents: Iterable[bytes]) -> tuple[int, int]:
    """Read each; gives how many were accepted, and in how many two others agreed on a graph."""
    accepted = agreed = 0
    for document in documents:
        ours, refused = tried(document)
        if ours is not None:
            accepted += 1
            assert is_well_formed(document), document
        elif refused and "not well-formed" in refused.what:
            assert not is_well_formed(document), document
        first, second = by_oxigraph(document), by_rdflib(document)
        # Neither of the two writes XML literals canonically.
        if (
            first is not None
            and first == second
            and is_well_formed(document)
            and TYPED not in str(first)
        ):
            agreed += 1
            assert ours == first, document
    return accepted, agreed


SEEDS = [document.encode() for document, _ in READ.values()]


def test_changed_documents_against_expat_and_two_readers() -> None:
    """Accepted is only what expat finds well-formed; where two readers agree, so do we."""
    choose = random.Random(14)
    accepted, agreed = compare(mutate(choose, choose.choice(SEEDS)) for _ in range(300))
    assert accepted > 20
    assert agreed > 10


@pytest.mark.long
@pytest.mark.skipif(not SHARED.is_dir(), reason="the W3C's files are in ../shared")
def test_ten_thousand_changed_documents() -> None:
    """The same, beginning with the files of the W3C's suite, too."""
    choose = random.Random(15)
    files = sorted((SHARED / "suites/rdf11/rdf-xml").rglob("*.rdf"))
    seeds = [*SEEDS, *(path.read_bytes() for path in files)]
    accepted, agreed = compare(mutate(choose, choose.choice(seeds)) for _ in range(10_000))
    assert accepted > 1_000
    assert agreed > 500


def test_a_carriage_return_is_written_so_that_it_comes_back(tmp_path: Path) -> None:
    """A bare one would be read as a line feed (XML 1.0 §2.11)."""
    quad = Quad(ox.NamedNode("http://e/a"), ox.NamedNode("http://e/p"), ox.Literal("a\r\nb\rc"))
    path = tmp_path / "a.rdf"
    path.write_bytes(serialize([quad], Format.RDF_XML))
    assert parse_file(path) == [quad]
