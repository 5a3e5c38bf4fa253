"""The shapes that follow from the ontology: what it says of a property, asked of asserted data.

The reasoner would give a misspelt value the class that the range names, and so hide the slip. So
each property is checked before anything is inferred: the class of what has it (rdfs:domain), class
or datatype of its values (rdfs:range), one value (owl:FunctionalProperty).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from cgkg.authoring.catalog import ontology_files
from cgkg.languages import N_, NP_, SOURCE, either, lookup, pick, spoken, text
from cgkg.project.folder import Project
from cgkg.project.sources import namespace_of
from cgkg.rdf.io import parse_file, read_rdf
from cgkg.rdf.notation import prefixed_name
from cgkg.rdf.terms import IRI, Literal, Term, Triple, parts
from cgkg.rdf.turtle import Layout
from cgkg.rdf.vocab import OWL, RDF, RDFS, SH, SKOS, XSD, Namespace

_HEAD = """\
# What follows from domains, ranges and functional properties. Made by cgkg fmt from ontology/; do
# not edit: a shape of the same name in another file takes the place of the one made here.
"""
_Words = Mapping[str, str]
_PROPERTIES = (OWL.ObjectProperty, OWL.DatatypeProperty)
_VOWEL = re.compile(r"(?!uni|use|uti|eu|one)[aeiou]", re.IGNORECASE)
_ANYTHING = (OWL.Thing, RDFS.Resource)
_EXAMPLES = 3  # subclasses that a message names
# Whole numbers may be written without a datatype (7), whatever their range; the least one allowed.
_WHOLE: Mapping[IRI, int | None] = {
    XSD.integer: None, XSD.long: None, XSD.int: None, XSD.short: None,
    XSD.nonNegativeInteger: 0, XSD.unsignedLong: 0, XSD.unsignedInt: 0, XSD.positiveInteger: 1,
}  # fmt: skip
_FORMS: Mapping[IRI, str] = {
    XSD.decimal: NP_("form of a value", "a decimal: write 13400.0, not 13400 or 1.34e4"),
    XSD.string: NP_("form of a value", "plain text without a language tag"),
    RDF.langString: NP_("form of a value", 'text with a language tag: write "…"@{tag}'),
    XSD.boolean: NP_("form of a value", "true or false"),
}
_WHOLE_NUMBER = NP_("form of a value", "a whole number: write 7")
_WHOLE_FROM = NP_("form of a value", "a whole number from {least} up: write 7")
_OTHER_FORM = NP_("form of a value", 'of the datatype {datatype}: write "…"^^{datatype}')
# What a shape is called and what it says, by what it is about.
_NAMES: Mapping[str, str] = {
    "subject": N_("{label}: class of the subject"),
    "value": N_("{label}: class of the value"),
    "form": N_("{label}: form of the value"),
    "once": N_("{label}: at most one value"),
}
_MESSAGES: Mapping[str, str] = {
    "subject": N_("only {kind} has {name} ({label}); {hint}"),
    "value": N_("the value of {name} ({label}) must be {kind}; {hint}"),
    "form": N_("the value of {name} ({label}) must be {form}"),
    "once": N_("{name} ({label}) takes one value; keep the right one, or describe two individuals"),
}
_AND = NP_("between two classes", " and ")
_SUCH_AS = NP_("a class and some below it", "{kind} (such as {classes})")
_REGISTERED = N_("check the name, or its class in data/registry.csv")
_CONCEPT = N_("use a name with the prefix {prefix}:")
_SOME_CONCEPT = N_("use a concept of data/concepts/")


def shapes_file(project: Project) -> Path:
    """Where a project has the shapes that follow from its ontology, if it wants them."""
    return project.folder / "shapes" / "required" / "generated.ttl"


def render_shapes(project: Project) -> str:
    """The shapes that follow from the project's ontology, as Turtle.

    They are about the properties in the ontology's own namespace, and are named after them:
    P-subject, P-value, P-once. Domains and ranges that are class expressions, and datatypes that
    are not of XML Schema, are passed over. Messages use the labels of the ontology.

    Raises:
        SourceError: a file of the ontology, of shapes or of concepts is malformed.
    """
    modules, declared = _read(project, ontology_files(project))
    others, more = _read(
        project, [path for path in project.shape_files if path != shapes_file(project)]
    )
    prefixes = {"sh": SH.base, **declared, **more, **project.prefixes}
    if f"{project.base}shape/" not in prefixes.values():
        prefixes["shape"] = f"{project.base}shape/"
    taken = {triple.subject for triples in others.values() for triple in triples}
    namespace = Namespace(namespace_of(modules.get(project.ontology, ())))
    writer = _Writer(project, [t for triples in modules.values() for t in triples], prefixes)
    sections: list[str] = []
    for path, triples in modules.items():
        blocks: list[str] = []
        for iri in sorted({t.subject for t in triples if t.object in _PROPERTIES}, key=str):
            if isinstance(iri, IRI) and iri in namespace:
                made = writer.blocks(iri, namespace.local(iri))
                blocks += [block for shape, block in made if shape not in taken]
                taken.update(shape for shape, _ in made)
        if blocks:
            sections += [f"# From ontology/{path.name}\n", *blocks]
    return "\n".join([_HEAD, writer.declarations(), *sections])


def _read(
    project: Project, paths: Iterable[Path]
) -> tuple[dict[Path, list[Triple]], dict[str, str]]:
    """The triples of each file, and the prefixes that the files declare."""
    shapes: dict[Path, list[Triple]] = {}
    prefixes: dict[str, str] = {}
    for path in paths:
        shapes[path], declared = read_rdf(path, reading=project.reading)
        prefixes.update(declared)
    return shapes, prefixes


class _Writer:
    """Shapes about properties, in words of the ontology."""

    def __init__(
        self, project: Project, ontology: Iterable[Triple], prefixes: Mapping[str, str]
    ) -> None:
        self._space = Namespace(f"{project.base}shape/")
        self._prefixes = prefixes
        self._languages = project.languages
        self._spoken = spoken(project.languages)
        self._layout = Layout((), prefixes)
        self._said: dict[tuple[Term, IRI], list[Term]] = {}
        self._below: dict[Term, list[IRI]] = {}
        self._inferred: set[Term] = set()
        for triple in ontology:
            subject, predicate, value = parts(triple)
            self._said.setdefault((subject, predicate), []).append(value)
            if predicate == OWL.equivalentClass:
                self._inferred.add(subject)
            elif predicate == RDFS.subClassOf and isinstance(subject, IRI):
                self._below.setdefault(value, []).append(subject)
            elif predicate == RDFS.subClassOf:
                self._inferred.add(value)
        self._concepts = self._all_below(SKOS.Concept)
        # The prefixes of the concepts in each class.
        self._used_for: dict[Term, set[str]] = {}
        for quad in (
            quad
            for path in project.concept_files
            for quad in parse_file(path, reading=project.reading)
        ):
            concept, predicate, kind = parts(quad)
            if predicate == RDF.type and isinstance(concept, IRI):
                name = prefixed_name(concept.value, prefixes) or ""
                self._used_for.setdefault(kind, set()).add(name.partition(":")[0])

    def declarations(self) -> str:
        """The prefixes that the blocks made so far need."""
        used = sorted(self._layout.used)
        return "".join(f"@prefix {name}: <{self._prefixes[name]}> .\n" for name in used)

    def blocks(self, iri: IRI, name: str) -> list[tuple[IRI, str]]:
        """The shapes about a property of this local name: their IRIs and their texts."""
        kinds = self._named(iri, RDF.type)
        domain, range_ = self._named(iri, RDFS.domain), self._named(iri, RDFS.range)
        path = f"sh:path {self._layout.term(iri)}"
        made: list[tuple[IRI, str]] = []

        def add(end: str, key: str, constraint: str, words: Callable[[str], _Words]) -> None:
            shape = self._space(f"{name}-{end}")
            made.append((shape, self._block(shape, iri, key, constraint, words)))

        if domain:
            add("subject", "subject", self._classes(domain), lambda lang: self._kind(domain, lang))
        if range_ and OWL.ObjectProperty in kinds:
            constraint = f"{path} ; {self._classes(range_)}"
            add("value", "value", constraint, lambda lang: self._kind(range_, lang))
        elif range_ and (range_[0] in XSD or range_[0] == RDF.langString):
            constraint = f"{path} ; {self._datatype(range_[0])}"
            add("value", "form", constraint, lambda lang: self._form(range_[0], lang))
        if OWL.FunctionalProperty in kinds:
            add("once", "once", f"{path} ; sh:maxCount 1", lambda lang: {})
        return made

    def _block(
        self,
        shape: IRI,
        iri: IRI,
        key: str,
        constraint: str,
        words: Callable[[str], _Words],
    ) -> str:
        term = self._layout.term
        names: list[str] = []
        messages: list[str] = []
        for tag, lang in self._spoken.items():
            said = {"name": term(iri), "label": self._label(iri, tag), **words(lang)}
            for texts, words_of in ((names, _NAMES), (messages, _MESSAGES)):
                filled = text(words_of[key], lang).format(**said)
                texts.append(term(Literal(filled, language=tag)))
        return (
            f"{term(shape)} a sh:{'NodeShape' if key == 'subject' else 'PropertyShape'} ;\n"
            f"    sh:targetSubjectsOf {term(iri)} ; sh:severity {term(SH.Violation)} ;\n"
            f"    {constraint} ;\n"
            f"    sh:name {' , '.join(names)} ;\n"
            f"    sh:message {(' ,' + chr(10) + ' ' * 8).join(messages)} .\n"
        )

    # Constraints

    def _classes(self, classes: Iterable[IRI]) -> str:
        return f"sh:class {' , '.join(map(self._layout.term, classes))}"

    def _datatype(self, datatype: IRI) -> str:
        term = self._layout.term
        if datatype == XSD.integer or datatype not in _WHOLE:
            return f"sh:datatype {term(datatype)}"
        least = _WHOLE[datatype]
        either = f"[ sh:datatype {term(XSD.integer)} ] [ sh:datatype {term(datatype)} ]"
        bound = "" if least is None else f" ; sh:minInclusive {least}"
        return f"sh:or ( {either} ){bound}"

    # Words

    def _kind(self, classes: list[IRI], lang: str) -> _Words:
        kind = text(_AND, lang).join(self._described(iri, lang) for iri in classes)
        if not self._concepts.issuperset(classes):
            return {"kind": kind, "hint": text(_REGISTERED, lang)}
        used = set[str]().union(*(self._used_for.get(iri, ()) for iri in classes))
        if len(used) != 1 or not all(used):
            return {"kind": kind, "hint": text(_SOME_CONCEPT, lang)}
        return {"kind": kind, "hint": text(_CONCEPT, lang).format(prefix="".join(used))}

    def _form(self, datatype: IRI, lang: str) -> _Words:
        if datatype in _WHOLE:
            least = _WHOLE[datatype]
            form = _WHOLE_NUMBER if least is None else _WHOLE_FROM
            return {"form": text(form, lang).format(least=least)}
        form = text(_FORMS.get(datatype, _OTHER_FORM), lang)
        tag = lookup(self._languages, lang) or self._languages[0]
        return {"form": form.format(datatype=self._layout.term(datatype), tag=tag)}

    def _described(self, iri: IRI, lang: str) -> str:
        """A class, and some classes below it that may be written because no axiom infers them."""
        below = sorted((c for c in self._below.get(iri, ()) if c not in self._inferred), key=str)
        kind, *labels = (self._label(c, lang) for c in (iri, *below[:_EXAMPLES]))
        if lang == SOURCE:
            kind, labels = _with_article(kind), [_with_article(label) for label in labels]
        if not labels:
            return kind
        return text(_SUCH_AS, lang).format(kind=kind, classes=either(labels, lang))

    # The ontology

    def _named(self, subject: Term, predicate: IRI) -> list[IRI]:
        values = self._said.get((subject, predicate), ())
        named = {v for v in values if isinstance(v, IRI) and v not in _ANYTHING}
        return sorted(named, key=str)

    def _label(self, iri: IRI, lang: str) -> str:
        labels = self._said.get((iri, RDFS.label), ())
        said = {v.language: v.value for v in labels if isinstance(v, Literal) and v.language}
        return pick(said, lang, self._languages) or self._layout.term(iri)

    def _all_below(self, kind: IRI) -> frozenset[IRI]:
        waiting, seen = [kind], {kind}
        while waiting:
            fresh = [c for c in self._below.get(waiting.pop(), ()) if c not in seen]
            seen.update(fresh)
            waiting.extend(fresh)
        return frozenset(seen)


def _with_article(noun: str) -> str:
    return f"an {noun}" if _VOWEL.match(noun) else f"a {noun}"


__all__ = ["render_shapes", "shapes_file"]
