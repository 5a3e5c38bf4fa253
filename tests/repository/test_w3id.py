"""The redirects for w3id.org: every name goes to its description, in the format asked for.

The rules are tried twice: by a small reading of the few directives they use, everywhere, and by
Apache where it is installed.
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from limits import ENOUGH, wait_until
from paths import ROOT

RULES = ROOT / "docs" / "w3id" / ".htaccess"
HOST = "https://cgkg.example.org"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
# Path below /cgkg/, Accept, where it goes below the host.
CASES = [
    ("", "", "/"),
    ("", "text/turtle", "/"),
    ("id/region/tokyo", BROWSER, "/id/region/tokyo"),
    ("id/region/tokyo", "", "/id/region/tokyo"),
    ("id/region/tokyo", "text/turtle", "/id/region/tokyo.ttl"),
    ("id/region/tokyo", "text/turtle;q=0.9", "/id/region/tokyo.ttl"),
    ("id/region/tokyo", "text/html, text/turtle;q=0.1", "/id/region/tokyo"),
    ("def/hasMember", "application/ld+json", "/def/hasMember.jsonld"),
    ("def/hasMember", "application/rdf+xml", "/def/hasMember.rdf"),
    ("def/hasMember", "application/n-triples", "/def/hasMember.nt"),
    ("graph/inferred", "application/trig", "/graph/inferred.trig"),
    ("graph/inferred", "application/n-quads", "/graph/inferred.nq"),
    ("ontology", "text/turtle", "/ontology.ttl"),
    ("ontology/0.1.0", "text/turtle", "/ontology/0.1.0.ttl"),
    ("ontology/0.1.0/core", BROWSER, "/ontology/0.1.0/core"),
    ("def/hasMember.ttl", BROWSER, "/def/hasMember.ttl"),
    ("source/city-clusters/c/1-20.nq", "text/turtle", "/source/city-clusters/c/1-20.nq"),
]

Redirect = Callable[[str, str], tuple[int, str]]


def read_rules(path: str, accept: str) -> tuple[int, str]:
    """Where the rules send a path: conditions, rules, one variable, the flags R, L and E."""
    variables: dict[str, str] = {}
    condition = True
    for line in RULES.read_text("utf-8").splitlines():
        words = line.split()
        if line.startswith("RewriteCond"):
            assert words[1] == "%{HTTP_ACCEPT}"
            condition = re.search(line.split(None, 2)[2], accept) is not None
        elif line.startswith("RewriteRule"):
            pattern, target, flags = words[1], words[2], words[3].strip("[]").split(",")
            found = re.search(pattern, path)
            if found and condition:
                for flag in flags:
                    if flag.startswith("E="):
                        name, _, value = flag.removeprefix("E=").partition(":")
                        variables[name] = value
                if target != "-":
                    target = re.sub(r"%\{ENV:(\w+)\}", lambda m: variables[m[1]], target)
                    target = target.replace("$1", found[1] if found.groups() else "")
                    status = next(int(f[2:]) for f in flags if f.startswith("R="))
                    return status, target
            condition = True
    return 404, ""


@pytest.fixture(scope="module")
def apache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redirect]:
    """Apache with the rules in a folder `cgkg`, as at w3id.org, on a free port of this machine."""
    program = shutil.which("apache2", path=os.environ["PATH"] + ":/usr/sbin")
    if program is None:
        pytest.skip("Apache is not installed (apt install apache2-bin)")
    folder = tmp_path_factory.mktemp("apache")
    (folder / "www" / "cgkg").mkdir(parents=True)
    shutil.copy(RULES, folder / "www" / "cgkg" / ".htaccess")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    modules = Path(program).resolve().parents[1] / "lib" / "apache2" / "modules"
    loaded = "".join(
        f"LoadModule {name}_module {modules}/mod_{name}.so\n"
        for name in ("mpm_event", "authz_core", "rewrite")
    )
    (folder / "httpd.conf").write_text(
        f"{loaded}ServerName localhost\nListen 127.0.0.1:{port}\nServerRoot {folder}\n"
        f"PidFile {folder}/pid\nErrorLog {folder}/log\nDefaultRuntimeDir {folder}\n"
        f"Mutex file:{folder}\nDocumentRoot {folder}/www\n"
        f"<Directory {folder}/www>\nAllowOverride All\nRequire all granted\n</Directory>\n"
    )
    # In a session of its own: Apache signals its whole process group when it ends.
    server = subprocess.Popen(
        [program, "-DFOREGROUND", "-f", str(folder / "httpd.conf")], start_new_session=True
    )
    try:

        def listens() -> bool:
            assert server.poll() is None, (folder / "log").read_text()
            with socket.socket() as trial:
                return trial.connect_ex(("127.0.0.1", port)) == 0

        assert wait_until(listens)

        def redirect(path: str, accept: str) -> tuple[int, str]:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ENOUGH)
            connection.request("GET", f"/cgkg/{path}", headers={"Accept": accept} if accept else {})
            answer = connection.getresponse()
            connection.close()
            return answer.status, answer.headers.get("Location", "")

        yield redirect
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(ENOUGH)


@pytest.mark.parametrize(("path", "accept", "target"), CASES)
def test_names_go_to_their_descriptions(path: str, accept: str, target: str) -> None:
    """By the reading of the rules here: 303 to the description."""
    assert read_rules(path, accept) == (303, HOST + target)


def test_apache_reads_the_rules_the_same(apache: Redirect) -> None:
    """Apache sends every case where it is to go; a query and encoded signs are kept."""
    for path, accept, target in CASES:
        assert apache(path, accept) == (303, HOST + target), (path, accept)
    assert apache("id/x?lang=zh", "")[1] == f"{HOST}/id/x?lang=zh"
    assert apache("id/%E6%9D%B1", "")[1].upper() == f"{HOST}/id/%E6%9D%B1".upper()


def test_the_host_stands_in_one_place() -> None:
    """A server that moves means a change of one line."""
    rules = [line for line in RULES.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert sum("https://" in line for line in rules) == 1
