"""What templates ask for while they print one page in one language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote_plus, urlencode

from markupsafe import Markup, escape

from cgkg.document.sentences import digest
from cgkg.document.spans import Span
from cgkg.document.statements import Statement
from cgkg.languages import (
    SOURCE,
    choose,
    in_language,
    is_rightward,
    known,
    pick,
    second,
    tag,
    translations,
    translator,
)
from cgkg.languages import name as language_name
from cgkg.messages import Message, retell
from cgkg.presentation.labels import names_of
from cgkg.presentation.resource import LABELS, TEXTS, labels_of, texts
from cgkg.rdf.iris import may_be_link
from cgkg.rdf.terms import IRI, Literal, Triple
from cgkg.rdf.vocab import CG, DCTERMS, PROV, RDF, SH, SKOS
from cgkg.store.excerpt import about
from cgkg.store.reader import DEFAULT
from cgkg.web.parts.figures import Figure, figures_of
from cgkg.web.site import Site

# Shown in the head of a page or in the panel of a span, and not again as statements.
_IN_HEAD = TEXTS
_TEXT_PART = re.compile(r"(.+)/(c|s|sec)/([0-9A-Za-z-]+)")
_IN_SPAN_PANEL = {
    CG.charStart, CG.charEnd, CG.inSection, CG.inSentence, CG.inParagraph, CG.wordsDigest,
    CG.assertionMode, PROV.wasQuotedFrom,
}  # fmt: skip


@dataclass(frozen=True)
class Words:
    """The words of a span with the rest of their sentence around them."""

    before: str
    words: str
    after: str


class View:
    """One page being made: its language, links, labels and readable values."""

    def __init__(
        self,
        site: Site,
        language: str,
        *,
        chosen: bool = False,
        names: Mapping[IRI, Mapping[str, str]] | None = None,
        generation: str = "",
    ) -> None:
        self.site, self.language, self.chosen = site, language, chosen
        # What the page tells may come from an earlier generation than the site's.
        self.generation = generation or site.generation.id
        words = translator(language)
        self.gettext, self.ngettext = words.gettext, words.ngettext
        self.pgettext, self.npgettext = words.pgettext, words.npgettext
        self._names = dict(names or {})
        self._labels: dict[IRI, str] = {}
        self._others: dict[IRI, str] = {}
        self._hrefs: dict[IRI, str] = {}
        self._quoted: dict[str, str] = {}
        self._figures: dict[IRI, Figure | None] = {}
        self.cited: dict[IRI, tuple[str, Span]] = {}

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that a page can be had in."""
        return known()

    def tag(self, language: str = "") -> str:
        """The tag in HTML of a language, or of the page's."""
        return tag(language or self.language)

    def language_name(self, language: str) -> str:
        """What a language is called by those who speak it."""
        return language_name(language)

    def in_all(self, message: str) -> str:
        """A message in every language there is, for who may not read the page's."""
        return " / ".join(dict.fromkeys(translations(message).values()))

    def going_on(self, sentence: str) -> str:
        """A sentence with the space before the next one; a stop of full width has it already."""
        wide = unicodedata.east_asian_width(sentence[-1]) in "WF"
        return sentence if wide else sentence + " "

    def pick(self, by_language: Mapping[str, str] | None) -> str:
        """The text in the page's language, else in any, those of the project first."""
        return pick(by_language, self.language, self.site.languages)

    def spoken(self, by_language: Mapping[str, str] | None) -> Markup:
        """The attributes of an element with the text that `pick` gives, where it is in another
        language than the page."""
        tag = choose(by_language, self.language, self.site.languages)
        return self.tagged(tag) if tag and not in_language(tag, self.language) else Markup()

    def named(self, iri: IRI) -> Markup:
        """The attributes of an element with the label of the IRI, as `spoken`."""
        return self.spoken(self.labels(iri))

    def tagged(self, language: str) -> Markup:
        """The attributes of an element in this language: lang, and dir if it is written in the
        other direction than the page."""
        said = Markup(' lang="{}"').format(tag(language))
        rightward = is_rightward(language)
        if rightward == is_rightward(self.language):
            return said
        return said + Markup(' dir="{}"').format("ltr" if rightward else "rtl")

    @property
    def direction(self) -> str:
        """The direction that the page's language is written in, as HTML says it."""
        return "ltr" if is_rightward(self.language) else "rtl"

    def second(self, by_language: Mapping[str, str] | None) -> tuple[str, str]:
        """The text in another language and which that is: empty if there is none that differs."""
        return second(by_language or {}, self.language, self.site.languages)

    def readable(self, notes: Iterable[Literal]) -> tuple[Literal, ...]:
        """The notes in the page's language, or one more general or special, and in none."""
        return tuple(
            each
            for each in notes
            if each.language is None
            or in_language(each.language, self.language)
            or in_language(self.language, each.language)
        )

    def retold(self, text: str) -> Markup:
        """What an error says, in the page's language, else marked as in that of the source."""
        if isinstance(text, Message) or self.language == SOURCE:
            return escape(retell(text, self.language))
        return Markup("<span{}>{}</span>").format(self.tagged(SOURCE), text)

    def labels(self, iri: IRI) -> Mapping[str, str]:
        """All labels of the IRI by language."""
        if iri not in self._names:
            self._names[iri] = labels_of(self.site.graph, (iri,)).get(iri, {})
        return self._names[iri] or names_of(iri)

    def label(self, iri: IRI) -> str:
        """The label in the page's language, else in another, else a short name."""
        if iri not in self._labels:
            named = self.pick(self.labels(iri))
            self._labels[iri] = named or self.clause(iri) or self.short(iri)
        return self._labels[iri]

    def clause(self, iri: IRI) -> str:
        """What to call a span, which has a place but no name; "" of other things."""
        span = Span.parse(iri)
        return self.gettext("clause") + f" {span.start}–{span.end}" if span else ""

    def property(self, iri: IRI, turned: bool = False) -> str:
        """What readers call a property, or the same the other way round: by an editor's word, else
        by its label."""
        return self.pick(self.site.page_words.name(iri, turned)) or self.label(iri)

    def other(self, iri: IRI) -> str:
        """The label in another language, if there is one and it differs."""
        if iri not in self._others:
            self._others[iri] = self.second(self.labels(iri))[1]
        return self._others[iri]

    def short(self, iri: IRI) -> str:
        """The IRI as a prefixed name, else its path on this site, else as it is."""
        written = short(iri, self.site.generation.prefixes)
        base = self.site.settings.base
        local = base and written.startswith("<" + base) and len(written) > len(base) + 2
        return written[1 + len(base) : -1] if local else written

    def href(self, iri: IRI) -> str:
        """The local address of the IRI's page, in the language the reader chose."""
        if iri not in self._hrefs:
            path = self.site.path(iri)
            chosen = f"{'&' if '?' in path else '?'}lang={self.language}" if self.chosen else ""
            self._hrefs[iri] = path + chosen
        return self._hrefs[iri]

    def to(self, path: str, **parameters: str) -> str:
        """The address of another page of the site, in the language the reader chose."""
        if self.chosen:
            parameters["lang"] = self.language
        return f"{path}?{urlencode(parameters)}" if parameters else path

    def document_of(self, iri: IRI) -> IRI | None:
        """The document that this is, or that it is a part of, if there is one."""
        part = _TEXT_PART.fullmatch(iri.value)
        document = IRI(part[1]) if part else iri
        return document if document in self.site.kept.documents else None

    def in_place(self, iri: IRI, sentence: int = 0) -> str:
        """Where a document, section, sentence or clause is read in place; "" for other things.

        Args:
            iri: which.
            sentence: the number of the sentence that a clause begins in.
        """
        part = _TEXT_PART.fullmatch(iri.value)
        document, kind, name = part.groups() if part else (iri.value, "", "")
        if not self.document_of(iri) or (kind == "c" and not sentence):
            return ""
        asked, fragment = {
            "": ({}, ""),
            "sec": ({"sec": name.replace("-", ".")}, f"#sec-{name}"),
            "s": ({"s": name.lstrip("0")}, f"#s{name.lstrip('0')}"),
            "c": ({"s": str(sentence)}, f"#c{name}"),
        }[kind]
        return self.to(f"/read/{document.rsplit('/', 1)[-1]}", **asked) + fragment

    def fact(self, triple: Triple) -> str:
        """The address of the page of one fact."""
        s, p, o = triple.subject, triple.predicate, triple.object
        value = o.value if isinstance(o, IRI) else str(o)
        terms = (s.value if isinstance(s, IRI) else str(s), p.value, value)
        s_, p_, o_ = (self._quoted.get(term) or self._quote(term) for term in terms)
        lang = f"&lang={self.language}" if self.chosen else ""
        return f"/fact?s={s_}&p={p_}&o={o_}{lang}"

    def _quote(self, text: str) -> str:
        self._quoted[text] = quote_plus(text)
        return self._quoted[text]

    def cite(self, span: Span) -> str:
        """The name, on the page, of the slip of a clause; `cited` has all that were asked for."""
        return self.cited.setdefault(span.iri, (f"clause-{len(self.cited) + 1}", span))[0]

    def notes(self, iri: IRI) -> tuple[Literal, ...]:
        """What is to be known of the scope of a term, in the page's language."""
        held = (t.object for t in self.site.graph.triples(iri, SKOS.scopeNote))
        return self.readable(each for each in held if isinstance(each, Literal))

    def figure(self, term: object) -> Figure | None:
        """The readable figure behind a link, if it is one."""
        if not isinstance(term, IRI):
            return None
        if term not in self._figures:
            self.read_figures((term,))
        return self._figures[term]

    def read_figures(self, iris: Iterable[IRI], evidence: Iterable[IRI] = ()) -> None:
        """Find out which of the IRIs are figures, in three batches; of some with their clauses."""
        wanted = tuple(iris)
        figures = figures_of(self.site.graph, wanted, frozenset(evidence))
        self._figures.update({iri: figures.get(iri) for iri in wanted})

    def read_names(self, iris: Iterable[IRI], *, defined: Iterable[IRI] = ()) -> None:
        """Read the labels of the IRIs, and of some the definitions too, in one batch."""
        more = tuple(defined)
        self.site.graph.take(
            (*about((*iris, *more), *LABELS), *about(more, SKOS.definition, g=DEFAULT))
        )

    def value(self, literal: Literal) -> str:
        """A literal as a person reads it: long digests and plain numbers stay as they are."""
        if literal.value in ("true", "false") and not literal.language:
            return self.gettext("yes") if literal.value == "true" else self.gettext("no")
        return literal.value

    def may_be_link(self, iri: str) -> bool:
        """Whether a page may link to the IRI as it is, and not only show it."""
        return may_be_link(iri)

    def is_iri(self, term: object) -> bool:
        """Whether the term is an IRI, and so has a page."""
        return isinstance(term, IRI)

    def is_literal(self, term: object) -> bool:
        """Whether the term is a literal."""
        return isinstance(term, Literal)

    def words(self, span: Span) -> Words | None:
        """The exact words of a span in their sentence, if the document is at hand."""
        shows, held = self.site.shows(span.document), self.site.settings.source
        source = held.of(span.document) if held and shows else None
        if source is None or span.end > len(source):
            return None
        cited = Span.parse(span.iri) is not None
        if shows == "quoted" and not cited:
            return None
        words = source.words(span.start, span.end)
        # The document at hand may be another than the one this span is cut from.
        if digest(words) != span.digest:
            return None
        if shows == "quoted":
            return Words("", words, "")
        start, end = self._sentence(span)
        return Words(source.words(start, span.start), words, source.words(span.end, end))

    def language_of(self, document: IRI) -> str:
        """The language of a document's words, else of those of the site."""
        held = self.site.graph.triples(document, DCTERMS.language)
        said = (t.object.value for t in held if isinstance(t.object, Literal))
        return next(said, self.site.source_language)

    def _sentence(self, span: Span) -> tuple[int, int]:
        """Start and end of the sentence around a span; of the span where it is not known."""
        iri = IRI(f"{span.document.value}/s/{span.sentence:04d}")
        offsets = {
            triple.predicate: int(triple.object.value)
            for predicate in (CG.charStart, CG.charEnd)
            for triple in self.site.graph.triples(iri, predicate)
            if isinstance(triple.object, Literal)
        }
        start = offsets.get(CG.charStart, span.start)
        return min(start, span.start), max(offsets.get(CG.charEnd, span.end), span.end)

    def hidden(self, span: Span | None) -> frozenset[IRI]:
        """Predicates that the page shows in its head or in the panel of a span."""
        return frozenset(_IN_HEAD | _IN_SPAN_PANEL if span else _IN_HEAD)

    def kinds(self, outgoing: Iterable[Statement]) -> tuple[Statement, ...]:
        """The types for the head of a page: asserted ones, then inferred ones of our own terms."""
        types = [each for each in outgoing if each.triple.predicate == RDF.type]
        own = (CG.base, self.site.settings.base or CG.base)
        return tuple(
            each
            for each in sorted(types, key=lambda each: each.inferred)
            if not each.inferred or str(getattr(each.triple.object, "value", "")).startswith(own)
        )

    def description(self, iri: IRI) -> str:
        """What an ontology or document is about, in the page's language."""
        held = self.site.graph.triples(iri, DCTERMS.description)
        return self.pick(texts(held, (DCTERMS.description,)))

    def definition(self, iri: IRI) -> str:
        """The definition of a term in the page's language, for a hint on hovering."""
        return self.pick(self._definitions(iri))

    def defined(self, iri: IRI) -> Markup:
        """The attributes of an element with the definition, as `spoken`."""
        return self.spoken(self._definitions(iri))

    def _definitions(self, iri: IRI) -> Mapping[str, str]:
        return texts(self.site.graph.triples(iri, SKOS.definition), (SKOS.definition,))


def short(iri: IRI, prefixes: Mapping[str, str]) -> str:
    """The IRI as a prefixed name where a prefix is known, else the IRI in angle brackets."""
    fitting = [
        (len(ns), p) for p, ns in {**prefixes, "sh": SH.base}.items() if iri.value.startswith(ns)
    ]
    if fitting:
        length, prefix = max(fitting)
        name = iri.value[length:]
        if name and "/" not in name:
            return f"{prefix}:{name}"
    return f"<{iri.value}>"
