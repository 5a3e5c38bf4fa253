"""Data about made-up clusters of cities with mistakes in it, the same for the same seed.

    python benchmarks/validation/generate.py 20k data.nt [--seed 1] [--mistakes 0.005]

It is the data of the reasoner's benchmark, with what pairs of properties need (years of building
and renovation, first and last days, two names of a person), and with mistakes: that share of the
statements is left out, doubled with another value, or has a value of another kind.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from reasoning.generate import DEF, ID, TYPE, XSD
from reasoning.generate import size as size
from reasoning.generate import write as write_sound

MISTAKES = 0.005
_DATE = f"^^<{XSD}date>"
_INTEGER = f"^^<{XSD}integer>"


def write(path: Path, triples: int, *, seed: int = 1, mistakes: float = MISTAKES) -> int:
    """Write about that many triples, in whole cities; gives their number.

    Args:
        path: an N-Triples file.
        triples: how many, before mistakes and what pairs need.
        seed: of everything that is left to chance.
        mistakes: the share of statements that get one.
    """
    sound = path.with_suffix(".sound")
    write_sound(sound, int(triples * 0.87), seed=seed)
    chance = random.Random(seed)
    count = 0
    with sound.open(encoding="utf-8") as lines, path.open("w", encoding="utf-8") as file:
        for line in lines:
            for made in _with_pairs(line, chance):
                spoilt = [made] if chance.random() >= mistakes else _spoilt(made, chance)
                file.writelines(spoilt)
                count += len(spoilt)
    sound.unlink()
    return count


def _with_pairs(line: str, chance: random.Random) -> Iterator[str]:
    """The statement, and those that give its subject the other property of a pair."""
    yield line
    subject, predicate, target = line[:-3].split(" ", 2)
    match predicate[len(DEF) + 1 : -1]:
        case "builtIn":
            year = int(target.split('"')[1]) + chance.randint(1, 60)
            yield f'{subject} <{DEF}renovatedIn> "{year}"{_INTEGER} .\n'
        case "implements":
            year = chance.randint(2000, 2020)
            yield f'{subject} <{DEF}begins> "{year}-03-01"{_DATE} .\n'
            yield f'{subject} <{DEF}ends> "{year + chance.randint(0, 9)}-12-31"{_DATE} .\n'
        case "officialName" if "/person/" in subject:
            yield f"{subject} <{DEF}signsAs> {target} .\n"


def _spoilt(line: str, chance: random.Random) -> list[str]:
    """What becomes of a statement in which there is a mistake."""
    subject, predicate, target = line[:-3].split(" ", 2)
    literal = target[0] == '"'
    match chance.randrange(4):
        case 0:
            return []
        case 1 if predicate != TYPE:
            return [line, f"{subject} {predicate} {_other(target)} .\n"]
        case 2:
            return [f'{subject} {predicate} "?" .\n'] if literal else [
                f'{subject} {predicate} "nobody knows" .\n'
            ]  # fmt: skip
        case _ if not literal:
            return [f"{subject} {predicate} <{ID}nobody/{chance.randrange(1000)}> .\n"]
    return [f"{subject} {predicate} {_other(target)} .\n"]


def _other(target: str) -> str:
    """Another term of the same kind: a number a thousand times as large, a longer text or name."""
    if target[0] == "<":
        return f"{target[:-1]}/other>"
    _, value, kind = target.rsplit('"', 2)
    if "#" not in kind:
        return f'"{value}, or so"{kind}'
    if kind == _DATE:
        return f'"19{value[2:]}"{kind}'
    return f'"{value.replace(".", "000.") if "." in value else value + "000"}"{kind}'


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("size", type=size, help="triples, such as 20k or 2M")
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mistakes", type=float, default=MISTAKES)
    options = parser.parse_args()
    count = write(options.file, options.size, seed=options.seed, mistakes=options.mistakes)
    print(f"{options.file}: {count:,} triples")


if __name__ == "__main__":
    main()
