"""Data about made-up clusters of cities, of any size, the same for the same seed.

    python benchmarks/reasoning/generate.py 20k data.nt [--seed 1] [--inverse-functional]

Clusters hold cities, cities districts, districts buildings, and all the rest belongs to one of
them, so that the closure grows in proportion. One individual in 200 has a second name that is
owl:sameAs the first. With --inverse-functional some people have a badge in common with a second
name; read inverse-functional.ttl along with it then.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from pathlib import Path

DEF = "https://example.org/clusters/def/"
ID = "https://example.org/clusters/id/"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
SAME = "<http://www.w3.org/2002/07/owl#sameAs>"
XSD = "http://www.w3.org/2001/XMLSchema#"

CITIES_IN_A_CLUSTER = 12
SAME_AS = 0.005


def size(text: str) -> int:
    """The number that 20k or 2M stands for."""
    factor = {"k": 1_000, "M": 1_000_000}.get(text[-1])
    return int(float(text[:-1]) * factor) if factor else int(text)


def write(path: Path, triples: int, *, seed: int = 1, inverse_functional: bool = False) -> int:
    """Write whole cities until there are that many triples; gives their number."""
    city = _City(random.Random(seed), inverse_functional)
    count = number = 0
    with path.open("w", encoding="utf-8") as file:
        while count < triples:
            lines = list(city.lines(number))
            file.writelines(lines)
            count += len(lines)
            number += 1
    return count


def _name(local: str) -> str:
    return f"<{DEF}{local}>"


def _text(value: str, language: str = "") -> str:
    return f'"{value}"@{language}' if language else f'"{value}"'


def _typed(value: object, datatype: str) -> str:
    return f'"{value}"^^<{XSD}{datatype}>'


class _City:
    """Makes the statements about one city after the other."""

    def __init__(self, chance: random.Random, inverse_functional: bool) -> None:
        self.chance = chance
        self.inverse_functional = inverse_functional

    def lines(self, number: int) -> Iterator[str]:
        for subject, predicate, target in self.city(number):
            full = predicate if predicate[0] == "<" else _name(predicate)
            yield f"{subject} {full} {target} .\n"

    def kind(self, path: str, *kinds: str) -> tuple[str, list[tuple[str, str, str]]]:
        """A new individual with its class, and now and then a second name."""
        name = f"<{ID}{path}>"
        said = [(name, TYPE, _name(self.chance.choice(kinds)))]
        if self.chance.random() < SAME_AS:
            other = f"<{ID}{path}/alias>"
            said += [(name, SAME, other), (other, "officialName", _text(f"Alias of {path}"))]
        return name, said

    def city(self, number: int) -> Iterator[tuple[str, str, str]]:
        chance = self.chance
        group, place = divmod(number, CITIES_IN_A_CLUSTER)
        cluster, council = f"<{ID}cluster/{group}>", f"<{ID}council/{group}>"
        if place == 0:
            yield cluster, TYPE, _name("Cluster")
            yield cluster, "label", _text(f"Cluster {group}", "en")
            yield council, TYPE, _name("Council")
            yield council, "coordinates", cluster
        path = f"city/{number}"
        kinds = ("City", "City", "PortCity") if place else ("CoreCity",)
        city, said = self.kind(path, *kinds)
        yield from said
        yield cluster, "hasMember", city
        yield city, "label", _text(f"City {number}", "en")
        yield city, "label", _text(f"城市 {number}", "zh")
        yield city, "population", _typed(chance.randint(10_000, 9_000_000), "integer")
        yield city, "area", _typed(f"{chance.randint(50, 5000)}.5", "decimal")
        yield city, "hasTerrain", f"<{ID}terrain/{chance.choice(['coast', 'plain', 'hills'])}>"
        if place:
            yield city, "isConnectedTo", f"<{ID}city/{number - 1}>"
        mayor = f"<{ID}{path}/mayor>"
        yield city, "hasMayor", mayor
        yield mayor, "officialName", _text(f"Mayor of city {number}")
        if chance.random() < SAME_AS * 10:  # the same person by another name (prp-fp)
            yield city, "hasMayor", f"<{ID}{path}/mayor/alias>"
            yield f"<{ID}{path}/mayor/alias>", "age", _typed(chance.randint(30, 80), "integer")
        bodies = [council]
        for one in range(4):
            body, said = self.kind(f"{path}/body/{one}", "Company", "Company", "PublicBody")
            yield from said
            yield body, "officialName", _text(f"Body {number}-{one}")
            yield body, "basedIn", city
            bodies.append(body)
        plan, said = self.kind(f"{path}/plan", "Plan")
        yield from said
        yield plan, "runBy", council
        for one in range(3):
            programme, said = self.kind(f"{path}/programme/{one}", "Programme", "DigitalProgramme")
            yield from said
            yield programme, "runBy", chance.choice(bodies)
            yield programme, "implements", plan
            yield programme, "benefits", city
        for one in range(5):
            river = f"<{ID}{path}/river/{one}>"
            yield river, "officialName", _text(f"River {number}-{one}")
            if one:
                yield f"<{ID}{path}/river/{one - 1}>", "isUpstreamOf", river
        for one in range(4):
            yield from self.district(f"{path}/district/{one}", city, bodies)

    def district(self, path: str, city: str, bodies: list[str]) -> Iterator[tuple[str, str, str]]:
        chance = self.chance
        district, said = self.kind(path, "District")
        yield from said
        yield district, "inCity", city
        yield district, "label", _text(f"District {path}", "en")
        buildings = []
        for one in range(6):
            building, said = self.kind(f"{path}/building/{one}", "Dwelling", "Dwelling", "Office")
            yield from said
            buildings.append(building)
            yield building, "inDistrict", district
            yield building, "builtIn", _typed(chance.randint(1900, 2025), "integer")
            yield building, "hasStatus", f"<{ID}status/{chance.choice(['open', 'closed'])}>"
            if one % 2:
                yield chance.choice(bodies), "owns", building
            sensor, said = self.kind(f"{path}/sensor/{one}", "AirSensor", "TrafficSensor")
            yield from said
            yield sensor, "observes", building
            yield sensor, "reading", _typed(f"{chance.randint(0, 999)}.5", "double")
        station, said = self.kind(f"{path}/station", "Station")
        yield from said
        yield station, "inDistrict", district
        before = ""
        for one in range(5):
            person, said = self.kind(f"{path}/person/{one}", "Resident", "Resident", "Official")
            yield from said
            yield person, "officialName", _text(f"Person {path}/{one}")
            yield person, "age", _typed(chance.randint(18, 99), "integer")
            yield person, "livesIn", chance.choice(buildings)
            yield person, "worksFor", chance.choice(bodies)
            if before:
                yield person, "knows", before
            before = person
            if self.inverse_functional and chance.random() < 0.01:
                badge, other = f"<{ID}{path}/badge/{one}>", f"<{ID}{path}/holder/{one}>"
                yield person, "hasBadge", badge
                yield other, "hasBadge", badge


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("size", type=size, help="explicit triples, such as 20k or 2M")
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inverse-functional", action="store_true")
    options = parser.parse_args()
    count = write(
        options.file,
        options.size,
        seed=options.seed,
        inverse_functional=options.inverse_functional,
    )
    print(f"{options.file}: {count:,} triples")


if __name__ == "__main__":
    main()
