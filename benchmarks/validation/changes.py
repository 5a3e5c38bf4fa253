"""What validating again costs after one statement was taken out, or put back, in milliseconds.

    python benchmarks/validation/changes.py 200k [--edits 100] [--seed 1]

The statements are chosen at random. Seconds of the processor; the last report must be the first.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from validation import generate
from validation.run import HERE, ONTOLOGY, SHAPES

from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import Quad
from cgkg.shacl.validator import compile_shapes


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("size", type=generate.size, help="triples, such as 20k or 2M")
    parser.add_argument("--edits", type=int, default=100, help="statements taken out and put back")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "data.nt"
        generate.write(file, options.size, seed=options.seed)
        data = [*parse_file(file)]
    quads = [*parse_file(ONTOLOGY), *data]
    chosen = random.Random(options.seed).sample(data, options.edits)
    print("| shapes | triples | all ms | begin ms | median ms | 90 % ms | most ms |")
    print("|---|---|---|---|---|---|---|")
    for name in SHAPES:
        cells = [f"{each:.1f}" for each in measure(HERE / f"{name}.ttl", quads, chosen)]
        print(f"| {name} | {len(quads):,} | {' | '.join(cells)} |")


def measure(file: Path, quads: list[Quad], chosen: list[Quad]) -> tuple[float, ...]:
    """Milliseconds of validating all, of beginning, and of updates: median, nine tenths, most."""
    shapes = compile_shapes([quad.triple for quad in parse_file(file)])
    clock = time.process_time
    start = clock()
    report = shapes.validate(quads)
    whole = clock() - start
    start = clock()
    validation = shapes.begin(quads)
    begin = clock() - start
    took = []
    for quad in chosen:
        for added, removed in (((), (quad,)), ((quad,), ())):
            start = clock()
            validation.update(added, removed)
            took.append(clock() - start)
    if validation.report != report:
        sys.exit("the report after all edits is another one")
    most = quantiles(took, n=10)[-1]
    return tuple(1000 * each for each in (whole, begin, median(took), most, max(took)))


if __name__ == "__main__":
    main()
