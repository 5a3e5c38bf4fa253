"""The clients people use, each against the real server: what they send is understood."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode

import pytest
import rdflib
from jena_runner import java_with_jena
from limits import ENOUGH
from paths import ROOT
from rdflib import Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from rdflib.query import ResultRow
from servers import serving
from virtuoso import running

EX = "http://e.org/"
DATA = """
@prefix : <http://e.org/> .
<http://e.org/a%20b> :name "首尔都市圈"@zh , "Seoul"@en ; :size 3 .
<http://e.org/名/é> :name "名, \\"é\\"\\n第二行" ; :size 4 .
<http://e.org/g%201> { <http://e.org/a%20b> :within <http://e.org/名/é> }
:other { :x :within :y }
"""
SPACE, UNICODE, GRAPH = EX + "a%20b", EX + "名/é", EX + "g%201"
NAME = '名, "é"\n第二行'

SELECT = f"PREFIX : <{EX}> SELECT ?s ?n ?z {{ ?s :name ?n ; :size ?z }} ORDER BY ?z ?n"
ONE = f"SELECT ?n {{ <{SPACE}> <{EX}name> ?n FILTER (lang(?n) = 'zh') }}"
ASK = f"ASK {{ <{UNICODE}> <{EX}size> 4 }}"
CONSTRUCT = f"CONSTRUCT {{ <{SPACE}> <{EX}is> ?n }} WHERE {{ <{UNICODE}> <{EX}name> ?n }}"
WITHIN = f"SELECT ?s ?o {{ ?s <{EX}within> ?o }}"
WRONG = "SELECT ?s WHERE { ?s :p ?o }"
UPDATE = f"INSERT DATA {{ <{SPACE}> <{SPACE}> 1 }}"

QUERY = "application/sparql-query"
ROWS = [
    (SPACE, "Seoul", "3"),
    (SPACE, "首尔都市圈", "3"),
    (UNICODE, NAME, "4"),
]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of its own, over the small dataset above."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "data.trig").write_text(DATA, "utf-8")
    with serving(folder) as server:
        yield server.endpoint


def rows_of(found: dict[str, Any]) -> list[tuple[str, ...]]:
    """The rows of a JSON answer, as values."""
    names = found["head"]["vars"]
    return [tuple(row[n]["value"] for n in names) for row in found["results"]["bindings"]]


# Links and forms of other stores


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("?default-graph-uri=&timeout=0&query={}", "application/sparql-results+json"),
        ("/?query={}", "application/sparql-results+json"),
        ("?query=%EF%BB%BF{}%3B&output=xml", "application/sparql-results+xml"),
        ("?query={}&format=text%2Fhtml", "text/html"),
        ("/?query={}&output=html&default-graph-uri=", "text/html"),
    ],
)
def test_links_of_other_stores(endpoint: str, path: str, kind: str) -> None:
    """They need no change but that of the address."""
    address = endpoint + path.format(quote(ASK))
    with urllib.request.urlopen(address, timeout=ENOUGH) as answer:
        assert answer.headers.get_content_type() == kind
        assert answer.status == 200
    with urllib.request.urlopen(f"{endpoint}/", urlencode({"query": ASK}).encode()) as answer:
        assert json.load(answer)["boolean"] is True


# SPARQLWrapper


def wrapper(endpoint: str, query: str, form: str, **how: str) -> Any:
    wrapped = pytest.importorskip("SPARQLWrapper").SPARQLWrapper(endpoint)
    wrapped.setTimeout(round(ENOUGH))
    wrapped.setQuery(query)
    wrapped.setReturnFormat(form)
    for name, value in how.items():
        getattr(wrapped, name)(value)
    return wrapped


def closed(wrapped: Any) -> Any:
    """The converted answer; the wrapper leaves its connection to the collector."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        warnings.simplefilter("ignore", DeprecationWarning)  # it reads RDF the old way
        result = wrapped.query()
        found = result.convert()
        result.response.close()
    return found


WAYS = {
    "get": {},
    "post": {"setMethod": "POST"},
    "post of the query": {"setMethod": "POST", "setRequestMethod": "postdirectly"},
}


@pytest.mark.parametrize("way", WAYS)
def test_sparqlwrapper_select(endpoint: str, way: str) -> None:
    """SELECT as JSON by all three forms of request, whatever parameters it adds."""
    assert rows_of(closed(wrapper(endpoint, SELECT, "json", **WAYS[way]))) == ROWS


@pytest.mark.parametrize("form", ["xml", "csv", "tsv"])
def test_sparqlwrapper_formats(endpoint: str, form: str) -> None:
    """The other result formats arrive as what they are."""
    found = closed(wrapper(endpoint, ONE, form))
    text = found.toxml() if form == "xml" else found.decode("utf-8")
    assert "首尔都市圈" in text
    assert text.startswith({"xml": "<?xml", "csv": "n\r\n", "tsv": "?n\n"}[form])


def test_sparqlwrapper_ask(endpoint: str) -> None:
    """ASK gives a boolean."""
    assert closed(wrapper(endpoint, ASK, "json"))["boolean"] is True


@pytest.mark.parametrize("form", ["turtle", "n3", "rdf+xml", "xml", "json-ld"])
def test_sparqlwrapper_construct(endpoint: str, form: str) -> None:
    """CONSTRUCT in every syntax that the wrapper knows by name."""
    found = closed(wrapper(endpoint, CONSTRUCT, form))
    if isinstance(found, bytes):
        found = rdflib.Graph().parse(data=found, format="turtle")
    assert list(found) == [(URIRef(SPACE), URIRef(EX + "is"), Literal(NAME))]


def test_sparqlwrapper_default_graph(endpoint: str) -> None:
    """default-graph-uri chooses the graph, though its IRI has a percent sign."""
    found = wrapper(endpoint, WITHIN, "json", addDefaultGraph=GRAPH)
    assert rows_of(closed(found)) == [(SPACE, UNICODE)]
    assert rows_of(closed(wrapper(endpoint, WITHIN, "json"))) == []


def test_sparqlwrapper_errors(endpoint: str) -> None:
    """A mistake in a query is the wrapper's own error for it, with the reason."""
    errors = pytest.importorskip("SPARQLWrapper.SPARQLExceptions")
    with pytest.raises(errors.QueryBadFormed, match="the prefix : is not declared"):
        closed(wrapper(endpoint, WRONG, "json"))
    update = wrapper(endpoint, UPDATE, "json", setMethod="POST")
    with pytest.raises(HTTPError, match="403") as raised:
        closed(update)
    assert "updates are refused" in raised.value.read().decode("utf-8")


# rdflib


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_store(endpoint: str, method: str) -> None:
    """A graph over the endpoint is asked, and looked up in, like any other."""
    graph = rdflib.Graph(SPARQLStore(endpoint, method=method))
    found = [tuple(map(str, row)) for row in graph.query(SELECT) if isinstance(row, ResultRow)]
    assert found == ROWS
    assert bool(graph.query(ASK))
    assert set(graph.objects(URIRef(SPACE), URIRef(EX + "name"))) == {
        Literal("Seoul", lang="en"),
        Literal("首尔都市圈", lang="zh"),
    }
    assert list(graph.query(CONSTRUCT)) == [(URIRef(SPACE), URIRef(EX + "is"), Literal(NAME))]


def test_rdflib_named_graph(endpoint: str) -> None:
    """A graph with a name asks for it by default-graph-uri."""
    graph = rdflib.Graph(SPARQLStore(endpoint), identifier=URIRef(GRAPH))
    assert list(graph) == [(URIRef(SPACE), URIRef(EX + "within"), URIRef(UNICODE))]
    assert len(rdflib.Graph(SPARQLStore(endpoint), identifier=URIRef(EX + "nowhere"))) == 0


def test_rdflib_errors(endpoint: str) -> None:
    """A mistake in a query is an error."""
    graph = rdflib.Graph(SPARQLStore(endpoint))
    with pytest.raises(ValueError, match="something wrong") as raised:
        list(graph.query("SELECT ?x { ?x <p> }"))
    cause = raised.value.__context__
    assert isinstance(cause, HTTPError)
    assert cause.code == 400
    cause.close()


def test_rdflib_federated(endpoint: str) -> None:
    """rdflib's own engine joins its data with ours by SERVICE."""
    graph = rdflib.Graph().parse(data=f"<{UNICODE}> <{EX}here> 1 .", format="turtle")
    query = f"SELECT ?n {{ ?s <{EX}here> 1 . SERVICE <{endpoint}> {{ ?s <{EX}name> ?n }} }}"
    assert [str(row.n) for row in graph.query(query) if isinstance(row, ResultRow)] == [NAME]


# pandas


def test_pandas(endpoint: str) -> None:
    """A table is read straight from an address; numbers are numbers."""
    pandas = pytest.importorskip("pandas")
    address = f"{endpoint}?{urlencode({'query': SELECT})}"
    table = pandas.read_csv(address, storage_options={"Accept": "text/csv"})
    assert [tuple(map(str, row)) for row in table.itertuples(index=False)] == ROWS
    assert table.z.sum() == 10
    assert pandas.read_csv(f"{address}&format=csv").equals(table)
    inside = f"{endpoint}?{urlencode({'query': WITHIN, 'default-graph-uri': GRAPH})}&format=tsv"
    assert pandas.read_csv(inside, sep="\t").shape == (1, 2)
    with pytest.raises(HTTPError) as raised:
        pandas.read_csv(f"{endpoint}?{urlencode({'query': WRONG})}")
    raised.value.close()


@pytest.mark.parametrize("post", [False, True])
def test_sparql_dataframe(endpoint: str, post: bool) -> None:
    """sparql-dataframe, which asks for CSV by way of SPARQLWrapper."""
    library = pytest.importorskip("sparql_dataframe")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        table = library.get(endpoint, SELECT, post=post)
    assert [tuple(map(str, row)) for row in table.itertuples(index=False)] == ROWS


# curl


def curl(*arguments: str) -> str:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    done = subprocess.run(
        ["curl", "--silent", "--show-error", *arguments], capture_output=True, timeout=ENOUGH
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.decode("utf-8")


def test_curl(endpoint: str, tmp_path: Path) -> None:
    """curl with a query from a file, by GET, as a form and as the body; compressed; in a graph."""
    query = tmp_path / "q.rq"
    query.write_text(SELECT, "utf-8")
    json_please = ("-H", "Accept: application/sparql-results+json")
    ways = (
        ("--get", "--data-urlencode", f"query@{query}"),
        ("--data-urlencode", f"query@{query}"),
        ("--compressed", "-H", f"Content-Type: {QUERY}", "--data-binary", f"@{query}"),
    )
    for way in ways:
        assert rows_of(json.loads(curl(*json_please, *way, endpoint))) == ROWS
    asked = curl("--get", "--data-urlencode", f"query={ASK}", "-d", "format=json", endpoint)
    assert json.loads(asked)["boolean"] is True
    form = urlencode({"query": CONSTRUCT})
    built = curl("-H", "Accept: application/n-triples", "-d", form, endpoint)
    assert built == f'<{SPACE}> <{EX}is> "名, \\"é\\"\\n第二行" .\n'
    inside = ("-d", urlencode({"query": WITHIN, "default-graph-uri": GRAPH, "format": "csv"}))
    found = curl("--get", *inside, endpoint)
    assert found.splitlines()[1:] == [f"{SPACE},{UNICODE}"]


def test_curl_errors(endpoint: str) -> None:
    """curl sees the status, and the reason as problem details."""
    status = ("-w", "\n%{http_code} %{content_type}")
    told = curl(*status, "-G", "-d", urlencode({"query": WRONG}), endpoint)
    body, _, head = told.rpartition("\n")
    assert head == "400 application/problem+json"
    assert "the prefix : is not declared" in json.loads(body)["detail"]
    head = curl(*status, "-d", urlencode({"update": UPDATE}), endpoint).rpartition("\n")[2]
    assert head.startswith("403 ")
    assert curl("-I", endpoint).startswith("HTTP/1.1 200")


def test_curl_evidence(endpoint: str) -> None:
    """Evidence comes as JSON, to a browser too; who takes none is told that there is no other."""
    asked = ("--get", "--data-urlencode", f"query={SELECT}", "-d", "evidence=true", endpoint)
    browser = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    found = json.loads(curl("--compressed", *asked))
    assert rows_of(found) == ROWS
    assert [[item["inferred"] for item in row] for row in found["evidence"]] == [[False] * 2] * 3
    assert json.loads(curl("-H", browser, *asked)) == found
    status = ("-w", "\n%{http_code}")
    for unwelcome in (("-H", "Accept: text/html"), ("-d", "format=csv")):
        body, _, code = curl(*status, *unwelcome, *asked).rpartition("\n")
        assert code == "406"
        assert json.loads(body)["available"] == ["application/sparql-results+json"]
    named = curl(*status, "-G", "-d", urlencode({"query": ASK, "evidence": "true"}), endpoint)
    assert named.endswith("403")
    assert "evidence is not given for an ASK query" in named


# Jena (Debian: libapache-jena-java)


@pytest.fixture(scope="module")
def jena(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """How to run one of Jena's commands."""
    return java_with_jena(tmp_path_factory.mktemp("jena"))


def run_jena(jena: list[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*jena, *arguments], capture_output=True, text=True, timeout=120)


@pytest.mark.long
def test_jena_rsparql(endpoint: str, jena: list[str], tmp_path: Path) -> None:
    """Jena's client of remote endpoints: SELECT, ASK, CONSTRUCT, and a mistake."""

    def ask(query: str, *more: str) -> subprocess.CompletedProcess[str]:
        path = tmp_path / "q.rq"
        path.write_text(query, "utf-8")
        return run_jena(jena, "arq.rsparql", "--service", endpoint, "--query", str(path), *more)

    assert rows_of(json.loads(ask(SELECT, "--results=JSON").stdout)) == ROWS
    asked = ask(ASK, "--results=JSON", "--post")
    assert json.loads(asked.stdout)["boolean"] is True, asked.stderr
    built = rdflib.Graph().parse(data=ask(CONSTRUCT, "--results=NT").stdout, format="turtle")
    assert list(built) == [(URIRef(SPACE), URIRef(EX + "is"), Literal(NAME))]
    # It sends what FROM names in the query itself.
    inside = ask(WITHIN.replace("{", f"FROM <{GRAPH}> {{", 1), "--results=JSON").stdout
    assert rows_of(json.loads(inside)) == [(SPACE, UNICODE)]
    refused = ask("SELECT ?x { ?x <http://e.org/size> ?y FILTER <f:f>(?x) }")
    assert refused.returncode == 1
    assert "HttpException: 400" in refused.stderr


@pytest.mark.long
def test_jena_federates(endpoint: str, jena: list[str], tmp_path: Path) -> None:
    """Jena joins its own data with ours by SERVICE."""
    data, query = tmp_path / "here.ttl", tmp_path / "q.rq"
    data.write_text(f"<{UNICODE}> <{EX}here> 1 .", "utf-8")
    query.write_text(
        f"SELECT ?n {{ ?s <{EX}here> 1 . SERVICE <{endpoint}> {{ ?s <{EX}name> ?n }} }}", "utf-8"
    )
    done = run_jena(jena, "arq.arq", "--data", str(data), "--query", str(query), "--results=JSON")
    assert rows_of(json.loads(done.stdout)) == [(NAME,)], done.stderr


# Comunica (npm)


COMUNICA = ROOT / "build" / "clients"
PACKAGE = {
    "private": True,
    "dependencies": {"@comunica/query-sparql": "^5.0.0"},
    # Its default one needs a newer Node than Debian has.
    "overrides": {"undici": "^7.0.0"},
}


@pytest.fixture(scope="module")
def comunica() -> str:
    """Comunica's command, installed once into a folder that is no part of the project."""
    command = COMUNICA / "node_modules" / ".bin" / "comunica-sparql"
    if not command.is_file():
        if shutil.which("npm") is None:
            pytest.skip("npm is not installed")
        COMUNICA.mkdir(parents=True, exist_ok=True)
        (COMUNICA / "package.json").write_text(json.dumps(PACKAGE), "utf-8")
        install = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"]
        done = subprocess.run(install, cwd=COMUNICA, capture_output=True, text=True, timeout=900)
        if done.returncode:
            pytest.skip(f"npm could not install Comunica: {done.stderr[-300:]}")
    return str(command)


def run_comunica(command: str, endpoint: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [command, f"sparql@{endpoint}", *arguments], capture_output=True, text=True, timeout=180
    )


@pytest.mark.long
def test_comunica(endpoint: str, comunica: str) -> None:
    """Comunica, which first looks for a service description, then asks."""
    as_json = ("-t", "application/sparql-results+json")
    done = run_comunica(comunica, endpoint, SELECT, *as_json)
    found = json.loads(done.stdout)
    assert rows_of({**found, "head": {"vars": ["s", "n", "z"]}}) == ROWS, done.stderr
    assert json.loads(run_comunica(comunica, endpoint, ASK, *as_json).stdout)["boolean"] is True
    built = run_comunica(comunica, endpoint, CONSTRUCT, "-t", "application/n-triples").stdout
    graph = rdflib.Graph().parse(data=built, format="turtle")
    assert list(graph) == [(URIRef(SPACE), URIRef(EX + "is"), Literal(NAME))]
    inside = f"SELECT ?s {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}"
    found = json.loads(run_comunica(comunica, endpoint, inside, *as_json).stdout)
    assert rows_of({**found, "head": {"vars": ["s"]}}) == [(SPACE,)]
    failed = run_comunica(comunica, endpoint, "SELECT * { ?s ?p ?o FILTER(<f:f>(?s)) }")
    assert failed.returncode != 0
    assert "f:f" in failed.stderr


# Virtuoso (Debian: virtuoso-opensource-7-bin)


@pytest.fixture
def virtuoso(tmp_path: Path) -> Iterator[str]:
    """The SPARQL endpoint of a Virtuoso of its own, which may call others."""
    with running(tmp_path) as url:
        yield url


@pytest.mark.long
def test_virtuoso_federates(endpoint: str, virtuoso: str) -> None:
    """A federated query from Virtuoso reaches the endpoint."""
    query = f"SELECT ?s ?n {{ SERVICE <{endpoint}> {{ ?s <{EX}name> ?n . ?s <{EX}size> 3 }} }}"
    parameters = urlencode({"query": query, "format": "application/sparql-results+json"})
    with urllib.request.urlopen(f"{virtuoso}?{parameters}", timeout=ENOUGH) as answer:
        found = json.loads(answer.read())
    assert sorted(rows_of(found)) == [(SPACE, "Seoul"), (SPACE, "首尔都市圈")]


@pytest.mark.long
def test_virtuoso_is_asked(tmp_path: Path, endpoint: str, virtuoso: str) -> None:
    """A federated query of ours reaches Virtuoso, and through it our own endpoint."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "here.ttl").write_text(f'<{SPACE}> <{EX}here> "x\\n城"@en .', "utf-8")
    far = (
        f"{{ SERVICE <{endpoint}> {{ ?s <{EX}name> ?n . ?s <{EX}size> 3 }}"
        f" BIND(STRLANG('x\\n城', 'en') AS ?here) }}"
    )
    query = f"SELECT ?s ?n {{ ?s <{EX}here> ?here SERVICE <{virtuoso}> {far} }}"
    with serving(tmp_path / "data", "--service-allow", virtuoso) as near:
        answer = near.ask(f"/sparql?{urlencode({'query': query, 'format': 'json'})}")
    assert answer.status == 200, answer.text
    assert sorted(rows_of(json.loads(answer.body))) == [(SPACE, "Seoul"), (SPACE, "首尔都市圈")]
