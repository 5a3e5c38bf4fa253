"""Write docs/reference/ontology*.md from a built graph, and the answers of queries in the pages.

    python tools/reference.py            # builds the graph, writes the pages
    python tools/reference.py --check    # says which pages are not as the graph has them

Three pages are written whole. In pages written by hand, `<!-- begin NAME -->` … `<!-- end -->`
holds a part that is written here, and a `text` block right after a `sparql` block its answer.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from reference_terms import ID, Class, Property, Vocabulary

from cgkg.cli.answer import table
from cgkg.document.statements import statement
from cgkg.formats import Format
from cgkg.pipeline import build
from cgkg.presentation.axioms import Axioms
from cgkg.project.folder import Project
from cgkg.rdf.io import serialize
from cgkg.rdf.terms import IRI, Literal, Triple, parts
from cgkg.rdf.vocab import BASE, SKOS
from cgkg.reasoning import Proof
from cgkg.serving.explainer import GenerationExplainer
from cgkg.store.generations import Generation
from cgkg.store.graph import QueryBoolean, QueryResultsFormat, QueryTriples
from cgkg.web.parts.facts import axioms_of, read_fact

Explain = Callable[[Triple], Proof | None]

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = Path("docs/reference")
BY_HAND = (REFERENCE / "ontology.md", Path("docs/tutorial/first-queries.md"))

_PART = re.compile(r"(<!-- begin ([\w-]+) ?(.*?) ?-->\n).*?(<!-- end -->)", re.DOTALL)
_ASKED = re.compile(r"(```sparql\n((?:(?!```).)*)```\n\n```text\n).*?(```\n)", re.DOTALL)
_WRITTEN = "Written by `tools/reference.py` from the ontology and the built graph; do not edit."
_MODULES: Mapping[str, str] = {
    "core": "what all share: places, organizations, initiatives, times",
    "regions": "clusters, their members and parts",
    "governance": "bodies, offices, seats",
    "programmes": "plans, programmes, systems, goals, functions, effects",
    "themes": "themes, problems, target groups, technologies",
    "knowledge": "lessons and recommendations",
    "quantities": "figures and budgets",
    "provenance": "the document, its clauses, how statements are supported",
}
_MOST_PATTERNS, _MOST_USES, _MOST_INSTANCES = 6, 24, 3


def pages(generation: Generation, folder: Path) -> dict[Path, str]:
    """Every page of the reference and the tutorial as it should be, by path below `folder`."""
    words = Vocabulary(generation.open(), generation.prefixes)
    written = {
        REFERENCE / "ontology-classes.md": classes_page(words),
        REFERENCE / "ontology-properties.md": properties_page(words),
        REFERENCE / "ontology-concepts.md": concepts_page(words),
        REFERENCE / "ontology-individuals.md": individuals_page(words),
    }
    explain = GenerationExplainer(generation)
    for path in BY_HAND:
        written[path] = refreshed((folder / path).read_text("utf-8"), words, explain)
    return written


def refreshed(page: str, words: Vocabulary, explain: Explain) -> str:
    """The page with its written parts and the answers of its queries as the graph has them."""
    parts: Mapping[str, Callable[[str], str]] = {
        "prefixes": lambda _: f"```sparql\n{words.prefix_lines()}```\n",
        "schemes": lambda _: schemes_table(words),
        "kinds": lambda _: kinds_table(words),
        "graphs": lambda _: graphs_table(words),
        "counts": lambda _: counts_line(words),
        "proof": lambda fact: proof_of(words, explain, fact),
    }
    page = _PART.sub(lambda m: m[1] + parts[m[2]](m[3]) + m[4], page)
    return _ASKED.sub(lambda m: m[1] + answer(words, m[2]) + m[3], page)


def answer(words: Vocabulary, query: str) -> str:
    """What the graph answers, as `cgkg query` prints it; known prefixes need no declaration."""
    answer = words.graph.query(with_prefixes(words, query))
    if isinstance(answer, QueryTriples):
        lines = serialize(sorted(answer, key=str), Format.TURTLE, prefixes=words.prefixes).decode()
        return "".join(f"{x}\n" for x in lines.splitlines() if not x.startswith("@prefix"))
    body = answer.serialize(format=QueryResultsFormat.JSON)
    return table(json.loads(body or b"{}"), words.prefixes)


def with_prefixes(words: Vocabulary, query: str) -> str:
    """The query with declarations for the prefixes that it does not declare."""
    declared = set(re.findall(r"^\s*PREFIX\s+([\w-]*):", query, re.M | re.I))
    lines = words.prefix_lines().splitlines(keepends=True)
    return "".join(x for x in lines if x.split()[1][:-1] not in declared) + query


def holds(words: Vocabulary, query: str) -> bool:
    """Whether the query has an answer: a row, a triple, or yes."""
    answer = words.graph.query(with_prefixes(words, query))
    return (
        bool(answer) if isinstance(answer, QueryBoolean) else next(iter(answer), None) is not None
    )


def queries_of(page: str) -> list[str]:
    """Every query that a page shows."""
    blocks = re.findall(r"```sparql\n(.*?)```", page, re.DOTALL)
    return [b for b in blocks if re.search(r"\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", b)]


# Pages


def classes_page(words: Vocabulary) -> str:
    """All classes: meaning, axioms, instances, what their instances have."""
    lines = [
        "# Classes",
        "",
        _WRITTEN,
        "",
        "Counts are instances: asserted + inferred. “Has” lists the properties that instances"
        " have, “is value of” those that point at them, with the number of statements; both"
        " include what is inferred. How to ask: [ontology.md](ontology.md).",
        "",
    ]
    listed = list(words.classes())
    for module, about in _MODULES.items():
        lines += [f"## {module}: {about}", ""]
        for each in listed:
            if each.module == module:
                lines += _class(words, each)
    return "\n".join(lines)


def _class(words: Vocabulary, each: Class) -> Iterator[str]:
    yield from _heading(words, each.iri)
    yield f"- Instances: {each.asserted} + {each.inferred}" + _instances(words, each)
    yield from _axioms(each.axioms)
    for title, uses in (("Has", each.has), ("Is value of", each.pointed_at)):
        if uses:
            yield f"- {title}: " + _counted(words, uses)
    if each.instances:
        yield f"- Ask: `{_class_query(words, each.iri)}`"
    yield ""


def _class_query(words: Vocabulary, iri: IRI) -> str:
    name = '?x skos:prefLabel ?name FILTER(LANG(?name) = "en")'
    held = f"SELECT ?x ?name WHERE {{ ?x a {words.short(iri)} . OPTIONAL {{ {name} }} }}"
    return held


def _instances(words: Vocabulary, each: Class) -> str:
    some = [f"`{words.short(iri)}` {words.label(iri)}" for iri in each.instances[:_MOST_INSTANCES]]
    return ", such as " + "; ".join(some) if some else " (none in this graph)"


def properties_page(words: Vocabulary) -> str:
    """All properties: meaning, axioms, uses, an example, a query."""
    lines = [
        "# Properties",
        "",
        _WRITTEN,
        "",
        "Counts are statements: asserted + inferred. “Between” gives the classes of subjects and"
        " values as registered, most frequent first. Put the prefixes of"
        " [ontology.md](ontology.md) before a query.",
        "",
    ]
    listed = list(words.properties())
    for module, about in _MODULES.items():
        lines += [f"## {module}: {about}", ""]
        for each in listed:
            if each.module == module:
                lines += _property(words, each)
    return "\n".join(lines)


def _property(words: Vocabulary, each: Property) -> Iterator[str]:
    yield from _heading(words, each.iri)
    domain, value = (_anything(words, each.domains), _anything(words, each.ranges))
    yield f"- {each.kind}: {domain} → {value}"
    yield from _axioms(each.axioms)
    unused = "" if each.example else " (no use in this graph)"
    yield f"- Statements: {each.asserted} + {each.inferred}{unused}"
    if each.patterns:
        shown = [f"{pattern} ({n})" for pattern, n in each.patterns[:_MOST_PATTERNS]]
        more = len(each.patterns) - _MOST_PATTERNS
        yield "- Between: " + ", ".join(shown) + (f", {more} more" if more > 0 else "")
    if each.example:
        subject, _, held = parts(each.example)
        for language in ("en", "zh"):
            said = " – ".join(words.name(t, language) for t in (subject, each.iri, held))
            yield f"- {'Example: ' if language == 'en' else '例：'}{said}"
        yield f"- Ask: `{property_query(words, each)}`"
    yield ""


def property_query(words: Vocabulary, each: Property) -> str:
    """A query for what the example's subject has under the property."""
    assert each.example is not None
    subject, _, held = parts(each.example)
    asked = f"{words.short(subject)} {words.short(each.iri)} ?value"
    if isinstance(held, IRI) and words.texts(held, SKOS.prefLabel):
        named = '?value skos:prefLabel ?name FILTER(LANG(?name) = "en")'
        return f"SELECT ?value ?name WHERE {{ {asked} . {named} }}"
    return f"SELECT ?value WHERE {{ {asked} }}"


def concepts_page(words: Vocabulary) -> str:
    """All concept schemes with their concepts."""
    lines = [
        "# Concepts",
        "",
        _WRITTEN,
        "",
        "A concept is written as prefix and slug, for instance `theme:open-data`. A slug below"
        " another is narrower (`skos:broader` leads up). “Facts” counts the facts that have the"
        " concept as value, inferred ones included.",
        "",
    ]
    for scheme in words.schemes():
        lines += [f"## {words.label(scheme)} / {words.label(scheme, 'zh')}", ""]
        lines += [f"Scheme: `<{scheme.value}>`", "", "| concept | English | 中文 | facts |"]
        lines += ["|---|---|---|---|"]
        for concept in words.concepts(scheme):
            depth = "– " * len(list(words.graph.triples(concept, SKOS.broader)))
            cells = (f"{depth}`{words.short(concept)}`", *_names(words, concept))
            lines += [f"| {' | '.join(cells)} | {words.uses(concept)} |"]
        lines.append("")
    return "\n".join(lines)


def individuals_page(words: Vocabulary) -> str:
    """All individuals: name, class, labels."""
    lines = [
        "# Individuals",
        "",
        _WRITTEN,
        "",
        "Everything the graph makes statements about, by kind. Other names (`skos:altLabel`) stand"
        " after the first. Notes of the editors are under `skos:editorialNote`.",
        "",
    ]
    for kind, members in words.individuals().items():
        lines += [f"## {kind}", "", "| individual | class | English | 中文 |", "|---|---|---|---|"]
        for iri in members:
            classes = ", ".join(f"`{words.short(c)}`" for c in words.kinds(iri))
            cells = (f"`{words.short(iri)}`", classes, *_names(words, iri))
            # No blank after a name: with it a title in quotes would be a passage of the document.
            lines += [f"| {'|'.join(cells)}|"]
        lines.append("")
    return "\n".join(lines)


# Parts of pages written by hand


def schemes_table(words: Vocabulary) -> str:
    """Which concept schemes there are."""
    lines = ["| prefix | scheme | 中文 | concepts | some of them |", "|---|---|---|---|---|"]
    for scheme in words.schemes():
        members = words.concepts(scheme)
        prefix = words.short(members[0]).partition(":")[0] if members else ""
        some = ", ".join(f"`{words.short(concept).partition(':')[2]}`" for concept in members[:4])
        names = f"{words.label(scheme)} | {words.label(scheme, 'zh')}"
        lines.append(f"| `{prefix}:` | {names} | {len(members)} | {some} |")
    return "\n".join(lines) + "\n"


def kinds_table(words: Vocabulary) -> str:
    """Which kinds of individuals there are and how their IRIs begin."""
    lines = ["| prefix | IRI | individuals | classes |", "|---|---|---|---|"]
    prefixes = {base: name for name, base in words.prefixes.items()}
    for kind, members in words.individuals().items():
        base = f"{ID.base}{kind}/"
        kinds = sorted({words.short(c) for iri in members for c in words.kinds(iri)})
        named = ", ".join(f"`{each}`" for each in kinds[:8]) + (", …" if len(kinds) > 8 else "")
        lines.append(f"| `{prefixes.get(base, '')}:` | `{base}` | {len(members)} | {named} |")
    return "\n".join(lines) + "\n"


def graphs_table(words: Vocabulary) -> str:
    """Which named graphs there are beside those of the clauses."""
    counted: dict[IRI, int] = {}
    for quad in words.graph.quads():
        name = quad.graph_name
        if isinstance(name, IRI) and name.value.startswith(f"{BASE}graph/"):
            counted[name] = counted.get(name, 0) + 1
    lines = ["| graph | triples |", "|---|---|"]
    lines += [f"| `{words.short(name)}` | {counted[name]:,} |" for name in sorted(counted, key=str)]
    return "\n".join(lines) + "\n"


def counts_line(words: Vocabulary) -> str:
    """How much there is."""
    used = [each for each in words.properties() if each.example]
    total = len(list(words.properties()))
    return (
        f"{len(list(words.classes()))} classes, {total} properties ({len(used)} in use),"
        f" {sum(len(words.concepts(s)) for s in words.schemes())} concepts,"
        f" {sum(map(len, words.individuals().values())):,} individuals.\n"
    )


def proof_of(words: Vocabulary, explain: Explain, fact: str) -> str:
    """The proof of a fact (`subject property value`), as its page shows it."""
    triple = read_fact(dict(zip("spo", fact.split(), strict=True)), words.prefixes)
    proof = explain(triple)
    if proof is None:
        raise SystemExit(f"there is no proof of {fact}")
    axioms = Axioms(words.graph, "en", axioms_of(proof))
    return "```text\n" + "\n".join(_proof(words, axioms, proof, 0)) + "\n```\n"


def _proof(words: Vocabulary, axioms: Axioms, proof: Proof, depth: int) -> Iterator[str]:
    """A step and, indented, what it rests on."""
    triple, indent = proof.triple, "    " * depth
    yield indent + " – ".join(words.name(t) for t in parts(triple))
    for phrase in axioms.phrases(proof.axioms):
        said = "".join(p if isinstance(p, str) else words.name(p) for p in phrase)
        yield f"{indent}  because: {said} ({proof.rule})"
    held = statement(words.graph, triple)
    for span in held.spans if held and not proof.rule else ():
        mode = words.name(span.mode) if span.mode else ""
        where = f"section {span.section}, paragraph {span.paragraph}, {span.start}-{span.end}"
        yield f"{indent}  {where}, {mode}: {(span.gist or {}).get('en', '')}"
    for premise in proof.premises:
        yield from _proof(words, axioms, premise, depth + 1)


def _heading(words: Vocabulary, iri: IRI) -> Iterator[str]:
    """Name, labels, definition and notes of a term."""
    yield f"### {words.short(iri)}"
    yield ""
    yield f"**{words.label(iri)}** / **{words.label(iri, 'zh')}**"
    yield ""
    for predicate in (SKOS.definition, SKOS.scopeNote):
        said = words.texts(iri, predicate)
        if said:
            yield f"{said.get('en', '')} {said.get('zh', '')}".strip()
            yield ""


def _axioms(axioms: Iterable[str]) -> Iterator[str]:
    said = sorted(set(axioms))
    if said:
        yield "- Axioms: " + "; ".join(said)


def _anything(words: Vocabulary, classes: Iterable[IRI]) -> str:
    return " and ".join(f"`{words.short(each)}`" for each in classes) or "anything"


def _counted(words: Vocabulary, uses: tuple[tuple[IRI, int], ...]) -> str:
    shown = [f"`{words.short(iri)}` {n}" for iri, n in uses[:_MOST_USES]]
    more = len(uses) - _MOST_USES
    return ", ".join(shown) + (f", {more} more" if more > 0 else "")


def _names(words: Vocabulary, iri: IRI) -> tuple[str, str]:
    """The names in English and in Chinese, other names after the first."""
    cells = []
    for language, joint in (("en", "; "), ("zh", "；")):
        others = sorted(
            triple.object.value
            for triple in words.graph.triples(iri, SKOS.altLabel)
            if isinstance(triple.object, Literal) and triple.object.language == language
        )
        names = [words.label(iri, language), *others]
        cells.append(joint.join(names).replace("|", "\\|"))
    return cells[0], cells[1]


# The program


def main() -> int:
    """Write the pages, or say which differ."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--check", action="store_true", help="only say which differ")
    options.add_argument("--root", type=Path, default=ROOT, help="folder of the project")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        generation, _ = build(Project.at(given.root), Path(folder))
        texts = pages(generation, given.root)
    late = [path for path, text in texts.items() if _differs(given.root / path, text)]
    for path in late:
        print(f"{'differs' if given.check else 'written'}: {path}")
        if not given.check:
            (given.root / path).write_text(texts[path], "utf-8")
    return 1 if late and given.check else 0


def _differs(path: Path, text: str) -> bool:
    return not path.is_file() or path.read_text("utf-8") != text


if __name__ == "__main__":
    sys.exit(main())
