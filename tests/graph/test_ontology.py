"""The ontology files and concept schemes keep the rules of their making.

Everything is read with the project's own parser, so that these checks run everywhere and fast;
`test_owlapi.py` asks the library behind Protégé for its opinion.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from paths import ROOT

from cgkg import __version__
from cgkg.authoring.starter import CORE_MODULES
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import IRI, Literal, Term, Triple, parts
from cgkg.rdf.vocab import BASE, CG, DCTERMS, OWL, RDF, RDFS, SKOS, VANN, XSD, Namespace

ONTOLOGY = ROOT / "ontology"
FILES = sorted(ONTOLOGY.glob("*.ttl"))
CONCEPTS = sorted((ROOT / "data" / "concepts").glob("*.ttl"))
WHOLE = IRI(BASE + "ontology")
MODULE = Namespace(BASE + "ontology/")
SCHEME = Namespace(BASE + "concept/")
UNIT = Namespace("http://qudt.org/vocab/unit/")
BUILT_IN = (RDF, RDFS, OWL, XSD)
KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
CJK = re.compile(r"[\u4e00-\u9fff]")

NO_DOMAIN = {
    "possiblySameAs": "anything may be the same as something",
    "datedYear": "dates anything",
    "startYear": "initiatives and bodies start",
    "startMonth": "initiatives and bodies start",
    "endYear": "initiatives and bodies end",
    "targetYear": "goals and budgets have one",
    "hasFunction": "systems, programmes and bodies have functions",
    "rulesOut": "systems, programmes and bodies rule functions out",
    "encompasses": "initiatives encompass initiatives, and measures measures",
    "hasComponent": "initiatives have components, and measures too",
    "hasExample": "initiatives have examples, and measures too",
    "hasKind": "initiatives and recommended measures are of a kind",
    "hasReason": "initiatives, organizations and circumstances have reasons",
    "hasCircumstance": "places and organizations have circumstances",
    "hasChallenge": "places and organizations have problems",
    "listCompleteness": "compositions and text spans list",
    "involves": "initiatives and recommended measures involve groups",
    "serves": "initiatives, functions and effects serve",
    "signatoryOf": "cities as well as organizations sign",
    "contributesTo": "organizations as well as offices contribute",
    "committedTo": "cities as well as organizations sign",
    "addressesProblem": "initiatives, lessons and recommendations answer problems",
    "hasGoal": "initiatives, organizations, lessons, recommendations and measures have goals",
    "hasEffect": "initiatives and lessons have effects",
    "usesTechnology": "initiatives and recommended measures use technologies",
    "coversSubject": "initiatives and recommended measures cover subjects",
    "monitors": "initiatives and recommended measures monitor",
    "lowers": "effects and goals lower something",
    "raises": "effects and goals raise something",
    "numericValue": "values and targets carry numbers",
    "lowerBound": "values and targets carry numbers",
    "upperBound": "values and targets carry numbers",
    "hasUnit": "values, targets and budgets have a unit",
    "hasApproximation": "values, targets and budgets are worded more or less exactly",
}
NO_RANGE = {
    "possiblySameAs": "anything may be the same as something",
    "isSignedBy": "cities as well as organizations sign",
    "encompasses": "initiatives encompass initiatives, and measures measures",
    "hasComponent": "initiatives have components, and measures too",
    "hasExample": "initiatives have examples, and measures too",
    "designates": "organizations as well as offices are designated",
    "hasContributor": "organizations as well as offices contribute",
}


def named(term: Term) -> IRI:
    """The term, which must be an IRI."""
    assert isinstance(term, IRI), term
    return term


class Tbox:
    """The statements of some files, with the file each one stands in."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.by_file: dict[str, list[Triple]] = {
            path.stem: [quad.triple for quad in parse_file(path, blank_prefix=path.stem[:4])]
            for path in paths
        }
        self.triples = [triple for found in self.by_file.values() for triple in found]
        self._objects: dict[tuple[Term, IRI], list[Term]] = defaultdict(list)
        self._subjects: dict[tuple[IRI, Term], list[Term]] = defaultdict(list)
        for subject, predicate, target in map(parts, self.triples):
            self._objects[subject, predicate].append(target)
            self._subjects[predicate, target].append(subject)

    def objects(self, subject: Term, predicate: IRI) -> list[Term]:
        """What the subject has for the predicate."""
        return self._objects.get((subject, predicate), [])

    def one(self, subject: Term, predicate: IRI) -> Term:
        """The only thing the subject has for the predicate."""
        (found,) = self.objects(subject, predicate)
        return found

    def pairs(self, predicate: IRI) -> list[tuple[Term, Term]]:
        """Subject and object of every statement with the predicate."""
        return [(s, o) for s, p, o in map(parts, self.triples) if p == predicate]

    def instances(self, kind: IRI) -> set[Term]:
        """What is declared to be of the kind."""
        return set(self._subjects.get((RDF.type, kind), []))

    def list_of(self, head: Term) -> Iterator[Term]:
        """The members of an RDF list."""
        while head != RDF.nil:
            yield self.one(head, RDF.first)
            head = self.one(head, RDF.rest)

    def chains(self) -> list[tuple[list[Term], Term]]:
        """Every property chain with the property it implies."""
        return [(list(self.list_of(o)), s) for s, o in self.pairs(OWL.propertyChainAxiom)]

    def terms(self) -> dict[str, str]:
        """Local name of every term of our namespace, with the file that declares it."""
        return {
            CG.local(s): name
            for name, triples in self.by_file.items()
            for s, p, o in map(parts, triples)
            if p == RDF.type and o in KINDS and isinstance(s, IRI) and s in CG
        }

    def texts(self, subject: Term, predicate: IRI) -> dict[str, str]:
        """Text by language; fails if a language occurs twice or is missing."""
        found = [o for o in self.objects(subject, predicate) if isinstance(o, Literal)]
        languages = sorted(text.language or "" for text in found)
        assert languages == ["en", "zh"], f"{subject} {predicate}: languages {languages}"
        return {text.language or "": text.value for text in found}


@pytest.fixture(scope="module")
def tbox() -> Tbox:
    return Tbox(FILES)


@pytest.fixture(scope="module")
def schemes() -> Tbox:
    return Tbox(CONCEPTS)


def assert_acyclic(edges: Iterable[tuple[Term, Term]], what: str) -> None:
    graph: dict[Term, set[Term]] = defaultdict(set)
    for start, end in edges:
        graph[start].add(end)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"{what}: {' -> '.join(str(node) for node in error.args[1])}")


def ancestors(start: Term, up: Mapping[Term, Iterable[Term]]) -> set[Term]:
    """Everything above a node, the node included."""
    seen = {start}
    todo = [start]
    while todo:
        for node in up.get(todo.pop(), ()):
            if node not in seen:
                seen.add(node)
                todo.append(node)
    return seen


def parents(pairs: Iterable[tuple[Term, Term]]) -> dict[Term, set[Term]]:
    found: dict[Term, set[Term]] = defaultdict(set)
    for below, above in pairs:
        found[below].add(above)
    return found


def check_text(text: Mapping[str, str]) -> None:
    """One language each way: Chinese characters in zh only, and no stray blanks."""
    assert CJK.search(text["zh"]), text
    assert not CJK.search(text["en"]), text
    for words in text.values():
        assert words == " ".join(words.split()), f"stray blanks in {words!r}"


# Metadata, modules and files


def test_every_ontology_describes_itself_in_full(tbox: Tbox) -> None:
    """Each file is one ontology with titles, licence, dates, version and namespace."""
    for name, triples in tbox.by_file.items():
        (iri,) = [s for s, _, o in map(parts, triples) if o == OWL.Ontology]
        assert iri == (WHOLE if name == "cgkg" else MODULE(name))
        for predicate in (DCTERMS.title, DCTERMS.description):
            check_text(tbox.texts(iri, predicate))
        for predicate in (DCTERMS.creator, DCTERMS.publisher, DCTERMS.bibliographicCitation):
            assert isinstance(tbox.one(iri, predicate), Literal)
        for predicate in (DCTERMS.created, DCTERMS.issued):
            date = tbox.one(iri, predicate)
            assert isinstance(date, Literal)
            assert date.datatype == XSD.date
        assert tbox.one(iri, DCTERMS.license) == IRI("https://creativecommons.org/licenses/by/4.0/")
        # What every project has is drawn from no document.
        drawn = [] if name in CORE_MODULES else [IRI(BASE + "source/city-clusters")]
        assert list(tbox.objects(iri, DCTERMS.source)) == drawn
        assert tbox.one(iri, VANN.preferredNamespacePrefix) == Literal("cg")
        assert tbox.one(iri, VANN.preferredNamespaceUri) == Literal(CG.base)
        assert tbox.objects(iri, IRI("http://purl.org/ontology/bibo/status"))


def test_one_version_everywhere(tbox: Tbox) -> None:
    """Every ontology carries the version of the package, in its number and in its version IRI."""
    for iri in tbox.instances(OWL.Ontology):
        assert tbox.one(iri, OWL.versionInfo) == Literal(__version__)
        tail = "" if iri == WHOLE else "/" + MODULE.local(named(iri))
        assert tbox.one(iri, OWL.versionIRI) == IRI(f"{WHOLE.value}/{__version__}{tail}")


def test_the_whole_imports_every_module(tbox: Tbox) -> None:
    """`cgkg.ttl` brings in all other files."""
    assert set(tbox.objects(WHOLE, OWL.imports)) == tbox.instances(OWL.Ontology) - {WHOLE}


def test_imports_have_no_cycle(tbox: Tbox) -> None:
    """No module needs itself, however indirectly."""
    assert_acyclic(tbox.pairs(OWL.imports), "import cycle")


def test_a_module_imports_what_it_uses_and_no_more(tbox: Tbox) -> None:
    """The import graph is the graph of use."""
    home = tbox.terms()
    for name, triples in tbox.by_file.items():
        if name == "cgkg":
            continue
        used = {
            "external-terms" if term not in CG else home[CG.local(term)]
            for triple in triples
            for term in (triple.predicate, triple.object)
            if isinstance(term, IRI) and (term in CG or term in SKOS)
        } - {name}
        imported = {MODULE.local(named(iri)) for iri in tbox.objects(MODULE(name), OWL.imports)}
        assert imported == used, name


def test_the_catalog_maps_every_module_to_its_file(tbox: Tbox) -> None:
    """Protégé finds all imports offline, and does not rewrite the catalog."""
    tag = "{urn:oasis:names:tc:entity:xmlns:xml:catalog}"
    root = ElementTree.parse(ONTOLOGY / "catalog-v001.xml").getroot()
    (group,) = root.findall(f"{tag}group")
    assert "Auto-Update=false" in group.attrib["id"]
    mapped = {uri.attrib["name"]: uri.attrib["uri"] for uri in group.findall(f"{tag}uri")}
    assert len(mapped) == len(group.findall(f"{tag}uri"))
    versions = dict(tbox.pairs(OWL.versionIRI))
    for name, file in mapped.items():
        assert not urlsplit(file).scheme
        assert not file.startswith("/")
        own = map(parts, tbox.by_file[Path(file).stem])
        (iri,) = [s for s, _, o in own if o == OWL.Ontology]
        assert name in (iri.value, versions[iri].value)
    assert set(mapped.values()) == {path.name for path in FILES}
    assert {iri.value for _, iri in tbox.pairs(OWL.imports)} <= set(mapped)


def test_prefixes_are_declared_only_where_they_are_used() -> None:
    """A prefix that nothing in the file uses is left out."""
    for path in [*FILES, *CONCEPTS]:
        text = path.read_text(encoding="utf-8")
        body = "\n".join(line for line in text.splitlines() if not line.startswith("@prefix"))
        for prefix in re.findall(r"^@prefix (\w+):", text, re.MULTILINE):
            assert re.search(rf"(?<![\w:]){prefix}:", body), f"{path.name}: {prefix}"


# Terms


def test_every_term_is_labelled_and_defined_in_both_languages(tbox: Tbox) -> None:
    """Exactly one label and one definition in English and in Chinese, each a full sentence."""
    for name in tbox.terms():
        label = tbox.texts(CG(name), RDFS.label)
        definition = tbox.texts(CG(name), SKOS.definition)
        check_text(label)
        check_text(definition)
        assert definition["en"].endswith("."), name
        assert definition["zh"].endswith("。"), name
        assert len(definition["en"]) > len(label["en"]) + 5, name


def test_scope_notes_speak_both_languages(tbox: Tbox) -> None:
    """Where one language has a scope note, so has the other."""
    for subject in {s for s, _ in tbox.pairs(SKOS.scopeNote)}:
        check_text(tbox.texts(subject, SKOS.scopeNote))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_two_terms_share_a_label(tbox: Tbox, language: str) -> None:
    """A label names one term of ours."""
    labels = Counter(tbox.texts(CG(name), RDFS.label)[language] for name in tbox.terms())
    assert [label for label, count in labels.items() if count > 1] == []


def test_every_term_is_declared_in_one_module_and_says_which(tbox: Tbox) -> None:
    """A term is declared once and its isDefinedBy is the module of that file."""
    declared = Counter(
        t.subject
        for t in tbox.triples
        if t.predicate == RDF.type and t.object in KINDS and t.subject in CG
    )
    assert {iri: count for iri, count in declared.items() if count != 1} == {}
    for name, file in tbox.terms().items():
        assert tbox.one(CG(name), RDFS.isDefinedBy) == MODULE(file)
        elsewhere = [
            f for f, ts in tbox.by_file.items() if f != file and CG(name) in {t.subject for t in ts}
        ]
        assert elsewhere == [], f"{name} is described in {elsewhere} too"


def test_names_show_their_kind(tbox: Tbox) -> None:
    """Classes are written UpperCamel and properties lowerCamel."""
    for name in tbox.terms():
        is_class = OWL.Class in tbox.objects(CG(name), RDF.type)
        assert re.fullmatch("[A-Z][A-Za-z]+" if is_class else "[a-z][A-Za-z]+", name)


def test_no_property_is_of_two_kinds(tbox: Tbox) -> None:
    """Every term is a class or a property of one kind; sub-properties and inverses keep it."""
    kind: dict[Term, IRI] = {}
    for one in KINDS:
        for term in tbox.instances(one):
            assert kind.setdefault(term, one) == one, term
    for below, above in [*tbox.pairs(RDFS.subPropertyOf), *tbox.pairs(OWL.inverseOf)]:
        if above not in RDFS:
            assert kind[below] == kind[above], below


def test_the_namespace_is_closed(tbox: Tbox) -> None:
    """Every cg: name used in ontology, concepts, data or shapes is declared."""
    others = [
        *CONCEPTS,
        *sorted((ROOT / "data").glob("*.trig")),
        *sorted((ROOT / "data" / "source").glob("*.ttl")),
        *sorted((ROOT / "shapes").glob("*.ttl")),
    ]
    declared = tbox.terms()
    for path in [*FILES, *others]:
        for quad in parse_file(path):
            for term in parts(quad):
                assert term not in CG or CG.local(named(term)) in declared, f"{path.name}: {term}"


def test_borrowed_terms_are_declared_and_exist(tbox: Tbox) -> None:
    """Every foreign term used has a stub with two labels, and its vocabulary knows it."""
    from rdflib.namespace import DCTERMS as RDF_DCTERMS
    from rdflib.namespace import GEO, ORG
    from rdflib.namespace import PROV as RDF_PROV
    from rdflib.namespace import SKOS as RDF_SKOS
    from rdflib.namespace import VANN as RDF_VANN
    from rdflib.term import URIRef

    known = (RDF_DCTERMS, GEO, ORG, RDF_PROV, RDF_SKOS, RDF_VANN)
    stubs = {s for s, _, o in map(parts, tbox.by_file["external-terms"]) if o in KINDS}
    for stub in stubs:
        check_text(tbox.texts(stub, RDFS.label))
        assert isinstance(stub, IRI)
        home = tbox.one(stub, RDFS.isDefinedBy)
        assert isinstance(home, IRI)
        assert stub.value.startswith(home.value)
        vocabularies = [ns for ns in known if stub.value.startswith(str(ns))]
        assert all(URIRef(stub.value) in ns for ns in vocabularies), stub
        assert vocabularies or "purl.org/ontology/bibo" in stub.value, stub
    used = (
        {t.predicate for t in tbox.triples}
        | {o for p in (RDFS.subClassOf, RDFS.subPropertyOf) for _, o in tbox.pairs(p)}
        | {member for chain, _ in tbox.chains() for member in chain}
    )
    foreign = {
        term
        for term in used
        if isinstance(term, IRI) and term not in CG and not any(term in ns for ns in BUILT_IN)
    }
    assert foreign <= stubs


# Hierarchies, domains and ranges


@pytest.mark.parametrize("predicate", [RDFS.subClassOf, RDFS.subPropertyOf])
def test_hierarchies_have_no_cycle(tbox: Tbox, predicate: IRI) -> None:
    """Nothing is below itself."""
    assert_acyclic(tbox.pairs(predicate), "cycle")


def test_no_superclass_is_redundant(tbox: Tbox) -> None:
    """What a superclass already says is not said again."""
    up = parents(tbox.pairs(RDFS.subClassOf))
    for below, above in tbox.pairs(RDFS.subClassOf):
        others = [ancestors(other, up) for other in up[below] if other != above]
        assert not any(above in found for found in others), (below, above)


@pytest.mark.parametrize(
    ("predicate", "allowed"), [(RDFS.domain, NO_DOMAIN), (RDFS.range, NO_RANGE)]
)
def test_properties_say_what_they_join(
    tbox: Tbox, predicate: IRI, allowed: Mapping[str, str]
) -> None:
    """Every object and data property has one domain and one range, save those listed with why."""
    properties = tbox.instances(OWL.ObjectProperty) | tbox.instances(OWL.DatatypeProperty)
    counts = {CG.local(named(p)): len(tbox.objects(p, predicate)) for p in properties if p in CG}
    assert {name for name, count in counts.items() if count == 0} == set(allowed)
    assert {name for name, count in counts.items() if count > 1} == set()


@pytest.mark.parametrize("predicate", [RDFS.domain, RDFS.range])
def test_a_subproperty_stays_within_its_superproperty(tbox: Tbox, predicate: IRI) -> None:
    """The domain and range of a sub-property are not broader than those above."""
    up = parents(tbox.pairs(RDFS.subClassOf))
    for below, above in tbox.pairs(RDFS.subPropertyOf):
        if below in CG and above in CG and tbox.objects(above, predicate):
            found = tbox.one(below, predicate)
            assert tbox.one(above, predicate) in ancestors(found, up), (below, above)


def test_inverses_mirror_each_other(tbox: Tbox) -> None:
    """A property has at most one inverse, whose domain is its range and the other way round."""
    pairs = [(a, b) for a, b in tbox.pairs(OWL.inverseOf) if a in CG]
    joined = Counter(term for pair in pairs for term in pair)
    assert {term for term, count in joined.items() if count > 1} == set()
    for one, other in pairs:
        assert tbox.objects(one, RDFS.domain) == tbox.objects(other, RDFS.range), one
        assert tbox.objects(one, RDFS.range) == tbox.objects(other, RDFS.domain), one
        assert OWL.SymmetricProperty not in tbox.objects(one, RDF.type)


def test_only_plain_datatypes_are_ranges(tbox: Tbox) -> None:
    """Dates and language-tagged text are kept out of data properties: they break OWL 2 RL."""
    ranges = {tbox.one(p, RDFS.range) for p in tbox.instances(OWL.DatatypeProperty)}
    assert ranges <= {XSD.integer, XSD.nonNegativeInteger, XSD.decimal, XSD.string}


# Chains (OWL 2 Structural Specification, section 11)


def test_chains_have_two_members_or_more(tbox: Tbox) -> None:
    """A chain of one would be a sub-property, and crashes a reasoner."""
    properties = tbox.instances(OWL.ObjectProperty)
    for chain, head in tbox.chains():
        assert len(chain) >= 2, head
        assert {*chain, head} <= properties


def non_simple(tbox: Tbox) -> set[Term]:
    """Properties that are transitive or implied by a chain, those above them, and inverses."""
    above = parents(tbox.pairs(RDFS.subPropertyOf))
    inverse = parents([*tbox.pairs(OWL.inverseOf), *((b, a) for a, b in tbox.pairs(OWL.inverseOf))])
    up = {term: above.get(term, set()) | inverse.get(term, set()) for term in {*above, *inverse}}
    start = tbox.instances(OWL.TransitiveProperty) | {head for _, head in tbox.chains()}
    return {found for term in start for found in ancestors(term, up)}


def test_no_chain_leads_from_a_place_to_a_region_through_membership(tbox: Tbox) -> None:
    """A city may belong to two regions while what happens in it is told of one of them only."""
    regions = {c for c, up in classes_above(tbox).items() if CG.UrbanRegion in up}
    geography = {CG.isWithinRegion, CG.sharesMemberWith}
    for chain, head in tbox.chains():
        if set(tbox.objects(head, RDFS.range)) & regions and head not in geography:
            through = {CG.isMemberOf, CG.isWithinRegion, CG.hasMember, CG.hasCoreCity}
            assert through & set(chain) == set(), head
    for head in geography:
        assert tbox.one(head, RDFS.domain) in {CG.Place, CG.UrbanRegion}, "only of places"


def classes_above(tbox: Tbox) -> dict[Term, set[Term]]:
    """Every class with itself and those above it."""
    up = parents(tbox.pairs(RDFS.subClassOf))
    return {each: ancestors(each, up) for each in tbox.instances(OWL.Class)}


def test_properties_with_chains_are_not_restricted(tbox: Tbox) -> None:
    """A property that is not simple is not functional, asymmetric, irreflexive or disjoint."""
    composite = non_simple(tbox)
    assert CG.inCountry in composite
    for kind in ("Functional", "InverseFunctional", "Asymmetric", "Irreflexive"):
        assert composite & tbox.instances(OWL(kind + "Property")) == set()
    disjoint = {term for pair in tbox.pairs(OWL.propertyDisjointWith) for term in pair}
    assert composite & disjoint == set()


def test_chains_are_regular(tbox: Tbox) -> None:
    """A strict order of properties exists in which every chain member comes before its head."""
    canonical = {b: a for a, b in tbox.pairs(OWL.inverseOf)}

    def name(term: Term) -> Term:
        return canonical.get(term, term)

    later: dict[Term, set[Term]] = parents(
        (name(below), name(above)) for below, above in tbox.pairs(RDFS.subPropertyOf)
    )
    strict: list[tuple[Term, Term]] = []
    for chain, head in tbox.chains():
        # The head may stand once in its own chain, at either end, or be chained with itself.
        rest = chain[1:] if chain[0] == head else chain[:-1] if chain[-1] == head else chain
        strict += [(name(member), name(head)) for member in rest]
    for member, head in strict:
        later.setdefault(member, set()).add(head)
    for member, head in strict:
        assert member not in ancestors(head, later), f"{member} and {head} need each other"


def test_self_pairs_are_marked_and_explained(tbox: Tbox) -> None:
    """The symmetric properties that a chain makes reflexive say that self-pairs are left out."""
    marked = {s for s, o in tbox.pairs(CG.omitsSelfPairs) if o == Literal(True)}
    chained = {head for _, head in tbox.chains()} & tbox.instances(OWL.SymmetricProperty)
    assert marked == chained == {CG.sharesMemberWith, CG.sitsWith}
    assert all(tbox.objects(term, SKOS.scopeNote) for term in marked)


def test_generous_readings_say_so(tbox: Tbox) -> None:
    """Shortcuts that read more into a fact than the text says carry a scope note."""
    for name in (
        "operatesUnder", "committedTo",
        "isCompetentInRegion", "exercisesCompetenceIn", "steers", "representsArea",
        "pursuesTheme", "mitigates", "addressesProblem", "tacklesProblem",
        "groundedIn", "groundedInRegion",
    ):  # fmt: skip
        assert tbox.objects(CG(name), SKOS.scopeNote), name


# Concept schemes


def test_every_concept_is_complete(schemes: Tbox) -> None:
    """Each scheme and each concept has one label and one definition in both languages."""
    members = {s for s, _ in schemes.pairs(SKOS.inScheme)}
    for node in members | schemes.instances(SKOS.ConceptScheme):
        check_text(schemes.texts(node, SKOS.prefLabel))
        check_text(schemes.texts(node, SKOS.definition))


def test_every_concept_is_in_the_one_scheme_of_its_file(tbox: Tbox, schemes: Tbox) -> None:
    """A file is one scheme of one concept class, and every concept class has a file."""
    classes: list[Term] = []
    for file, triples in schemes.by_file.items():
        (scheme,) = [s for s, _, o in map(parts, triples) if o == SKOS.ConceptScheme]
        subjects = {s for s, _, _ in map(parts, triples)} - {scheme}
        assert all(schemes.one(s, SKOS.inScheme) == scheme for s in subjects), file
        (kind,) = {schemes.one(s, RDF.type) for s in subjects}
        classes.append(kind)
        base = UNIT.base if scheme == SCHEME.unit else scheme.value + "/"
        assert all(re.fullmatch(re.escape(base) + r"[\w-]+", s.value) for s in subjects), file
    below = {s for s, o in tbox.pairs(RDFS.subClassOf) if o == SKOS.Concept}
    assert Counter(classes) == Counter(below)


def test_labels_within_a_scheme_are_unique(schemes: Tbox) -> None:
    """A label names one concept of its scheme."""
    for file, triples in schemes.by_file.items():
        labels = Counter(t.object for t in triples if t.predicate == SKOS.prefLabel)
        assert [label for label, count in labels.items() if count > 1] == [], file


def test_a_concept_is_at_the_top_or_below_another(schemes: Tbox) -> None:
    """Either topConceptOf or broader is said; broader stays in the scheme, without cycle."""
    assert_acyclic(schemes.pairs(SKOS.broader), "broader")
    for concept, scheme in schemes.pairs(SKOS.inScheme):
        top, broader = (schemes.objects(concept, p) for p in (SKOS.topConceptOf, SKOS.broader))
        assert len(top) + len(broader) == 1, concept
        assert top in ([], [scheme])
        assert all(schemes.one(above, SKOS.inScheme) == scheme for above in broader)


def test_themes_have_ten_tops_and_three_levels(schemes: Tbox) -> None:
    """Ten broad themes, narrower ones below them, and at most one level below these."""
    tops = {s for s, o in schemes.pairs(SKOS.topConceptOf) if o == SCHEME.theme}
    assert len(tops) == 10
    themes = {s for s, o in schemes.pairs(SKOS.inScheme) if o == SCHEME.theme}
    above = {theme: schemes.one(theme, SKOS.broader) for theme in themes - tops}
    assert all({broader, above.get(broader)} & tops for broader in above.values())


def test_mitigation_leads_from_themes_to_problems(schemes: Tbox) -> None:
    """Every problem that a theme mitigates is one of the scheme of problems."""
    pairs = schemes.pairs(CG.mitigates)
    assert {schemes.one(s, RDF.type) for s, _ in pairs} == {CG.Theme}
    assert {schemes.one(o, RDF.type) for _, o in pairs} == {CG.UrbanProblem}


def test_every_concept_that_is_named_exists(tbox: Tbox, schemes: Tbox) -> None:
    """Concepts and units used in the ontology and the data are in the schemes."""
    known = {s for s, _ in schemes.pairs(SKOS.inScheme)} | schemes.instances(SKOS.ConceptScheme)
    data = [*sorted((ROOT / "data").glob("*.trig")), *sorted((ROOT / "data/source").glob("*.ttl"))]
    for path in [*FILES, *CONCEPTS, *data]:
        named = {quad.object for quad in parse_file(path)}
        named |= {quad.subject for quad in parse_file(path)}
        concepts = {term for term in named if term in SCHEME or term in UNIT}
        assert concepts <= known, path.name


# What the axioms are for

INDIVIDUALS = """
e:usa a cg:Country . e:canada a cg:Country . e:korea a cg:Country .
e:new-york a cg:City ; cg:inCountry e:usa . e:toronto a cg:City ; cg:inCountry e:canada .
e:manhattan a cg:District ; cg:isPartOf e:new-york .
e:coast a cg:CityCluster ; cg:hasCoreCity e:new-york .
e:lakes a cg:CityCluster ; cg:hasMember e:new-york , e:toronto .
e:seoul a cg:City , cg:FirstLevelArea ; cg:inCountry e:korea . e:gyeonggi a cg:FirstLevelArea .
e:capital a cg:CityCluster ; cg:hasMember e:seoul , e:gyeonggi .
e:committee a cg:Committee ; cg:hasSeat e:chair , e:seat .
e:chair a cg:ChairSeat ; cg:occupiedBy e:premier .
e:premier a cg:NationalOffice ; cg:officeOf e:korea .
e:seat a cg:OrdinarySeat ; cg:occupiedBy e:mayor .
e:mayor a cg:LocalOffice ; cg:officeOf e:seoul .
e:lights a cg:Project ; cg:appliesTo e:manhattan ; cg:hasTheme theme:traffic-control ;
    cg:hasFunction e:report . e:report a cg:Function ; cg:serves group:drivers .
e:card a cg:ServiceChannel ; cg:appliesThroughout e:capital .
e:band a cg:Platform ; cg:appliesToRegion e:capital .
e:course a cg:Project ; cg:hasTheme theme:digital-skills .
e:lecture a cg:Project ; cg:hasTheme theme:online-education .
e:lights cg:activeInRegion e:coast .
e:plan a cg:Strategy ; cg:appliesTo e:new-york ; cg:activeInRegion e:coast ;
    cg:isGuidedBy e:national .
e:national a cg:Strategy ; cg:isGuidedBy e:vision . e:vision a cg:PolicyStatement .
e:first a cg:Strategy . e:second a cg:Strategy ; cg:directlySucceeds e:first .
e:third a cg:Programme ; cg:directlySucceeds e:second ; cg:hasExample e:forum .
e:forum a cg:Project ; cg:hasTheme theme:open-data ; cg:startYear 2009 .
e:group a cg:WorkingGroup ; cg:oversees e:plan . e:guide a cg:Committee ; cg:guides e:group .
e:network a cg:Committee ; cg:coordinatesIn e:new-york .
e:charter a cg:Charter ; cg:hasTarget e:thirty . e:thirty a cg:QuantifiedTarget .
e:new-york cg:signatoryOf e:charter .
e:lesson a cg:Lesson ; cg:isEvidencedBy e:lights ; cg:citesRegion e:capital .
e:advice a cg:Recommendation ; cg:derivedFromLesson e:lesson ; cg:recommends e:measure .
e:measure a cg:RecommendedMeasure ; cg:hasComponent e:part .
e:part a cg:RecommendedMeasure ; cg:hasKind kind:platform ;
    cg:isAbout theme:open-data ; cg:monitors subject:air .
e:cost a cg:Indicator . e:delay a cg:Indicator . e:speed a cg:Indicator .
e:lights cg:hasEffect e:saving ; cg:hasGoal e:flow . e:flow a cg:Goal ; cg:lowers e:delay .
e:saving cg:lowers e:cost ; cg:raises e:speed . e:saving a cg:Effect .
e:number a cg:IndicatorValue ; cg:aboutInitiative e:lights .
"""
ENTAILED = """
e:lakes cg:sharesMemberWith e:coast . e:lakes cg:spansCountry e:usa , e:canada .
e:manhattan cg:inCountry e:usa ; cg:isWithinRegion e:coast , e:lakes .
e:coast cg:hasInitiative e:lights ; cg:pursuesTheme theme:intelligent-transport .
e:lights cg:hasTheme theme:intelligent-transport ; cg:addressesProblem problem:transport .
e:coast cg:tacklesProblem problem:transport , problem:urban-ills .
e:third cg:succeeds e:first ; cg:encompasses e:forum .
e:third cg:hasTheme theme:e-government ; a cg:EGovernmentInitiative .
e:committee a cg:NationallyChairedBody , cg:CrossTierBody ; cg:representsArea e:seoul .
e:mayor cg:sitsWith e:premier . e:guide cg:steers e:plan ; cg:isCompetentInRegion e:coast .
e:band cg:hasKind kind:platform . e:card cg:hasKind kind:service .
e:coast cg:operatesUnder e:national , e:vision .
e:new-york cg:committedTo e:thirty ; a cg:CoreCity . e:card cg:availableIn e:gyeonggi .
e:course a cg:DigitalInclusionInitiative . e:lights a cg:TransportInitiative .
e:lecture a cg:PublicServiceInitiative .
e:lights cg:serves group:drivers ; cg:lowers e:cost ; cg:raises e:speed .
e:forum cg:datedYear 2009 .
e:advice cg:recommends e:part ; cg:isAbout theme:open-data , theme:e-government .
e:part cg:coversSubject subject:air .
e:advice cg:groundedIn e:lights ; cg:groundedInRegion e:capital . e:toronto a cg:MemberArea .
"""
NOT_ENTAILED = """
e:coast cg:spansCountry e:canada . e:usa a cg:MemberArea . e:lights cg:activeInRegion e:capital .
e:first cg:succeeds e:third . e:guide a cg:CrossTierBody . e:card a cg:TransportInitiative .
e:toronto a cg:CoreCity . e:lesson cg:isEvidencedBy e:card . e:network cg:steers e:plan .
e:lesson cg:isAbout theme:intelligent-transport . e:advice cg:recommends e:lights .
e:lights cg:lowers e:delay ; cg:activeInRegion e:lakes .
e:lakes cg:pursuesTheme theme:traffic-control .
e:guide cg:isCompetentInRegion e:lakes . e:network cg:isCompetentInRegion e:coast .
e:band cg:availableIn e:gyeonggi . e:advice cg:groundedInRegion e:coast .
e:lecture a cg:DigitalInclusionInitiative .
"""
CONTRADICTIONS = {
    "a country as a member": "e:coast cg:hasMember e:usa .",
    "a place given a seat": "e:seat cg:occupiedBy e:seoul .",
    "a seat with two offices": (
        "e:seat cg:occupiedBy e:premier . e:premier owl:differentFrom e:mayor ."
    ),
    "a problem for a theme": (
        "e:lights cg:hasTheme problem:transport . problem:transport a cg:UrbanProblem ."
    ),
    "two plans that follow each other": "e:first cg:directlySucceeds e:second .",
    "a plan that follows itself": "e:vision cg:directlySucceeds e:vision .",
    "a chair as ordinary member": "e:chair a cg:OrdinarySeat .",
    "a lesson with a place as evidence": "e:lesson cg:isEvidencedBy e:seoul .",
    "an effect that is a goal": "e:thirty a cg:Effect .",
    "an area as budget": "e:plan cg:hasBudget e:seoul .",
    "something that exists as recommended": "e:advice cg:recommends e:lights .",
    "a value about two initiatives": (
        "e:number cg:aboutInitiative e:card . e:card owl:differentFrom e:lights ."
    ),
    "a title awarded by a place": "e:title cg:isAwardedBy e:seoul .",
    "a goal given as a reason": "e:plan cg:hasReason e:thirty .",
}


def individuals(turtle: str, folder: Path) -> set[Triple]:
    """The statements of a Turtle snippet with the usual prefixes."""
    prefixes = {"cg": CG.base, "e": BASE + "id/x/", "owl": OWL.base, "skos": SKOS.base}
    prefixes |= {"theme": SCHEME("theme/").value, "problem": SCHEME("problem/").value}
    prefixes |= {"group": SCHEME("target-group/").value, "subject": SCHEME("subject/").value}
    prefixes["kind"] = SCHEME("kind/").value
    path = folder / "snippet.ttl"
    head = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in prefixes.items())
    path.write_text(head + turtle, encoding="utf-8")
    return {quad.triple for quad in parse_file(path)}


def test_the_axioms_answer_what_is_not_stated(tbox: Tbox, schemes: Tbox, tmp_path: Path) -> None:
    """Every inference the ontology was made for is drawn, and none of those it must not draw."""
    from cgkg.reasoning import close

    data = individuals(INDIVIDUALS, tmp_path)
    closure = close(tbox.triples, [*data, *schemes.triples])
    drawn = set(closure.inferred)
    assert closure.inconsistencies == ()
    assert individuals(ENTAILED, tmp_path) - drawn == set()
    assert individuals(NOT_ENTAILED, tmp_path) & drawn == set()


@pytest.mark.parametrize("mistake", CONTRADICTIONS)
def test_the_axioms_catch_mistakes(tbox: Tbox, tmp_path: Path, mistake: str) -> None:
    """A slip of an author against disjointness, domain, range or character is an inconsistency."""
    from cgkg.reasoning import close

    data = individuals(INDIVIDUALS + CONTRADICTIONS[mistake], tmp_path)
    assert close(tbox.triples, data).inconsistencies


def test_dates_stay_in_annotations(tbox: Tbox) -> None:
    """No literal of the ontology is a date except in the description of a file."""
    dated = {
        t.predicate
        for t in tbox.triples
        if isinstance(t.object, Literal) and t.object.datatype == XSD.date
    }
    assert dated == {DCTERMS.created, DCTERMS.issued, DCTERMS.modified}
