"""How many requests a second a server answers, and how long they take.

Two generators: wrk, a small C program (Debian package of that name), and `load.drive`, which is
part of this folder. wrk takes a fifth of the processor time a request, so that a fast server is
measured and not its client; ours is used where wrk is missing, and in the load tests, as it sees
every answer.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

from endpoint.load import Request, drive

# One thread asks for all connections, so that they share one sequence of requests.
_SCRIPT = """
local requests, at = {}, 0
function init(args)
  local file = assert(io.open(args[1], "rb"))
  for size in function() return file:read("*l") end do
    requests[#requests + 1] = file:read(tonumber(size))
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
function done(summary, latency)
  local e = summary.errors
  print(string.format(
    'RESULT {"answers": %d, "seconds": %f, "bad": %d, "broken": %d, "late": %d, ' ..
    '"p50": %f, "p99": %f, "max": %f}',
    summary.requests, summary.duration / 1e6, e.status, e.connect + e.read + e.write, e.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end
"""
PATIENCE = 600  # seconds; wrk drops the time of an answer that takes longer

Figures = dict[str, Any]


def best() -> str:
    """The name of the generator to be used here."""
    return "wrk" if shutil.which("wrk") else "python"


def measure(
    generator: str, url: str, requests: Sequence[Request], clients: int, seconds: float
) -> Figures:
    """Let so many clients ask for that long, all going through one sequence of requests.

    Returns:
        `rate` of successful answers, `p50_ms`, `p99_ms` and `max_ms` of all answers (None without
        any), `answers`, `bad` (status other than 200), `broken` connections and `generator_cpu`,
        the share of one core that the generator took.
    """
    return (_wrk if generator == "wrk" else _python)(url, requests, clients, seconds)


def _python(url: str, requests: Sequence[Request], clients: int, seconds: float) -> Figures:
    turn = cycle(requests)
    outcome = drive(url, [turn] * clients, seconds, grace=max(10.0, seconds))
    answers = outcome.statuses.total()
    milliseconds = [outcome.percentile(share) * 1e3 for share in (0.5, 0.99, 1)]
    return {
        "rate": outcome.rate,
        **_times(answers, milliseconds),
        "answers": answers,
        "bad": answers - outcome.good - outcome.statuses[0],
        "broken": outcome.statuses[0] + len(outcome.unfinished),
        "generator_cpu": outcome.generator_cpu,
    }


def _times(answers: int, milliseconds: Sequence[float]) -> Figures:
    names = ("p50_ms", "p99_ms", "max_ms")
    return dict(zip(names, milliseconds if answers else (None,) * 3, strict=True))


def _wrk(url: str, requests: Sequence[Request], clients: int, seconds: float) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        script, data = Path(folder, "ask.lua"), Path(folder, "requests")
        script.write_text(_SCRIPT)
        data.write_bytes(b"".join(b"%d\n%s" % (len(one.data), one.data) for one in requests))
        # wrk knows whole seconds only.
        options = [f"-d{max(1, round(seconds))}s", f"-c{clients}", "-t1", f"--timeout={PATIENCE}s"]
        command = ["wrk", *options, "-s", str(script), url, "--", str(data)]
        before = _cpu()
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        used = _cpu() - before
    _, _, line = done.stdout.partition("RESULT ")
    found = json.loads(line)
    good = found["answers"] - found["bad"]
    return {
        "rate": good / found["seconds"],
        **_times(found["answers"], [found[name] for name in ("p50", "p99", "max")]),
        "answers": found["answers"],
        "bad": found["bad"],
        "broken": found["broken"] + found["late"],
        "generator_cpu": used / found["seconds"],
    }


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
