"""Downloads, the catalogue and the VoID description, as a client meets them."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import rdflib
from flask.testing import FlaskClient
from limits import ENOUGH, wait_until
from projects import BASE, Small, make_small

from cgkg.errors import ReleaseError
from cgkg.export.ondemand import OnDemand
from cgkg.pipeline import build
from cgkg.store.generations import Generation
from cgkg.web.app import Settings, create_app

# rdflib calls names of its own that it has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning")
VOID = rdflib.Namespace("http://rdfs.org/ns/void#")
DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")


class Reader(FlaskClient):
    """Takes every answer whole, so that files are closed."""

    def open(self, *args: Any, **options: Any) -> Any:
        return super().open(*args, **{"buffered": True, **options})


class NoPool:
    """Nothing here asks queries."""

    def run(self, request: object) -> object:
        raise AssertionError("no query was to be asked")


@pytest.fixture
def own(small: Small, tmp_path: Path) -> Generation:
    """A generation of one test's own."""
    return build(small.project, tmp_path / "store")[0]


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    folder = tmp_path_factory.mktemp("downloads")
    return build(make_small(folder / "rivers").project, folder / "store")[0]


@pytest.fixture(scope="module")
def client(generation: Generation) -> FlaskClient:
    return client_of(generation)


def client_of(generation: Generation) -> FlaskClient:
    """A site whose release has been made."""
    app = create_app(generation, NoPool(), Settings(base=BASE))  # type: ignore[arg-type]
    app.test_client_class = Reader
    found = app.test_client()
    assert wait_until(lambda: found.get("/data/void.ttl").status_code != 503)
    return found


def test_a_release_may_lack_a_format(own: Generation) -> None:
    """One that an earlier version made and that was kept is offered as it is."""
    generation, client = own, client_of(own)
    release = OnDemand(generation).get().folder
    path = release / "release.json"
    listing = json.loads(path.read_text("utf-8"))
    assert '.jsonld"' in client.get("/data").text
    listing["files"] = [f for f in listing["files"] if not f["name"].endswith(".jsonld")]
    path.write_text(json.dumps(listing), "utf-8")
    later = create_app(generation, NoPool(), Settings(base=BASE)).test_client()  # type: ignore[arg-type]
    page = later.get("/data?lang=en")
    assert page.status_code == 200
    assert f"/data/{generation.id}/dataset.ttl" in page.text
    assert f"/data/{generation.id}/dataset.jsonld" not in page.text


def test_every_file_can_be_had_with_its_digest(client: FlaskClient, generation: Generation) -> None:
    """Each file listed on the page has its media type, its digest as ETag, and keeps for ever."""
    page = client.get("/data?lang=en").text
    links = set(re.findall(rf'href="(/data/{generation.id}/[^"]+)"', page))
    assert {"dataset.nq", "annotations.jsonld", "entities.csv", "rdf12.ttl", "SHA256SUMS"} <= {
        link.rsplit("/", 1)[1] for link in links
    }
    listed = client.get(f"/data/{generation.id}/SHA256SUMS").text.splitlines()
    sums = {name: digest for digest, name in (line.split("  ", 1) for line in listed)}
    for link in sorted(links):
        answer = client.get(link)
        name = link.rsplit("/", 1)[1]
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        if name != "SHA256SUMS":
            digest = hashlib.sha256(answer.data).hexdigest()
            assert digest == sums[name]
            assert answer.headers["ETag"] == f'"{digest}"'
            assert digest in page
    assert client.get(f"/data/{generation.id}/dataset.nq").mimetype == "application/n-quads"
    assert client.get(f"/data/{generation.id}/dataset.rdf").mimetype == "application/rdf+xml"


def test_a_download_can_be_asked_for_again(client: FlaskClient, generation: Generation) -> None:
    """304 for the digest, 206 for a part, HEAD, and a redirect from the name alone."""
    address = f"/data/{generation.id}/dataset.ttl"
    whole = client.get(address)
    assert client.get(address, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    part = client.get(address, headers={"Range": "bytes=1-4"})
    assert (part.status_code, part.data) == (206, whole.data[1:5])
    assert client.head(address).headers["Content-Length"] == str(len(whole.data))
    found = client.get("/data/dataset.ttl")
    assert found.status_code == 302
    assert found.headers["Location"].endswith(address)


@pytest.mark.parametrize(
    "path", ["/data/nothing.ttl", "/data/0123456789abcdef/void.ttl", "/data/../void.ttl",
             "/data/0123456789abcdef/..%2f..%2fCURRENT", "/.well-known/void.exe",
             "/dataset/0000000000000000"],
)  # fmt: skip
def test_there_is_nothing_else(client: FlaskClient, path: str) -> None:
    """Only files of a release have addresses."""
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("accept", "suffix", "form"),
    [("text/turtle", "ttl", "turtle"), ("application/rdf+xml", "rdf", "xml"),
     ("application/ld+json", "jsonld", "json-ld"), ("application/n-triples", "nt", "nt")],
)  # fmt: skip
def test_void_in_every_syntax(client: FlaskClient, accept: str, suffix: str, form: str) -> None:
    """By Accept and by extension the same description, with this server's addresses."""
    one = client.get("/.well-known/void", headers={"Accept": accept})
    other = client.get(f"/.well-known/void.{suffix}")
    assert one.mimetype == other.mimetype == accept
    assert one.data == other.data
    graph = rdflib.Graph().parse(data=one.data, format=form)
    (endpoint,) = set(graph.objects(None, VOID.sparqlEndpoint))
    assert str(endpoint) == "http://localhost/sparql"
    for dump in graph.objects(None, VOID.dataDump):
        assert client.get(str(dump)).status_code == 200
    assert rdflib.Literal(BASE) in set(graph.objects(None, VOID.uriSpace))
    (node,) = graph.subjects(VOID["class"], rdflib.URIRef(f"{BASE}def/Place"))
    assert int(next(graph.objects(node, VOID.entities))) == 2  # type: ignore[call-overload]


def test_the_catalogue_has_a_distribution_per_file(client: FlaskClient) -> None:
    """DCAT at /data for programs; every download address answers with as many bytes as it says."""
    answer = client.get("/data", headers={"Accept": "text/turtle"})
    graph = rdflib.Graph().parse(data=answer.data, format="turtle")
    found = list(graph.subjects(rdflib.RDF.type, DCAT.Distribution))
    assert len(found) > 30
    for node in found:
        address = str(next(graph.objects(node, DCAT.downloadURL)))
        size = int(next(graph.objects(node, DCAT.byteSize)))  # type: ignore[call-overload]
        assert len(client.get(address).data) == size


@pytest.mark.parametrize("accept", [None, "*/*", "application/ld+json;q=0.1, */*;q=0.01"])
def test_void_is_data_for_whoever_asks_for_no_page(client: FlaskClient, accept: str | None) -> None:
    """A program that sends no Accept gets the description, and a browser the page."""
    headers = {"Accept": accept} if accept else {}
    found = client.get("/.well-known/void", headers=headers)
    assert (found.status_code, found.headers["Vary"]) == (200, "Accept")
    assert found.mimetype in ("text/turtle", "application/ld+json")
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    page = client.get("/.well-known/void", headers=browser)
    assert (page.status_code, page.headers["Vary"]) == (303, "Accept")


def test_the_names_of_the_dataset_lead_to_its_description(client: FlaskClient) -> None:
    """The dataset's IRI and its version's: 303 to the page, or to VoID."""
    void = client.get("/.well-known/void.nt").text
    (version,) = set(re.findall(rf"<{BASE}(dataset/[0-9a-f]{{16}})>", void))
    for path in ("/dataset", f"/{version}"):
        page = client.get(path, headers={"Accept": "text/html"})
        assert (page.status_code, page.headers["Location"]) == (303, "/data")
        data = client.get(path, headers={"Accept": "text/turtle"})
        assert (data.status_code, data.headers["Location"]) == (303, "/.well-known/void")
    assert client.get("/.well-known/void", headers={"Accept": "text/html"}).status_code == 303


@pytest.mark.parametrize(("language", "words"), [("en", "to take away"), ("zh", "下载全部数据")])
def test_the_page_is_in_both_languages(client: FlaskClient, language: str, words: str) -> None:
    """With the version that people cite."""
    answer = client.get(f"/data?lang={language}")
    assert words in answer.text
    assert answer.headers["Content-Language"] == language
    assert re.search(r'class="digest">[0-9a-f]{64}<', answer.text)


def test_a_release_is_made_once_and_kept(own: Generation) -> None:
    """Nobody waits longer than the patience, which may be none; afterwards it is there, also for
    another server."""
    made = OnDemand(own)
    with pytest.raises(ReleaseError, match="is being made"):
        made.get(patience=0)
    release = made.get(patience=ENOUGH)
    assert release.folder == own.folder.parent.parent / "releases" / own.id
    written = (release.folder / "release.json").stat().st_mtime_ns
    assert OnDemand(own).get(patience=0).digest == release.digest
    assert (release.folder / "release.json").stat().st_mtime_ns == written


def test_what_cannot_be_made_says_why(own: Generation, tmp_path: Path) -> None:
    """Too large a graph, and a own that cannot be read."""
    with pytest.raises(ReleaseError, match="more than 1 quads"):
        OnDemand(own, limit=1).get()
    (own.folder / "dataset.nq").write_text("broken\n")
    with pytest.raises(ReleaseError, match=r"could not be made: .*dataset\.nq:1"):
        OnDemand(own).get(patience=ENOUGH)
    assert not list((tmp_path / "store" / "releases").iterdir())


def test_the_process_ends_with_who_started_it(own: Generation, tmp_path: Path) -> None:
    """When its standard input ends, as it does when a server is killed; nothing is published."""
    command = [sys.executable, "-m", "cgkg.export", str(own.folder), str(tmp_path / "out")]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, timeout=ENOUGH)
    assert done.returncode == 1
    assert not (tmp_path / "out").exists()
