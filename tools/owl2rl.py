"""Write docs/reference/owl2rl.md: each rule of OWL 2 RL/RDF, where it is and what tests it.

Where a rule is implemented is read from the modules that name it, and its tests from the tables of
cases; only what it says and every difference are told here.

    python tools/owl2rl.py           # write the page
    python tools/owl2rl.py --check   # exit 1 if it is out of date
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "owl2rl.md"
CODE = ROOT / "src" / "cgkg" / "reasoning"
# Modules that name rules to talk about them, not to apply them.
_NOT_RULES = {"__init__.py", "diagnostics.py", "reference.py"}
_CASES = ("INFERENCES", "CONTRADICTIONS", "SILENT", "TAKING_PART")
# The tests, and where their cases are.
_TESTS = {
    "test_rules.py": ROOT / "tests" / "support" / "reasoning_cases.py",
    "test_owl2rl.py": ROOT / "tests" / "reasoning" / "test_owl2rl.py",
}


@dataclass(frozen=True)
class Entry:
    """A rule: what it says in short, any difference, and a module that meets it without a name."""

    name: str
    says: str
    difference: str = ""
    module: str = ""


_UNSAID = "Not written: it is so of everything. It takes part all the same."
_DECLARATION = "Not written: it says nothing, declared or not."
_BY_STEPS = (
    "Written only with `cgkg reason --schema` (`include_schema`); for individuals the rules over"
    " facts go the way step by step."
)
_EQUAL = "By representatives: equal names share one id, and are written out at the end."

TABLES: dict[str, tuple[Entry, ...]] = {
    "Table 4: equality": (
        Entry("eq-ref", "everything is the same as itself", _UNSAID, "facts.py"),
        Entry("eq-sym", "sameAs in both directions", _EQUAL, "facts.py"),
        Entry("eq-trans", "sameAs through a third", _EQUAL, "facts.py"),
        Entry("eq-rep-s", "equal subjects share statements", _EQUAL, "facts.py"),
        Entry("eq-rep-p", "equal properties share statements"),
        Entry(
            "eq-rep-o",
            "equal objects share statements",
            _EQUAL + " Classes by a rule. Equality is not carried into axioms, which speak of names"
            " only: no fact is lost. A value in another lexical form is no new fact.",
            "facts.py",
        ),
        Entry("eq-diff1", "different, yet the same: false", "Once for all that are the same."),
        Entry("eq-diff2", "two of `owl:members` the same: false"),
        Entry("eq-diff3", "two of `owl:distinctMembers` the same: false"),
    ),
    "Table 5: properties": (
        Entry("prp-ap", "the annotation properties of OWL are such", _DECLARATION, "axioms.py"),
        Entry("prp-dom", "domain"),
        Entry("prp-rng", "range", "A literal gets no type (no literal subjects): see dt-not-type."),
        Entry("prp-fp", "functional: equal values", "Between literals: see dt-diff."),
        Entry("prp-ifp", "inverse functional: equal subjects"),
        Entry("prp-irp", "irreflexive, yet to itself: false"),
        Entry("prp-symp", "symmetric"),
        Entry("prp-asyp", "asymmetric, yet both ways: false"),
        Entry("prp-trp", "transitive"),
        Entry("prp-spo1", "subproperty"),
        Entry("prp-spo2", "chain of properties, of any length"),
        Entry("prp-eqp1", "equivalent property, forwards"),
        Entry("prp-eqp2", "equivalent property, backwards"),
        Entry("prp-pdw", "disjoint properties share a pair: false"),
        Entry("prp-adp", "two of several disjoint properties share a pair: false"),
        Entry("prp-inv1", "inverse, forwards", "A literal does not become a subject."),
        Entry("prp-inv2", "inverse, backwards", "A literal does not become a subject."),
        Entry("prp-key", "equal values of a key: equal individuals"),
        Entry("prp-npa1", "stated not to hold between individuals, yet holds: false"),
        Entry("prp-npa2", "stated not to hold with a value, yet holds: false"),
    ),
    "Table 6: classes": (
        Entry("cls-thing", "owl:Thing is a class", _DECLARATION, "rules.py"),
        Entry("cls-nothing1", "owl:Nothing is a class", _DECLARATION, "rules.py"),
        Entry("cls-nothing2", "an instance of owl:Nothing: false"),
        Entry("cls-int1", "in all parts, so in the intersection"),
        Entry("cls-int2", "in the intersection, so in each part"),
        Entry("cls-uni", "in a part, so in the union"),
        Entry("cls-com", "in a class and its complement: false"),
        Entry("cls-svf1", "a value in the class, so in the restriction"),
        Entry("cls-svf2", "a value at all, where the class is owl:Thing"),
        Entry("cls-avf", "in the restriction, so each value in the class"),
        Entry("cls-hv1", "in the restriction, so with the value"),
        Entry("cls-hv2", "with the value, so in the restriction"),
        Entry("cls-maxc1", "at most 0 values, yet one: false"),
        Entry("cls-maxc2", "at most 1 value: equal values", "Between literals: see dt-diff."),
        Entry("cls-maxqc1", "at most 0 values of a class, yet one: false"),
        Entry("cls-maxqc2", "the same for owl:Thing"),
        Entry("cls-maxqc3", "at most 1 value of a class: equal values"),
        Entry("cls-maxqc4", "the same for owl:Thing"),
        Entry("cls-oo", "each of the list is in the class"),
    ),
    "Table 7: class axioms": (
        Entry("cax-sco", "subclass"),
        Entry("cax-eqc1", "equivalent class, forwards"),
        Entry("cax-eqc2", "equivalent class, backwards"),
        Entry("cax-dw", "in two disjoint classes: false"),
        Entry("cax-adc", "in two of several disjoint classes: false"),
    ),
    "Table 8: datatypes": (
        Entry("dt-type1", "the datatypes of the map are such", _DECLARATION, "datatypes.py"),
        Entry(
            "dt-type2",
            "a literal is in the datatypes of its value",
            "Asked of the map where a rule needs it; not written: literals are no subjects.",
            "datatypes.py",
        ),
        Entry(
            "dt-eq",
            "literals of one value are the same",
            "Rules and contradictions compare literals by value; not written: literals are no"
            " subjects. The same is what OWL 2 calls identical: 0 and -0 differ, and one moment in"
            " two time zones.",
            "facts.py",
        ),
        Entry(
            "dt-diff",
            "literals of two values are different",
            "Found where a rule makes them the same; differentFrom is not written.",
        ),
        Entry(
            "dt-not-type",
            "a literal in a datatype it has no value in: false",
            "Includes what a range or a restriction demands (prp-rng, cls-avf). An ill-typed"
            " literal is told once for each subject, by the narrowest property.",
        ),
    ),
    "Table 9: schema": (
        Entry("scm-cls", "a class: in itself and owl:Thing, and owl:Nothing in it", _UNSAID),
        Entry("scm-sco", "subclass of a subclass", _BY_STEPS),
        Entry("scm-eqc1", "equivalent classes include each other", _BY_STEPS),
        Entry("scm-eqc2", "classes that include each other are equivalent", _BY_STEPS),
        Entry("scm-op", "an object property includes itself", _UNSAID, "schema.py"),
        Entry("scm-dp", "a data property includes itself", _UNSAID, "schema.py"),
        Entry("scm-spo", "subproperty of a subproperty", _BY_STEPS),
        Entry("scm-eqp1", "equivalent properties include each other", _BY_STEPS),
        Entry("scm-eqp2", "properties that include each other are equivalent", _BY_STEPS),
        Entry("scm-dom1", "a wider domain", _BY_STEPS, "schema.py"),
        Entry("scm-dom2", "the domain of a subproperty", _BY_STEPS, "schema.py"),
        Entry("scm-rng1", "a wider range", _BY_STEPS, "schema.py"),
        Entry("scm-rng2", "the range of a subproperty", _BY_STEPS, "schema.py"),
        Entry("scm-hv", "hasValue of a subproperty"),
        Entry("scm-svf1", "someValuesFrom a subclass"),
        Entry("scm-svf2", "someValuesFrom by a subproperty"),
        Entry("scm-avf1", "allValuesFrom a subclass"),
        Entry("scm-avf2", "allValuesFrom by a wider property"),
        Entry("scm-int", "an intersection is in its parts", _BY_STEPS),
        Entry("scm-uni", "a union includes its parts", _BY_STEPS),
    ),
}

_HEAD = """\
# The rules of OWL 2 RL/RDF

Generated by `python tools/owl2rl.py`; a test fails when it is out of date. The names are those of
[OWL 2 Profiles, section 4.3][profiles], tables 4 to 9: 78 rules. *Where* names the modules in
`src/cgkg/reasoning` that apply the rule; *cases* counts the cases that bear its name. Besides,
`tests/support/reasoning_checker.py` states the rules a second time and checks every step of every
proof by them, and `tests/conformance/` has the test cases of the W3C.

- `rdf:type` takes part in the rules as other properties do: `:kind rdfs:subPropertyOf rdf:type`, a
  chain that ends in it, an inverse of it.
- Other words of the language do not: of `:p rdfs:subPropertyOf rdfs:subClassOf`, of an axiom that
  is inferred and not stated, of `owl:sameAs` with such a word, `cgkg reason` says that it applies
  no rule.
- The lists that axioms are made of are no facts: nothing is inferred about their cells.
- A closure closed again is the same closure, with the same contradictions.
The rules apply to any RDF graph. An axiom that none of them uses (a union as a superclass, a
minimum, a datatype with facets) is left out and told: by `cgkg reason` on standard error, in a
project as a remark.

[profiles]: https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules
"""


def page() -> str:
    """The page's text."""
    cases = _cases()
    lines = [_HEAD]
    for title, entries in TABLES.items():
        lines += [f"## {title}", "", "| rule | says | where | cases | difference |"]
        lines.append("|---|---|---|---|---|")
        for one in entries:
            links = ", ".join(f"[{m}](../../src/cgkg/reasoning/{m})" for m in modules_of(one))
            told = ", ".join(
                f"{count} in {name}" for name, count in cases.get(one.name, {}).items()
            )
            row = (f"`{one.name}`", one.says, links, told, one.difference)
            lines.append(f"| {' | '.join(row)} |".replace("|  |", "| |"))
        lines.append("")
    return "\n".join(lines)


def modules_of(entry: Entry) -> list[str]:
    """The modules that name the rule as a string, and the one that meets it without."""
    found = {path for path in CODE.rglob("*.py") if path.name == entry.module}
    for path in CODE.rglob("*.py"):
        if path.name not in _NOT_RULES and entry.name in _strings(path):
            found.add(path)
    return sorted(path.relative_to(CODE).as_posix() for path in found)


@cache
def _strings(path: Path) -> frozenset[str]:
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return frozenset(str(node.value) for node in nodes if isinstance(node, ast.Constant))


def _cases() -> dict[str, dict[str, int]]:
    """For each rule how many cases the tables of each test file have."""
    found: dict[str, dict[str, int]] = {}
    for name, path in _TESTS.items():
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.Assign) and _assigned(node) in _CASES:
                assert isinstance(node.value, ast.List)
                for case in node.value.elts:
                    assert isinstance(case, ast.Tuple)
                    counts = found.setdefault(ast.literal_eval(case.elts[0]), {})
                    counts[name] = counts.get(name, 0) + 1
    return found


def _assigned(node: ast.Assign) -> str:
    target = node.targets[0]
    return target.id if isinstance(target, ast.Name) else ""


def main(arguments: list[str]) -> int:
    """Write the page, or with --check say whether it is out of date."""
    if "--check" in arguments:
        return int(PAGE.read_text("utf-8") != page())
    PAGE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
