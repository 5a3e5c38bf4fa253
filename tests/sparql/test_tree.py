"""A query's tree: what it accepts, where its nodes stand, what is in scope, what mistakes say."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import ROOT

from cgkg.errors import QueryError, QueryRefusedError, QuerySyntaxError
from cgkg.sparql.tree import nodes
from cgkg.sparql.tree.nodes import Node, QueryTree, children, walk
from cgkg.sparql.tree.parser import QueryReader, parse
from cgkg.sparql.tree.scopes import Scopes
from cgkg.sparql.tree.tokens import Tokens

E = "http://e.org/"
PREFIXES = f"PREFIX : <{E}> PREFIX e: <{E}> "
QUERIES = sorted((ROOT / "queries").rglob("*.rq"))
_STORE = ox.Store()


def ours(text: str) -> bool:
    try:
        parse(text, E)
    except QueryError:
        return False
    return True


def the_engines(text: str) -> bool:
    try:
        _STORE.query(text, base_iri=E)
    except SyntaxError:
        return False
    except (RuntimeError, ValueError):  # a function that it does not have
        return True
    return True


def group(pattern: str) -> nodes.GroupPattern:
    where = parse(f"{PREFIXES} SELECT * {{ {pattern} }}").query.where
    assert where is not None
    return where


def element(pattern: str) -> nodes.Pattern:
    (only,) = group(pattern).elements
    return only


def expression(text: str) -> nodes.Expression:
    bind = element(f"BIND({text} AS ?result)")
    assert isinstance(bind, nodes.BindClause)
    return bind.expression


def shape(node: object) -> object:
    """Expressions as nested lists."""
    match node:
        case nodes.Operation(operators=signs, operands=parts):
            return [signs[0] if len(set(signs)) == 1 else signs, *map(shape, parts)]
        case nodes.UnaryOperation(operator=sign, operand=part):
            return [sign, shape(part)]
        case nodes.BracketedExpression(expression=part):
            return [shape(part)]
        case nodes.ExpressionList(items=parts):
            return list(map(shape, parts))
        case nodes.Variable(name=name):
            return name
        case nodes.LiteralTerm(text=text):
            return text
    raise AssertionError(node)


# What it makes of a query


def test_a_query_is_its_clauses() -> None:
    """Every clause is a node with its place, and what it says."""
    text = (
        "BASE <http://b/> PREFIX e: <n#>\n"
        "SELECT DISTINCT ?s (COUNT(*) AS ?n) FROM <g> FROM NAMED e:h { ?s a e:C }\n"
        "GROUP BY ?s HAVING (COUNT(*) > 1) ORDER BY DESC(?n) ?s OFFSET 2 LIMIT 10\n"
        "VALUES ?s { <s> UNDEF }"
    )
    tree = parse(text)
    query = tree.query
    assert (tree.base, tree.prefixes) == ("http://b/", {"e": "http://b/n#"})
    assert query.projection is not None
    assert query.projection.modifier == "DISTINCT"
    assert tree.written(query.projection) == "SELECT DISTINCT ?s (COUNT(*) AS ?n)"
    assert [(each.named, each.graph.iri) for each in query.dataset] == [
        (False, "http://b/g"),
        (True, "http://b/n#h"),
    ]
    clauses = (query.group_by, query.having, query.order_by, *query.slices, query.values)
    assert [tree.written(clause) for clause in clauses if clause] == [
        "GROUP BY ?s",
        "HAVING (COUNT(*) > 1)",
        "ORDER BY DESC(?n) ?s",
        "OFFSET 2",
        "LIMIT 10",
        "VALUES ?s { <s> UNDEF }",
    ]
    assert (query.slice("LIMIT"), query.slice("OFFSET")) == (10, 2)
    assert query.order_by is not None
    assert [key.direction for key in query.order_by.keys] == ["DESC", ""]


def test_a_group_is_its_elements() -> None:
    """Patterns come in the order of the text, each as what it is."""
    kinds = [
        type(each).__name__
        for each in group(
            "?a ?b ?c . OPTIONAL { } { } { } UNION { } GRAPH ?g { } MINUS { } FILTER(1)"
            " BIND(1 AS ?x) VALUES ?y { 1 } SERVICE SILENT :s { }"
            " { SELECT * { } } ?a ?b ?d ; :p 1 , 2 ."
        ).elements
    ]
    assert kinds == [
        "TriplesBlock",
        "OptionalPattern",
        "GroupPattern",
        "UnionPattern",
        "NamedGraphPattern",
        "MinusPattern",
        "FilterClause",
        "BindClause",
        "ValuesClause",
        "ServicePattern",
        "GroupPattern",
        "TriplesBlock",
    ]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1 + 2 * 3 - ?a", [("+", "-"), "1", ["*", "2", "3"], "a"]),
        ("?a || ?b && ?c = 1 || ?d", ["||", "a", ["&&", "b", ["=", "c", "1"]], "d"]),
        ("(?a || ?b) && !?c", ["&&", [["||", "a", "b"]], ["!", "c"]]),
        ("1 -2*3", ["-", "1", ["*", "2", "3"]]),
        ("-1", "-1"),
        ("- 1", ["-", "1"]),
        ("?a - -1", ["-", "a", "-1"]),
        ("?a+1 IN (1, ?b)", ["IN", ["+", "a", "1"], ["1", "b"]]),
        ("?a && ?c NOT IN ()", ["&&", "a", ["NOT IN", "c", []]]),
        ("!!?a", ["!", ["!", "a"]]),
        ("?a <?b && ?c> ?d", ["&&", ["<", "a", "b"], [">", "c", "d"]]),
    ],
)
def test_operators_bind_as_the_grammar_says(text: str, meant: object) -> None:
    """Multiplication before addition before comparison before `&&` before `||`."""
    assert shape(expression(text)) == meant


@pytest.mark.parametrize(
    ("written", "lexical", "language", "datatype"),
    [
        ("'a'", "a", "", "string"),
        ('"""a"b""c\n"""', 'a"b""c\n', "", "string"),
        (r"'\t\\\'\u00e9\U0001F600'", "\t\\'é😀", "", "string"),
        ("'a'@en-GB", "a", "en-GB", "langString"),
        ("'1'^^<http://www.w3.org/2001/XMLSchema#byte>", "1", "", "byte"),
        ("42", "42", "", "integer"),
        ("+4.2", "+4.2", "", "decimal"),
        ("-.5", "-.5", "", "decimal"),
        ("1.e3", "1.e3", "", "double"),
        ("1E+3", "1E+3", "", "double"),
        ("TRUE", "true", "", "boolean"),
    ],
)
def test_literals_are_kept_as_written_and_read(
    written: str, lexical: str, language: str, datatype: str
) -> None:
    """A literal has its text, lexical form, language and datatype."""
    block = element(f"?s ?p {written}")
    assert isinstance(block, nodes.TriplesBlock)
    literal = block.triples[0].properties[0].objects[0]
    assert isinstance(literal, nodes.LiteralTerm)
    assert (literal.text, literal.lexical, literal.language) == (written, lexical, language)
    assert literal.datatype.rpartition("#")[2] == datatype


@pytest.mark.parametrize(
    ("written", "iri"),
    [
        ("<x>", E + "x"),
        ("<http://o/\\u00e9>", "http://o/é"),
        ("e:a", E + "a"),
        (":a.b%20\\-c:d", E + "a.b%20-c:d"),
        ("e:", E),
        ("a", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"),
    ],
)
def test_iris_are_kept_as_written_and_resolved(written: str, iri: str) -> None:
    """An IRI has its text and what it stands for."""
    tree = parse(f"{PREFIXES} ASK {{ ?s {written} ?o }}", E)
    name = next(n for n in walk(tree.query) if isinstance(n, nodes.NamedNode))
    assert (name.text, name.iri) == (written, iri)


def test_paths_are_trees() -> None:
    """Alternatives of sequences of steps, each of which may be inverse, counted or negated."""
    block = element("?s ^:a/(:b|:c)* | !(:d|^a) ?o")
    assert isinstance(block, nodes.TriplesBlock)
    path = block.triples[0].properties[0].verb
    a, b, c, d, kind = (n for n in walk(path) if isinstance(n, nodes.NamedNode))
    either = nodes.BracketedPath(0, 0, nodes.AlternativePath(0, 0, (b, c)))
    assert path == nodes.AlternativePath(
        0,
        0,
        (
            nodes.SequencePath(
                0, 0, (nodes.InversePath(0, 0, a), nodes.CountedPath(0, 0, either, "*"))
            ),
            nodes.NegatedPath(0, 0, (d, nodes.InversePath(0, 0, kind))),
        ),
    )


def test_the_sign_of_a_number_is_no_part_of_a_path() -> None:
    """The longest token wins (§19.8, note 3): `:p+1` is the predicate :p and the number +1."""
    block = element("?s :p+1 , 2 ; :q+ 3")
    assert isinstance(block, nodes.TriplesBlock)
    first, second = block.triples[0].properties
    assert isinstance(first.verb, nodes.NamedNode)
    assert isinstance(second.verb, nodes.CountedPath)
    assert [getattr(each, "text", "") for each in first.objects] == ["+1", "2"]


def test_escapes_are_read_everywhere() -> None:
    """Codepoint escapes may stand for any character (§19.2); places are those of the text."""
    text = r"\u0053ELECT ?\u0061b { ?ab \u003ae:x 'A' . ?ab e:\U00000079z 1 }"
    tree = parse(r"PREFIX \u0065: <http://e.org/> " + text.replace(r"\u003a", ""), E)
    assert [v.name for v in nodes.variables(tree.query)] == ["ab", "ab", "ab"]
    names = [n for n in walk(tree.query) if isinstance(n, nodes.NamedNode)]
    assert [n.iri for n in names] == [E + "x", E + "yz"]
    assert tree.written(names[1]) == r"e:\U00000079z"
    assert tree.written(next(nodes.variables(tree.query))) == r"?\u0061b"


# What it accepts


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_the_projects_queries_are_read(path: Path) -> None:
    """Every query that ships is read, and its tree covers the text."""
    text = path.read_text("utf-8")
    assert unparse(text, parse(text)) == text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("INSERT DATA { <a> <b> 1 }", "INSERT is an update"),
        ("PREFIX e: <e:> delete where { ?s ?p ?o }", "DELETE is an update"),
        ("WITH <g> DELETE { } INSERT { } WHERE { }", "WITH is an update"),
    ],
)
def test_updates_are_refused_by_name(text: str, name: str) -> None:
    """An update is no mistake of syntax."""
    with pytest.raises(QueryRefusedError, match=name):
        parse(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ASK { << ?s ?p ?o >> ?q 1 }", "a triple term"),
        ("ASK { ?s ?p <<( ?a ?b ?c )>> }", "a triple term"),
        ("ASK { ?s ?p ?o {| ?q 1 |} }", "an annotation"),
        ("ASK { ?s ?p ?o ~ ?r }", "a reifier"),
        ("ASK { ?s ?p ?o LATERAL { ?s ?q ?x } }", "LATERAL"),
        ("ASK { ?s ?p 'a'@en--ltr }", "a base direction"),
        ("VERSION '1.2' ASK { }", "VERSION"),
        ("ASK { FILTER(isTriple(?x)) }", "isTriple"),
    ],
)
def test_what_is_newer_is_refused_by_name(text: str, name: str) -> None:
    """What SPARQL 1.2 and the engine add says that it is not part of SPARQL 1.1."""
    with pytest.raises(QuerySyntaxError, match=f"{name} is not part of SPARQL 1.1"):
        parse(text)


# What the engine takes otherwise than the specification has it: (accepted here, query).
DIFFERENCES = {
    "the longest token is an IRI (note 3)": (False, "ASK { FILTER(?x<?a&&?b>?y) }"),
    "keywords are case-insensitive (note 1)": (True, "ASK { ?s ?p TRUE }"),
    "escapes are read everywhere (§19.2)": (True, r"\u0041SK { }"),
    "no space after the sign of a number (note 6)": (False, "ASK { ?s ?p + 1 }"),
    "longest words are keywords": (False, "SELECTDISTINCT * { }"),
    "aggregates of extensions may be DISTINCT (note 15)": (
        True,
        "SELECT (<f>(DISTINCT ?x) AS ?y) { }",
    ),
    "a negated property set may be empty (rule 95)": (True, "ASK { ?s !() ?o }"),
    "ASK may have GROUP BY (rule 12)": (True, "ASK { } GROUP BY ?x"),
    "a name may be used by the next expression (§11.3)": (
        True,
        "SELECT (COUNT(*) AS ?n) (?n + 1 AS ?m) { }",
    ),
    "an aggregate's name is in scope already (note 12)": (
        False,
        "SELECT (COUNT(*) AS ?s) { ?s ?p ?o }",
    ),
    "a blank may stand before the bracket of COALESCE and BNODE": (
        True,
        "ASK { FILTER(COALESCE (?s, 1)) }",
    ),
    "a variable may be shown twice": (True, "SELECT ?s ?s { }"),
    "BIND ends a basic graph pattern (§10.1)": (
        False,
        "ASK { _:a ?p 1 BIND(1 AS ?x) _:a ?q 2 }",
    ),
    "what is shown is grouped by, whatever it is used for (§11.4)": (
        False,
        "SELECT (BOUND(?s) AS ?b) { ?s ?p ?o } GROUP BY ?o",
    ),
    "aggregates are not nested": (False, "SELECT (COUNT(SUM(?s)) AS ?x) { ?s ?p ?o }"),
}


@pytest.mark.parametrize("why", DIFFERENCES)
def test_differences_to_the_engine_are_known(why: str) -> None:
    """Where the two differ, the specification is on this side; none of these is out of date."""
    accepted, text = DIFFERENCES[why]
    assert ours(text) is accepted
    assert the_engines(text) is not accepted


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 1 << 32), st.booleans())
def test_random_queries_are_taken_as_by_the_engine(seed: int, broken: bool) -> None:
    """What the grammar makes, whole or with a token amiss, both read or both refuse."""
    random = Random(seed)
    tokens = Writer(random).write_query().split()
    if broken:
        place, other = random.randrange(len(tokens)), random.choice(tokens)
        tokens[place : place + random.randint(0, 1)] = random.choice(([], [other]))
    text = PREFIXES + " ".join(tokens)
    if not _is_known_difference(text):
        assert ours(text) is the_engines(text), text
    if not broken:
        assert unparse(text, parse(text, restricted=False)) == text


def _is_known_difference(text: str) -> bool:
    """Whether one of `DIFFERENCES` may be in it."""
    aggregates = len(re.findall(r"(?:COUNT|SUM) \(", text))
    return bool(
        aggregates > 1
        or re.search(r"[+-] [\d.]|! \( \)|\( DISTINCT (?!\*)", text)
        or re.search(r"_:l .*(?:BIND|VALUES|EXISTS) .*_:l |EXISTS .*_:l .*_:l ", text)
        or re.search(r"(?:SELECT|DESCRIBE) [^({]*(\?.|\$c) (?:[^({]* )?\1(?: |$)", text)
        or (re.search(r"GROUP BY|HAVING", text) and not re.search("> SELECT", text))
    )


class Writer:
    """Writes queries at random, by the rules of the grammar, with blanks between all tokens."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._depth = 0
        self._fresh = 0

    def _one(self, *choices: str) -> str:
        return self._random.choice(choices)

    def _some(
        self, write: Callable[[], str], least: int = 0, most: int = 2, between: str = " "
    ) -> str:
        count = self._random.randint(least, most)
        return between.join(write() for _ in range(count))

    def _name(self) -> str:
        self._fresh += 1
        return f"?new{self._fresh}"

    def _do(self, *writers: Callable[[], str]) -> str:
        return self._random.choice(writers)()

    def variable(self) -> str:
        return self._one("?a", "?b", "$c", "?d")

    def iri(self) -> str:
        return self._one("<x>", "<http://o/#y>", "e:p", ":", ":q.r", "e:s%20\\-t")

    def constant(self) -> str:
        literal = self._one("'l'", '"""m"""@en', "'n'^^e:t", "1", "-2.5", "+3e0", "true")
        return self._one(self.iri(), literal)

    def term(self) -> str:
        if self._random.random() < 0.6 or self._depth > 3:
            return self._one(self.variable(), self.constant(), "[ ]", "( )")
        self._depth += 1
        written = self._do(
            lambda: f"[ {self.properties()} ]", lambda: f"( {self._some(self.term, 1)} )"
        )
        self._depth -= 1
        return written

    def properties(self) -> str:
        verb = self._do(self.variable, lambda: "a", self.iri, self.path)
        objects = self._some(self.term, 1, 2, " , ")
        return f"{verb} {objects}" + self._one("", "", " ;", f" ; {self.iri()} {self.variable()}")

    def path(self) -> str:
        step = self._one("a", self.iri(), "! a", "! ( a | ^ e:p )", "! ( )", f"^ {self.iri()}")
        if self._random.random() < 0.3:
            step = f"( {self.path()} )"
        if not step.startswith("^"):
            step += self._one("", "", " *", " +", " ? ")
        return step + self._one("", "", f" / {self.iri()}", f" | {self.iri()}")

    def triples(self) -> str:
        return self._some(
            lambda: f"{self._do(self.term, lambda: '_:l')} {self.properties()}", 1, 2, " . "
        )

    def operand(self) -> str:
        """What needs no brackets beside an operator."""
        if self._depth > 3:
            return self._one(self.variable(), self.constant())
        self._depth += 1
        written = self._do(
            self.variable,
            self.constant,
            lambda: f"( {self.expression()} )",
            lambda: f"! ( {self.expression()} )",
            lambda: f"- {self.variable()}",
            self.call,
        )
        self._depth -= 1
        return written

    def expression(self) -> str:
        sums = [self.operand()]
        while self._random.random() < 0.4:
            sums += [self._one("+", "-", "*", "/"), self.operand()]
        written = " ".join(sums)
        if self._random.random() < 0.4:
            written += self._do(
                lambda: f" {self._one('=', '!=', '<', '>=')} {self.operand()}",
                lambda: f" IN ( {self.operand()} , {self.variable()} )",
                lambda: " NOT IN ( )",
            )
        if self._random.random() < 0.2:
            written += f" {self._one('||', '&&')} {self.expression()}"
        return written

    def call(self) -> str:
        return self._do(
            lambda: f"STR ( {self.expression()} )",
            lambda: f"IF ( {self.operand()} , {self.operand()} , 1 )",
            lambda: f"COALESCE( {self.operand()} , {self.operand()} )",
            lambda: f"BOUND ( {self.variable()} )",
            lambda: f"isIRI ( {self.operand()} )",
            lambda: "BNODE()",
            lambda: f"REGEX ( {self.operand()} , {self.constant()} )",
            lambda: f"e:f ( {self.expression()} )",
            lambda: f"NOT EXISTS {self.group()}",
        )

    def aggregate(self) -> str:
        return self._one("COUNT ( * )", "COUNT ( DISTINCT * )", f"SUM ( {self.expression()} )")

    def element(self) -> str:
        return self._do(
            lambda: self.triples() + " .",
            lambda: f"FILTER ( {self.expression()} )",
            lambda: f"FILTER {self.call()}",
            lambda: f"OPTIONAL {self.group()}",
            lambda: f"{self.group()} UNION {self.group()}",
            self.group,
            lambda: f"MINUS {self.group()} .",
            lambda: f"GRAPH {self._one(self.variable(), self.iri())} {self.group()}",
            lambda: f"BIND ( {self.expression()} AS {self._one('?b', self._name())} )",
            lambda: f"VALUES ( {self.variable()} ?w ) {{ ( UNDEF {self.constant()} ) }}",
            lambda: f"VALUES {self.variable()} {{ {self.constant()} UNDEF }}",
        )

    def group(self) -> str:
        if self._depth > 2:
            return "{ }"
        self._depth += 1
        if self._random.random() < 0.1:
            written = f"{{ {self.select()} }}"
        else:
            written = f"{{ {self._some(self.element, 0, 3)} }}"
        self._depth -= 1
        return written

    def select(self) -> str:
        items = self._do(
            lambda: "*",
            self.variable,
            lambda: f"{self.variable()} ( {self.expression()} AS {self._name()} )",
            lambda: f"( {self.aggregate()} AS {self._name()} )",
            lambda: f"( {self.expression()} AS {self._one('?a', self._name())} )",
        )
        where = self._one("", "WHERE ") + self.group()
        rest = self.modifiers(grouped=" AS " not in items or "COUNT" in items)
        return f"SELECT {self._one('', 'DISTINCT ', 'REDUCED ')}{items} {where} {rest}"

    def modifiers(self, grouped: bool) -> str:
        key = f"( STR ( {self.expression()} ) AS {self._name()} )"
        return " ".join(
            (
                self._one("", "", f"GROUP BY {self.variable()} {key}" if grouped else ""),
                self._one("", "", "", f"HAVING ( {self.expression()} )"),
                self._one("", "", f"ORDER BY {self.variable()} DESC ( {self.expression()} )"),
                self._one("", "LIMIT 1", "OFFSET 2 LIMIT 1"),
                self._one("", "", f"VALUES {self.variable()} {{ {self.constant()} }}"),
            )
        )

    def write_query(self) -> str:
        template = f"{self.variable()} a {self.variable()} ; {self.iri()} 1"
        return self._do(
            lambda: f"ASK {self.group()}",
            lambda: f"CONSTRUCT {{ {self._one('', template)} }} WHERE {self.group()}",
            lambda: f"DESCRIBE {self.variable()} {self.iri()} {self._one('', self.group())}",
            self.select,
            self.select,
        )


# Places


def unparse(text: str, node: Node) -> str:
    """The text of a node, put together from those of its parts and what stands between."""
    written, at = [], node.start
    for part in children(node):
        assert at <= part.start <= part.end <= node.end, part
        written += [text[at : part.start], unparse(text, part)]
        at = part.end
    return "".join([*written, text[at : node.end]])


def _read_alone(tree: QueryTree, node: Node) -> object:
    """What the text of a node is when it is read without what is around it."""
    reader = QueryReader(Tokens(tree.written(node)), tree.base)
    reader.prefixes = dict(tree.prefixes)
    match node:
        case nodes.GroupPattern():
            return reader.read_group()
        case nodes.SubjectTriples():
            return reader.read_subject()
        case nodes.ValuesClause():
            return reader.read_values()
        case nodes.Query():
            return QueryReader(Tokens(_prologue(tree) + tree.written(node)), tree.base).read().query
        case nodes.NamedNode(text="a"):
            return reader.read_type()
        case nodes.Variable() | nodes.NamedNode() | nodes.LiteralTerm() | nodes.BlankTerm():
            return reader.read_node()
        case nodes.ListTerm() | nodes.PropertyListTerm():
            return reader.read_node()
    if isinstance(node, nodes.Path):
        return reader.read_path()
    if isinstance(node, nodes.Expression):
        return reader.read_expression()
    return node


def _prologue(tree: QueryTree) -> str:
    return tree.text[: tree.query.start]


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 1 << 32))
def test_the_place_of_a_node_holds_the_node(seed: int) -> None:
    """What stands at a node's place, read alone, is the same node."""
    text = PREFIXES + Writer(Random(seed)).write_query()
    tree = parse(text, E, restricted=False)
    for node in walk(tree.query):
        assert _read_alone(tree, node) == node, tree.written(node)


# Scopes


def scope(pattern: str) -> list[str]:
    """In scope, possibly bound, certainly bound; each as the names in order."""
    found = Scopes().of(group(pattern))
    return [" ".join(sorted(each)) for each in (found.visible, found.possible, found.certain)]


@pytest.mark.parametrize(
    ("pattern", "visible", "possible", "certain"),
    [
        ("?a :p [ :q ?b ; ?c ( ?d ) ]", "a b c d", "a b c d", "a b c d"),
        ("?a :p+ ?b OPTIONAL { ?b :q ?c }", "a b c", "a b c", "a b"),
        ("{ ?a :p ?b } UNION { ?a :q ?c }", "a b c", "a b c", "a"),
        ("GRAPH ?g { ?a :p 1 } MINUS { ?a :q ?x } FILTER(?y)", "a g", "a g", "a g"),
        ("FILTER EXISTS { ?x :p ?y }", "", "", ""),
        ("BIND(?x + 1 AS ?a) BIND(1 AS ?b)", "a b", "a b", "b"),
        ("VALUES (?a ?b ?c) { (1 2 UNDEF) (3 UNDEF UNDEF) }", "a b c", "a b", "a"),
        ("VALUES ?a { }", "a", "", ""),
        ("SERVICE :s { ?a :p ?b }", "a b", "a b", "a b"),
        ("SERVICE SILENT :s { ?a :p ?b }", "a b", "a b", ""),
        ("{ SELECT ?a ?z (?b + 1 AS ?c) { ?a :p ?b } }", "a c z", "a c", "a"),
        ("{ SELECT * { ?a :p ?b OPTIONAL { ?b :q ?c } } }", "a b c", "a b c", "a b"),
        ("{ SELECT ?a (COUNT(?b) AS ?n) { ?a :p ?b } GROUP BY ?a }", "a n", "a n", "a n"),
        ("{ SELECT ?k { ?a :p ?b } GROUP BY (STR(?a) AS ?k) }", "k", "k", ""),
    ],
)
def test_scopes(pattern: str, visible: str, possible: str, certain: str) -> None:
    """Which variables are in scope (§18.2.1), may be bound, and are surely bound."""
    assert scope(pattern) == [visible, possible, certain]


# Mistakes


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"),
    [
        ("", 1, 1, "no query", "SELECT"),
        ("SELCT * { }", 1, 1, "SELCT is not a kind of query", "SELECT"),
        ("SELECT ?x {\n  cg:a ?p ?x }", 2, 3, "prefix cg: is not declared", "PREFIX cg: <https:"),
        ("ASK { ?s <http://e/a b> ?o }", 1, 10, "IRI is not closed", "%20"),
        ("ASK { FILTER(?s = <http://e/a b>) }", 1, 19, "IRI is not closed", "%20"),
        ("ASK { FILTER(?s <http://e/a b>) }", 1, 17, "IRI is not closed", "%20"),
        ("ASK {\n ?s ?p ?o ", 1, 5, "this { is not closed", "add }"),
        ('ASK { ?s ?p "首尔 }', 1, 13, "string is not closed", '"""'),
        ('ASK { ?s ?p """首尔" }', 1, 13, "string is not closed", ""),
        (r"ASK { ?s ?p 'C:\dir' }", 1, 16, r"\\d is no escape", "uXXXX"),
        ('ASK { ?s ?p "首尔"\n } LIMIT x', 2, 10, "did not expect x", "a whole number"),
        ("ASK { ?s ?p }", 1, 13, "did not expect }", "a variable, an IRI, a literal"),
        ("ASK { ?s ?p ?o ?q }", 1, 16, r"did not expect \?q", ". before the next subject"),
        ("ASK { ?s ?p ?o . . }", 1, 18, "did not expect .", "one . is enough"),
        ("SELECT ?x, ?y { }", 1, 10, "did not expect ,", "without commas"),
        ("SELECT COUNT(?x) { }", 1, 8, "did not expect COUNT", "(expression AS ?variable)"),
        ("ASK { FILTER ?x > 1 }", 1, 14, r"did not expect \?x", "in brackets"),
        ("ASK { FILTER(STRLENGTH(?x) > 1) }", 1, 14, "STRLENGTH is not a function", "STRLEN?"),
        ("ASK { FILTER(REGEX(?x)) }", 1, 14, "REGEX takes 2 or 3 arguments, not 1", ""),
        ("ASK { FILTER(?a = ?b = ?c) }", 1, 22, "did not expect =", "two sides"),
        ("ASK { FILTER(?a IN (1) + 2) }", 1, 24, r"did not expect \+", "&&, ||"),
        ("ASK { ?s ?p ?o SELECT * { } }", 1, 16, "sub-SELECT stands alone", "{ … }"),
        ("CONSTRUCT { ?s <p>/<q> ?o } { }", 1, 19, "cannot have a property path", ""),
        ("CONSTRUCT WHERE { ?s ?p ?o FILTER(1) }", 1, 28, "triples only", "WHERE { a pattern }"),
        ("ASK { VALUES (?a ?b) { (1) } }", 1, 24, "1 values for 2 variables", "UNDEF"),
        ("ASK { } LIMIT 1 LIMIT 2", 1, 17, "LIMIT is said twice", ""),
        ("ASK { } }", 1, 9, "did not expect }", "the end"),
        ("ASK { ?s ?p '\\uD800' }", 1, 13, "number of no character", ""),
        ("ASK { } LIMIT 1" + "0" * 5000, 1, 15, "too large a number", ""),
        # the notes of the grammar
        ("ASK { ?x ?p 1 BIND(2 AS ?x) }", 1, 25, r"\?x is in use already", "another variable"),
        ("SELECT (1 AS ?x) { ?x ?p 1 }", 1, 14, r"\?x is in use already in the query", ""),
        ("SELECT (1 AS ?x) (2 AS ?x) { }", 1, 24, r"\?x is in use already in this SELECT", ""),
        ("SELECT (1 AS ?s) { ?s ?p 1 } GROUP BY ?s", 1, 14, r"\?s is in use already", ""),
        ("SELECT (1 AS ?x) { } VALUES ?x { 2 }", 1, 14, r"\?x is in use already", ""),
        ("ASK { _:a ?p 1 OPTIONAL { } _:a ?p 2 }", 1, 29, "blank node _:a", "use a variable"),
        ("ASK { VALUES (?a ?a) { } }", 1, 18, r"\?a is twice", ""),
        ("SELECT ?s (SUM(?o) AS ?n) { ?s ?p ?o }", 1, 8, "not grouped by", "SAMPLE(?s)"),
        ("SELECT (?s + SUM(?o) AS ?n) { ?s ?p ?o }", 1, 9, "not grouped by", "GROUP BY"),
        ("SELECT * { ?s ?p ?o } GROUP BY ?s", 1, 8, r"SELECT \* is not possible", ""),
        ("SELECT (SUM(COUNT(*)) AS ?n) { }", 1, 13, "within another aggregate", "sub-SELECT"),
        ("ASK { FILTER(COUNT(*) > 1) }", 1, 14, "COUNT is an aggregate", "HAVING"),
    ],
)
def test_mistakes_say_where_what_and_what_to_do(
    text: str, line: int, column: int, message: str, hint: str
) -> None:
    """A mistake has line and column (1-based, in characters) and words for a person."""
    with pytest.raises(QuerySyntaxError, match=message) as raised:
        parse(text)
    assert (raised.value.line, raised.value.column) == (line, column)
    assert hint in raised.value.hint


def test_blank_nodes_may_be_used_around_a_filter() -> None:
    """A FILTER does not end a basic graph pattern (§5.1); what stands in its EXISTS is another."""
    assert ours("ASK { _:a ?p 1 FILTER(1) _:a ?q 2 }")
    assert ours("ASK { _:a ?p 1 FILTER EXISTS { _:b ?p 1 } _:a ?q 2 }")
    assert not ours("ASK { _:a ?p 1 FILTER EXISTS { _:a ?q 2 } }")


@pytest.mark.parametrize(
    ("before", "opened", "inside", "closed"),
    [
        ("ASK { FILTER", "(", "1", ")"),
        ("ASK { FILTER(", "STR(", "1", ")"),
        ("ASK { FILTER(", "!", "1", ""),
        ("ASK { FILTER", "(1 || 1 && 1 = 1 + 1 * ", "1", ")"),
        ("ASK ", "{", "", "}"),
        ("ASK { ", "OPTIONAL {", "", "}"),
        ("ASK { ", "FILTER EXISTS {", "", "}"),
        ("ASK { ?s ?p ", "[ ?p ", "1", "]"),
        ("ASK { ?s ?p ", "(", "1", ")"),
        ("ASK { ?s ", "^(", "a", ")"),
        ("ASK { ", "{ SELECT * {", "", "}}"),
    ],
)
def test_nesting_is_bounded(before: str, opened: str, inside: str, closed: str) -> None:
    """A hundred brackets in each other are read; too many are an error that says so."""
    after = ")" * (before.count("(")) + " ?o" * before.endswith("?s ") + "}" * before.count("{")
    parse(before + opened * 100 + inside + closed * 100 + after)
    with pytest.raises(QuerySyntaxError, match="nested too deep"):
        parse(before + opened * 5000 + inside + closed * 5000 + after)


@pytest.mark.parametrize(
    "piece",
    ["a.", "a..", "a.b.c:", "<", "<a", "'\\'", '"""', '\\"""', "!", "?x ", "\\u0061", "1e", "#\n"],
)
def test_repeated_text_is_an_error_and_no_more(piece: str) -> None:
    """What repeats a beginning without an end is a mistake like another."""
    with pytest.raises(QuerySyntaxError):
        parse("ASK { ?s ?p " + piece * 3000)
