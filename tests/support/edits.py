"""A small project with a bit of everything, and random edits of it as authors make them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from random import Random

from projects import BASE, FILES, PREFIXES, TEXT, Small, make_small, span

from cgkg.document.text import SourceText
from cgkg.rdf.terms import IRI

_OTHER = "1.Streams\nThe Oder flows through Guben. It rises far away.\n"
_RULES = """[prefixes]
r = "https://example.org/rivers/def/"
[told]
listed = "r:sharesRiverWith"
by = "r:flowsThrough"
[words.flow]
of = "r:flowsThrough"
pattern = "flows"
[words.length]
asks = ["r:lengthKm"]
pattern = "km"
in = "gist"
[words.names]
class = "r:River"
asks = ["r:lengthKm"]
pattern = "^E"
[mentions.river]
pattern = "Elbe|Oder"
class = "r:River"
"""
_STATEMENTS = (
    "id:river\\/elbe :flowsThrough id:place\\/hamburg .",
    "id:river\\/elbe :flowsThrough id:place\\/dresden .",
    "id:place\\/dresden :liesOn id:river\\/oder .",
    "id:river\\/oder :flowsThrough id:place\\/dresden , id:place\\/hamburg .",
    "id:river\\/oder :lengthKm 0840 .",
    "id:river\\/elbe :lengthKm 1094 .",
    "id:river\\/elbe :lengthKm 3 .",
    "id:river\\/elbe a :River .",
    "id:river\\/elbe a :Place .",
    "id:river\\/weser :flowsThrough id:place\\/bremen .",
    "id:place\\/hamburg :flowsTrough id:river\\/elbe .",
    "id:place\\/dresden :sharesRiverWith id:place\\/hamburg .",
    "id:river\\/elbe owl:sameAs id:river\\/oder .",
    "_:x :flowsThrough id:place\\/hamburg . _:x a :River .",
    "id:river\\/elbe :flowsThrough [ a :Place ] .",
    'id:river\\/elbe skos:prefLabel "Elbstrom"@de-DE .',
    ":Brook a owl:Class .",
)
_AXIOMS = (
    ":Stream a owl:Class ; rdfs:subClassOf :River .\n",
    ":River owl:equivalentClass [ owl:onProperty :lengthKm ; owl:hasValue 1094 ] .\n",
    ":flowsThrough a owl:FunctionalProperty .\n",
    ":liesOn rdfs:subPropertyOf :sharesRiverWith .\n",
    ":lengthKm a owl:FunctionalProperty .\n",
    ":River rdfs:comment 'Running'@EN-gb .\n",
    ":Place owl:disjointWith [ a owl:Class ; owl:unionOf ( :River :Lake ) ] .\n",
    "# nothing\n",
)
_SHAPES = (
    ":Long a sh:PropertyShape ; sh:targetClass :River ; sh:path :lengthKm ; sh:minInclusive 100 ;\n"
    '    sh:severity sh:Warning ; sh:message "too short"@en .\n',
    ":Some a sh:NodeShape ; sh:targetClass :Place ; sh:property [ sh:path [ sh:inversePath\n"
    "    :flowsThrough ] ; sh:minCount 1 ; sh:severity sh:Info ] .\n",
    ":Shared a sh:PropertyShape ; sh:targetClass :Place ; sh:path :sharesRiverWith ;\n"
    "    sh:maxCount 0 ; sh:severity sh:Info .\n",
    ":Asked a sh:NodeShape ; sh:targetClass :River ; sh:severity sh:Warning ; sh:sparql [\n"
    '    sh:message "flows through {?value}" ; sh:select """SELECT $this ?value WHERE {\n'
    '    $this <https://example.org/rivers/def/flowsThrough> ?value }""" ] .\n',
    ":Wrong a sh:NodeShape ; sh:targetClass :Lake ; sh:mincount 1 .\n",
    ":Broken a sh:NodeShape ; sh:targetClass :River ; sh:minCount 'many' ; sh:path ( ) .\n",
    "# nothing\n",
)
_SETTINGS = ('[told]\nlisted = "r:sharesRiverWith"\nby = "r:flowsThrough"\n', "pattern = ", '"^E"')


def make_project(folder: Path) -> Small:
    """A valid project with two documents, rules of reading, shapes of all kinds and mappings."""
    made = make_small(folder)
    made.write("cgkg.toml", FILES["cgkg.toml"] + _RULES)
    registry = FILES["data/registry.csv"]
    made.write("data/registry.csv", f"{registry}river/oder,River,奥得河,Oder,,,,\n")
    made.write("document2.txt", _OTHER)
    sha256 = hashlib.sha256(_OTHER.encode()).hexdigest()
    made.write(
        "data/source/oder.ttl",
        f'{PREFIXES}<{BASE}source/oder> a cg:SourceDocument ; cg:fileDigest "{sha256}" .\n'
        "<https://w3id.org/cgkg/graph/background> cg:assertionMode mode:interpreted .\n",
    )
    text = SourceText.load(made.folder / "document2.txt", sha256=sha256)
    table = text.table(IRI(f"{BASE}source/oder"))
    made.write("data/source/oder.sentences.csv", table.as_csv())
    other = PREFIXES.replace("source/elbe", "source/oder")
    block = span("Rivers", "id:river\\/oder :flowsThrough id:place\\/dresden .", mode="interpreted")
    made.write("data/2.trig", other + block)
    made.write(
        "data/3.trig",
        f"{PREFIXES}<https://w3id.org/cgkg/graph/background> {{\n{_STATEMENTS[0]}\n}}\n",
    )
    made.write("shapes/recommended/long.ttl", PREFIXES + _SHAPES[0])
    made.write("shapes/inferred.ttl", PREFIXES + _SHAPES[2])
    made.write(
        "shapes/ontology-style.ttl",
        f"{PREFIXES}:Labelled a sh:NodeShape ; sh:targetClass owl:Class ;\n"
        "    sh:property [ sh:path rdfs:label ; sh:minCount 1 ; sh:severity sh:Warning ] .\n",
    )
    made.write("data/source/elbe.excused.csv", "sentence,reason\n1,heading\n")
    made.write(
        "data/source/elbe.mentions.csv",
        "sentence,start,end,kind,text\n3,61,66,number,1094\n2,13,17,river,Elbe\n",
    )
    made.write(
        "mappings/wikidata.sssom.tsv",
        "# curie_map:\n#   r: https://example.org/rivers/id/\n"
        "#   wd: http://www.wikidata.org/entity/\n"
        "#   skos: http://www.w3.org/2004/02/skos/core#\n#   semapv: https://w3id.org/semapv/vocab/\n"
        "subject_id\tpredicate_id\tobject_id\tmapping_justification\tcomment\n"
        "r:river/elbe\tskos:exactMatch\twd:Q1644\tsemapv:ManualMappingCuration\tlooked up\n",
    )
    return made


class Author:
    """Makes edits at random.

    Args:
        project: what is edited.
        seed: of the random choices.
    """

    def __init__(self, project: Small, seed: int) -> None:
        self._project, self._random = project, Random(seed)
        self._good: list[dict[str, str]] = []
        self._before = self._texts()

    def edit(self, *, good: bool) -> str:
        """Make an edit; says which.

        Args:
            good: whether all is right as it is; if not, it often becomes as it was before.
        """
        now = self._texts()
        if good:
            self._good.append(now)
        elif self._random.random() < 0.5:
            self._restore(self._random.choice((self._before, self._good[-1])))
            return "mend"
        self._before = now
        kind = self._random.choice(_EDITS)
        kind(self)
        return kind.__name__

    def gist(self) -> None:
        """Other words in a gist."""
        said = f'"gist {self._random.randrange(9)} km"@en'
        self._replace(self._facts(), r'"gist[^"]*"@en', said)

    def add_statement(self) -> None:
        """A statement into a block, right or wrong."""
        statement = self._random.choice(_STATEMENTS)
        self._replace(self._facts(), r"\{ ?(?=\S| )", "{ " + statement.replace("\\", "\\\\") + "\n")

    def remove_statement(self) -> None:
        """A statement from a block."""
        self._replace(self._facts(), r"id:[^{}\[\]]*? \.(?!\d)", "")

    def block(self) -> None:
        """A block at the end of a file."""
        words = self._random.choice(("Dresden", "Elbe", "It is 1,094 km long", "Rivers", "long"))
        mode = self._random.choice(("stated", "interpreted", "paraphrased"))
        name = self._facts()
        self._write(
            name, self._read(name) + span(words, self._random.choice(_STATEMENTS), mode=mode)
        )

    def heading(self) -> None:
        """What the heading of a section lists, and what is told of below."""
        name, what = self._facts(), self._random.randrange(3)
        river = self._random.choice(("elbe", "oder"))
        listed = f"id:river\\/{river} :sharesRiverWith id:place\\/hamburg ."
        if what == 0:
            self._write(name, self._read(name) + span("Rivers", listed))
        elif what == 1:
            told = f"id:river\\/{river} :flowsThrough id:place\\/dresden ."
            self._write(name, self._read(name) + span("Dresden and Hamburg", told))
        else:
            self._replace(name, r"id:river\\/\w+ :(flowsThrough|sharesRiverWith) [^;,]*? \.", "")

    def remove_block(self) -> None:
        """A block, and mostly what is said of it."""
        self._replace(self._facts(), r"c:\d+-\d+ \{[^}]*\}\n", "")
        if self._random.random() < 0.7:
            self._replace(self._facts(), r"c:\d+-\d+ a cg:TextSpan[^.]*\.\n", "")

    def move_span(self) -> None:
        """A span, in one place or everywhere in a file."""
        name = self._facts()
        found = re.findall(r"c:(\d+-\d+)", self._read(name))
        if found:
            old = self._random.choice(found)
            start, end = map(int, old.split("-"))
            new = f"c:{start}-{end + self._random.choice((1, -1, 90))}"
            self._write(
                name, self._read(name).replace(f"c:{old}", new, self._random.choice((1, -1)))
            )

    def rename(self) -> None:
        """An entity, everywhere."""
        old, new = self._random.choice((("elbe", "labe"), ("labe", "elbe"), ("dresden", "drezno")))
        for name, text in self._texts().items():
            if name.startswith("data/"):
                changed = re.sub(rf"((?:river|place)(?:\\)?/){old}", rf"\1{new}", text)
                if changed != text:
                    self._write(name, changed)

    def registry(self) -> None:
        """A row: added, named otherwise, or gone."""
        text = self._read("data/registry.csv")
        rows = text.splitlines(keepends=True)
        what = self._random.randrange(3)
        if what == 0:
            number = self._random.randrange(5)
            rows.insert(1, f"river/n{number},River,\u6cb3,E{number},,,,\n")
        elif what == 1 and len(rows) > 2:
            place = self._random.randrange(1, len(rows))
            rows[place] = rows[place].replace(",River,", ",Place,") + "\n"
        elif len(rows) > 2:
            rows.pop(self._random.randrange(1, len(rows)))
        self._write("data/registry.csv", "".join(rows))

    def file(self) -> None:
        """A file of facts: added or gone."""
        name = f"data/{self._random.randrange(1, 6)}.trig"
        path = self._project.folder / name
        if path.is_file():
            path.unlink()
        else:
            block = span("Hamburg", self._random.choice(_STATEMENTS))
            self._write(name, self._random.choice((PREFIXES, PREFIXES + block)))

    def loose(self) -> None:
        """Statements outside any graph, or about a graph."""
        said = (
            "id:river\\/elbe :lengthKm 5 .\n",
            "<https://w3id.org/cgkg/graph/background> rdfs:comment 'known'@en .\n",
            "<https://w3id.org/cgkg/graph/other> { id:river\\/elbe :lengthKm 7 . }\n",
            "c:1-2 rdfs:comment 01 .\n",
        )
        name = self._facts()
        self._write(name, self._read(name) + self._random.choice(said))

    def axiom(self) -> None:
        """An axiom, added or taken back."""
        name = self._random.choice(("ontology/rivers.ttl", "ontology/base.ttl"))
        self._toggle(name, self._random.choice(_AXIOMS))

    def shape(self) -> None:
        """A shape, added or taken back."""
        name = self._random.choice(("required", "inferred", "recommended/long", "required/more"))
        path = f"shapes/{name}.ttl"
        if not (self._project.folder / path).is_file():
            self._write(path, PREFIXES)
        self._toggle(path, self._random.choice(_SHAPES))

    def settings(self) -> None:
        """Another rule of reading, or none."""
        text = self._read("cgkg.toml")
        old, new = self._random.choice(
            ((_SETTINGS[0], ""), ('"^E"', '"^O"'), ('"km"', '"gist"'), ('"Elbe|Oder"', '"Elbe"'))
        )
        self._write(
            "cgkg.toml", text.replace(old, new) if old in text else text.replace(new, old, 1)
        )

    def tables(self) -> None:
        """Tables of a document, and mappings."""
        name, line = self._random.choice(
            (
                ("data/source/elbe.excused.csv", "2,overview\n"),
                ("data/source/elbe.mentions.csv", "2,44,51,name,Hamburg\n"),
                ("data/source/elbe.mentions.csv", "2,31,38,clause,\n"),
                (
                    "mappings/wikidata.sssom.tsv",
                    "r:place/hamburg\tskos:closeMatch\twd:Q1055\tsemapv:ManualMappingCuration\tyes\n",
                ),
            )
        )
        self._toggle(name, line)

    def description(self) -> None:
        """What is said of a document, or of a span in its file."""
        said = (
            "<https://example.org/rivers/source/elbe> rdfs:comment 1.50 .\n",
            "c:44-51 cg:gist 'by the file'@en .\n",
            "[] rdfs:comment 'nobody'@en .\n",
        )
        self._toggle("data/source/elbe.ttl", self._random.choice(said))

    def text(self) -> None:
        """The document at hand, an edited one, or none."""
        path = self._project.folder / "texts" / "elbe.txt"
        text = self._random.choice((TEXT, TEXT.replace("Dresden", "Meissen"), ""))
        if text:
            self._write("texts/elbe.txt", text)
        else:
            path.unlink(missing_ok=True)

    def revert(self) -> None:
        """Everything as it was some time ago."""
        self._restore(self._random.choice(self._good))

    def break_file(self) -> None:
        """A file that is half saved, or gone."""
        names = [name for name in self._texts() if not name.startswith(("texts/", "document"))]
        name = self._random.choice(names)
        if self._random.random() < 0.3:
            (self._project.folder / name).unlink()
        else:
            self._write(name, self._read(name)[: self._random.randrange(5, 90)] + '"')

    def nothing(self) -> None:
        """The same again, written anew."""
        name = self._facts()
        self._write(name, self._read(name))

    def _facts(self) -> str:
        names = sorted(name for name in self._texts() if name.endswith(".trig"))
        return self._random.choice(names) if names else "data/1.trig"

    def _toggle(self, name: str, line: str) -> None:
        text = self._read(name)
        self._write(name, text.replace(line, "") if line in text else text + line)

    def _replace(self, name: str, pattern: str, new: str) -> None:
        text = self._read(name)
        found = list(re.finditer(pattern, text))
        if found:
            match = self._random.choice(found)
            self._write(name, text[: match.start()] + match.expand(new) + text[match.end() :])

    def _read(self, name: str) -> str:
        path = self._project.folder / name
        return path.read_text("utf-8") if path.is_file() else PREFIXES

    def _write(self, name: str, text: str) -> None:
        self._project.write(name, text)

    def _texts(self) -> dict[str, str]:
        folder = self._project.folder
        return {
            path.relative_to(folder).as_posix(): path.read_text("utf-8")
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    def _restore(self, texts: dict[str, str]) -> None:
        now = self._texts()
        for name in now.keys() - texts.keys():
            (self._project.folder / name).unlink()
        for name, text in texts.items():
            if now.get(name) != text:
                self._write(name, text)


_EDITS: tuple[Callable[[Author], None], ...] = (
    Author.gist, Author.gist, Author.add_statement, Author.add_statement, Author.remove_statement,
    Author.block, Author.heading, Author.heading, Author.remove_block, Author.move_span,
    Author.rename, Author.registry,
    Author.file, Author.loose, Author.axiom, Author.shape, Author.settings, Author.tables,
    Author.description, Author.text, Author.revert, Author.break_file, Author.nothing,
)  # fmt: skip
