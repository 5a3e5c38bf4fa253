"""`cgkg serve --rebuild`: what is saved is served, or every page says why not."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from commands import run
from endpoint import processes
from limits import AMPLE, wait_until
from projects import Small
from servers import Server, query, serving

LENGTH = "SELECT ?n { ?s <https://example.org/rivers/def/lengthKm> ?n }"
HEADING = {
    "en": "The files as saved last are not shown",
    "zh": "\u672a\u663e\u793a\u6700\u8fd1\u4fdd\u5b58\u7684\u6587\u4ef6",
}


def lengths(server: Server) -> list[str]:
    answer = server.ask(query(LENGTH, format="json"))
    assert answer.status == 200, answer.text
    return [row["n"]["value"] for row in json.loads(answer.body)["results"]["bindings"]]


def foot(server: Server, path: str, language: str) -> str:
    answer = server.ask(path, headers={"Accept": "text/html", "Accept-Language": language})
    assert answer.status == 200, answer.text
    return answer.text.partition("<footer>")[2]


def rebuilder(server: Server) -> int:
    """The process that builds on save, once it is there."""

    def found() -> list[int]:
        command = "cgkg.authoring.rebuilding"
        return [pid for pid in server.program.tree() if command in processes.command_of(pid)]

    assert wait_until(found)
    (pid,) = found()
    return pid


def test_a_save_is_served_and_a_mistake_is_told_on_every_page(small: Small, tmp_path: Path) -> None:
    """In both languages, also to a reader who holds the page, until it is mended; and one line on
    the terminal tells each change. Nothing is left when the server ends."""
    facts = small.folder / "data" / "1.trig"
    text = facts.read_text("utf-8")
    options = ("--rebuild", "--store", tmp_path / "store", "--timeout", AMPLE, "--workers", 2)
    with serving(small.folder, *options) as server:
        assert lengths(server) == ["1094"]
        for length in ("1095", "1096", "1097", "1094"):
            facts.write_text(text.replace("1094", length), "utf-8")
            assert wait_until(lambda n=length: lengths(server) == [n])  # type: ignore[misc]
        tag = server.ask("/", headers={"Accept": "text/html"}).headers["ETag"]
        held = {"Accept": "text/html", "If-None-Match": tag}
        assert server.ask("/", headers=held).status == 304

        facts.write_text(text.replace(":flowsThrough", ":flowsThru", 1), "utf-8")
        assert wait_until(lambda: HEADING["en"] in foot(server, "/", "en"))
        for language, heading in HEADING.items():
            for path in ("/", "/ontology", "/query", "/data", "/id/river/elbe"):
                said = foot(server, path, language)
                assert heading in said
                assert "1.trig:" in said
                assert "flowsThru" in said
        assert server.ask("/", headers=held).status == 200
        assert lengths(server) == ["1094"]

        facts.write_text(text.replace("1094", "1095"), "utf-8")
        assert wait_until(lambda: lengths(server) == ["1095"])
        assert wait_until(lambda: HEADING["en"] not in foot(server, "/", "en"))
        pids = server.program.tree()
        written = server.program.written()
        assert server.stop() == 0
        assert not any(map(processes.lives, pids))
    assert written.count("not rebuilt") == 1
    assert sum("rebuilt" in line and "1096" in line for line in written.splitlines()) == 2


def test_it_ends_with_the_server_even_if_that_is_killed(small: Small, tmp_path: Path) -> None:
    """And if it is gone itself, the pages say that nobody watches the files any more."""
    with serving(small.folder, "--rebuild", "--store", tmp_path / "store") as server:
        assert wait_until(lambda: len(server.workers) > 1)
        pid = rebuilder(server)
        server.program.stop(by=signal.SIGKILL)
        server.stopped = True
        assert wait_until(lambda: not processes.lives(pid))
    with serving(small.folder, "--rebuild", "--store", tmp_path / "store") as server:
        os.kill(rebuilder(server), signal.SIGKILL)
        assert wait_until(lambda: "not watched any more" in foot(server, "/", "en"))
        assert lengths(server) == ["1094"]


def test_it_needs_a_build(small: Small) -> None:
    """--no-build says that nothing is built."""
    done = run("serve", "--project", str(small.folder), "--rebuild", "--no-build")
    assert done.returncode == 2
    assert "--rebuild does not go with --no-build" in done.stderr
