"""Files of other tools are read as the statements that they propose, whatever their offsets count.

The samples are written here, in the form in which each tool writes. All are of one text, in which
a character of two units of UTF-16 stands before everything else.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cgkg.errors import SourceError
from cgkg.intake.annotations.formats import read_proposals
from cgkg.intake.annotations.proposals import Proposal, TextOffsets

TEXT = "\U0001f331 D\u00e9but.\nThe Quay Garden lends tools to Elm School. It opened in 2019.\n"
HEAD, TAIL, YEAR = "Quay Garden", "Elm School", "2019"
HULL = "Quay Garden lends tools to Elm School"
LENDS = (HULL, "Quay Garden", "Garden", "lends", "Elm School", "School")


def points(words: str) -> tuple[int, int]:
    at = TEXT.index(words)
    return at, at + len(words)


def units(words: str) -> tuple[int, int]:
    """The same in UTF-16, as browsers and Java count."""
    start, end = points(words)
    return start + 1, end + 1


def octets(words: str) -> tuple[int, int]:
    start, end = points(words)
    return len(TEXT[:start].encode()), len(TEXT[:end].encode())


def read(path: Path, content: Any) -> tuple[Proposal, ...]:
    """What a file proposes whose content is a text, or is written as JSON."""
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return read_proposals(path).proposals


def stated(proposal: Proposal) -> tuple[str, ...]:
    return (
        proposal.quote, proposal.subject, proposal.subject_class, proposal.property,
        proposal.value, proposal.value_class,
    )  # fmt: skip


def lines(*records: Any) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


# Offsets


@pytest.mark.parametrize("unit", [points, units, octets])
@pytest.mark.parametrize("words", [HEAD, TAIL, YEAR, "D\u00e9but"])
def test_offsets_of_any_unit_are_those_of_the_words(unit: Any, words: str) -> None:
    """The quote decides which unit it was."""
    start, end = unit(words)
    assert TextOffsets(TEXT).place(start, end, words) == points(words)


def test_words_that_are_not_at_the_offsets_are_looked_up_near_them() -> None:
    """And are nowhere if the text does not have them."""
    places = TextOffsets("ab cd ab ef ab")
    assert places.place(7, 9, "ab") == (6, 8)
    assert places.place(2, 4, "xy") is None


# LangExtract


def langextract(**extraction: Any) -> dict[str, Any]:
    held = {"extraction_class": "Garden", "extraction_text": HEAD, "alignment_status": None,
            "char_interval": None, "description": None, "attributes": None}  # fmt: skip
    return {"document_id": "doc_1f", "text": TEXT, "extractions": [held | extraction]}


def test_an_extraction_tells_its_statement_by_attributes(tmp_path: Path) -> None:
    """Class, mode, gist and confidence beside it; a number is one of a program."""
    start, end = points(HULL)
    given = langextract(
        extraction_class="capacity", extraction_text=HULL, alignment_status="match_exact",
        char_interval={"start_pos": start, "end_pos": end},
        attributes={"subject": "Quay", "property": "lends", "value": 2.5, "mode": "stated",
                    "gist": "It lends.", "gist_zh": "\u51fa\u501f\u3002", "confidence": 0.75,
                    "unit": "m"},
    )  # fmt: skip
    (one,) = read(tmp_path / "a.jsonl", lines(given))
    assert stated(one) == (HULL, "Quay", "", "lends", "2.5", "")
    assert (one.start, one.prefix, one.suffix) == (start, "The ", ". It opened in 2019.")
    assert (one.exact, one.mode, one.confidence, one.note) == (True, "stated", "0.75", "unit: m")
    assert one.gists == {"": "It lends.", "zh": "\u51fa\u501f\u3002"}
    assert (one.origin.agent, one.origin.attributed_to) == ("software", "LangExtract")
    assert one.origin.derived_from == "a.jsonl#1"


def test_an_extraction_without_is_of_its_class_and_its_attributes_are_properties(
    tmp_path: Path,
) -> None:
    """A list is a statement each."""
    plain, full = langextract(), langextract(attributes={"lends": ["Elm School", "Ash School"]})
    found = read(tmp_path / "a.jsonl", lines(plain, full))
    assert [stated(one) for one in found] == [
        (HEAD, HEAD, "", "a", "Garden", ""),
        (HEAD, HEAD, "Garden", "lends", "Elm School", ""),
        (HEAD, HEAD, "Garden", "lends", "Ash School", ""),
    ]


def test_an_alignment_that_is_not_exact_says_nothing(tmp_path: Path) -> None:
    """The quote is what the model said, not what its words were aligned with."""
    start, end = points(HULL)
    given = langextract(
        extraction_text="the garden gives tools to a school", alignment_status="match_fuzzy",
        char_interval={"start_pos": start, "end_pos": end},
    )  # fmt: skip
    (one,) = read(tmp_path / "a.jsonl", lines(given))
    assert (one.quote, one.start) == ("the garden gives tools to a school", None)


# Web Annotations


def annotation(words: str, *tags: str, name: str = "", **others: Any) -> dict[str, Any]:
    start, end = units(words)
    return {
        "@context": "http://www.w3.org/ns/anno.jsonld", "type": "Annotation", "id": name or words,
        "body": [{"type": "TextualBody", "purpose": "tagging", "value": tag} for tag in tags],
        "target": {
            "source": "https://example.org/quay.html",
            "selector": [
                {"type": "TextQuoteSelector", "exact": words, "prefix": "The ", "suffix": " "},
                {"type": "TextPositionSelector", "start": start, "end": end},
            ],
        },
    } | others  # fmt: skip


def test_tags_say_the_statement_and_comments_are_notes(tmp_path: Path) -> None:
    """Creator and time are those of the annotation."""
    tags = ("subject:Quay Garden", "property:lends", "value:Elm School", "mode:stated")
    given = annotation(
        HULL, *tags, creator={"type": "Person", "name": "Ada"}, created="2026-05-01T10:00:00Z"
    )
    given["body"].append({"type": "TextualBody", "purpose": "commenting", "value": "sure?"})
    (one,) = read(tmp_path / "a.json", [given])
    assert stated(one) == (HULL, "Quay Garden", "", "lends", "Elm School", "")
    assert (one.prefix, one.mode, one.note) == ("The ", "stated", "sure?")
    origin = one.origin
    assert (origin.agent, origin.attributed_to, origin.generated_at, origin.document) == (
        "person", "Ada", "2026-05-01T10:00:00Z", "https://example.org/quay.html",
    )  # fmt: skip


@pytest.mark.parametrize(
    "wrap",
    [
        lambda each: each,
        lambda each: [each],
        lambda each: {"type": "AnnotationPage", "items": [each]},
        lambda each: {"type": "AnnotationCollection", "first": {"items": [each]}},
        lambda each: {"annotations": [each]},
        lambda each: {"rows": [each], "total": 1},
    ],
)
def test_annotations_come_alone_in_lists_and_in_pages(wrap: Any, tmp_path: Path) -> None:
    """A plain tag is the class of the words."""
    (one,) = read(tmp_path / "a.json", wrap(annotation(HEAD, "Garden")))
    assert stated(one) == (HEAD, HEAD, "", "a", "Garden", "")


def test_a_link_between_annotations_is_a_relation(tmp_path: Path) -> None:
    """As Recogito writes one; what it links states nothing by itself."""
    link = {"type": "Annotation", "id": "#r", "motivation": "linking",
            "body": [{"type": "TextualBody", "purpose": "tagging", "value": "lends"}],
            "target": [{"id": HEAD}, {"id": TAIL}]}  # fmt: skip
    given = [link, annotation(TAIL, "School"), annotation(HEAD, "Garden")]
    (one,) = read(tmp_path / "a.json", given)
    assert stated(one) == (f"{HEAD} \u2026 {TAIL}", *LENDS[1:])


def test_annotations_of_hypothesis(tmp_path: Path) -> None:
    """Tags and text lie beside the target, an XPath says nothing; a page note has no words."""
    quoted = annotation(YEAR)["target"]
    quoted["selector"].insert(0, {"type": "RangeSelector", "startContainer": "/p[1]",
                                  "startOffset": 3, "endContainer": "/p[1]",
                                  "endOffset": 7})  # fmt: skip
    row = {"id": "x", "user": "acct:ada@hypothes.is", "created": "2026-05-01T10:00:00+00:00",
           "tags": ["subject:Quay Garden", "property:opened"], "text": "a year",
           "target": [quoted]}  # fmt: skip
    note = row | {"id": "y", "target": [{"source": "https://example.org/"}]}
    path = tmp_path / "a.json"
    (one,) = read(path, {"rows": [row, note], "total": 2})
    assert stated(one) == (YEAR, "Quay Garden", "", "opened", YEAR, "")
    assert (one.note, one.origin.attributed_to) == ("a year", "acct:ada@hypothes.is")
    assert read_proposals(path).left_out == {"no quotation tells its words": 1}


def test_ranges_refinements_and_choices_of_selectors(tmp_path: Path) -> None:
    """A range ends where its second quotation begins; a refinement is more than what it refines."""
    quote = {"type": "TextQuoteSelector", "exact": TAIL}
    span = {
        "type": "RangeSelector",
        "startSelector": {"type": "TextQuoteSelector", "exact": HEAD},
        "endSelector": {"type": "TextQuoteSelector", "exact": " It", "prefix": "Elm School."},
    }
    given = [
        annotation(HEAD, "School") | {"target": {"selector": selector}}
        for selector in (
            {"type": "FragmentSelector", "value": "p1", "refinedBy": quote},
            {"type": "Choice", "items": [{"type": "CssSelector", "value": "p"}, quote]},
            span,
        )
    ]
    found = read(tmp_path / "a.json", given)
    assert [one.quote for one in found] == [TAIL, TAIL, f"{HEAD} \u2026 Elm School."]


@pytest.mark.parametrize(
    "selector",
    [
        [{"quote": HEAD, "quotePrefix": "The ", "quoteSuffix": " lends", "start": 16, "end": 27}],
        {"quote": {"exact": HEAD, "prefix": "The ", "suffix": " lends"}, "start": 16, "end": 27},
    ],
)
def test_annotations_as_annotators_keep_them(selector: Any, tmp_path: Path) -> None:
    """Recogito's own form, in two versions: who made it and when is said of the target."""
    held = {
        "id": "a1", "bodies": [{"id": "b1", "purpose": "tagging", "value": "Garden"}],
        "target": {"annotation": "a1", "selector": selector, "created": "2026-05-01T10:00:00Z",
                   "creator": {"id": "u1", "name": "Ada"}},
    }  # fmt: skip
    (one,) = read(tmp_path / "a.json", [held])
    assert stated(one) == (HEAD, HEAD, "", "a", "Garden", "")
    assert (one.prefix, one.suffix) == ("The ", " lends")
    assert (one.origin.attributed_to, one.origin.generated_at) == ("Ada", "2026-05-01T10:00:00Z")


def test_replies_and_notes_of_pages_are_no_statements(tmp_path: Path) -> None:
    """Hypothes.is exports them among the annotations; they are counted."""
    source = {"source": "https://example.org/plan"}
    quoted = source | {"selector": [{"type": "TextQuoteSelector", "exact": HEAD}]}
    rows = [
        {"id": "x", "user": "acct:ada@hypothes.is", "text": "", "tags": ["Garden"],
         "target": [quoted]},
        {"id": "y", "references": ["x"], "text": "I agree", "tags": [], "target": [source]},
        {"id": "z", "text": "of the page", "tags": [], "target": [source]},
    ]  # fmt: skip
    path = tmp_path / "a.json"
    (one,) = read(path, {"export_date": "2026-05-01T10:00:00Z", "annotations": rows})
    assert stated(one) == (HEAD, HEAD, "", "a", "Garden", "")
    assert read_proposals(path).left_out == {"no quotation tells its words": 2}


def test_an_identifier_says_what_the_words_name(tmp_path: Path) -> None:
    """In a body that identifies; it is kept beside the words."""
    given = annotation(HEAD, "Garden")
    given["body"].append({"type": "SpecificResource", "purpose": "identifying",
                          "source": "https://example.org/id/garden/quay"})  # fmt: skip
    (one,) = read(tmp_path / "a.json", given)
    assert (one.subject, one.subject_id) == (HEAD, "https://example.org/id/garden/quay")


# brat

ANN = """\
T1\tGarden {0} {1}\tQuay Garden
T2\tSchool {2} {3}\tElm School
T3\tOpening {4} {5}\topened
T4\tYear {6} {7}\t2019
R1\tlends Arg1:T1 Arg2:T2
E1\tOpening:T3 when:T4
A1\tMode R1 stated
M1\tNegation E1
N1\tReference T1 garden:quay\tQuay Garden
#1\tAnnotatorNotes R1\tsee above
*\tEquiv T1 T2
"""


def brat(folder: Path, *, unit: Any = points, text: str = TEXT) -> tuple[Proposal, ...]:
    numbers = [n for words in (HEAD, TAIL, "opened", YEAR) for n in unit(words)]
    if text:
        (folder / "quay.txt").write_text(text, "utf-8")
    return read(folder / "quay.ann", ANN.format(*numbers))


@pytest.mark.parametrize("unit", [points, units, octets])
def test_relations_and_events_of_brat(unit: Any, tmp_path: Path) -> None:
    """Roles of an event are relations from its trigger; what is negated says so."""
    lends, when = brat(tmp_path, unit=unit)
    assert stated(lends) == LENDS
    assert (lends.mode, lends.note, lends.subject_id) == ("stated", "see above", "garden:quay")
    assert stated(when) == ("opened in 2019", "opened", "Opening", "when", "2019", "Year")
    assert when.note == "Negation: true"
    assert lends.origin.document == "quay"


def test_brat_without_its_text(tmp_path: Path) -> None:
    """The words are those of the lines, and what stands between them is left out."""
    lends, _ = brat(tmp_path, text="")
    assert stated(lends) == (f"{HEAD} \u2026 {TAIL}", *LENDS[1:])


def test_a_discontinuous_span_is_cited_from_its_first_to_its_last_word(tmp_path: Path) -> None:
    """Its words are as the line has them."""
    (tmp_path / "a.txt").write_text("north and south bank", "utf-8")
    (one,) = read(tmp_path / "a.ann", "T1\tBank 0 5;16 20\tnorth bank\n")
    assert stated(one) == ("north and south bank", "north bank", "", "a", "Bank", "")
    (tmp_path / "a.txt").unlink()
    (one,) = read(tmp_path / "a.ann", "T1\tBank 0 5;16 20\tnorth bank\n")
    assert stated(one) == ("north \u2026 bank", "north bank", "", "a", "Bank", "")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("T1 Garden 0 4 Quay", "no line of brat's"),
        ("T1\tGarden 0-4\tQuay", "a label and offsets"),
        ("R1\tlends Arg1:T1 Arg2:T9", "no span T1"),
        ("R1\tlends Arg1:T1", "two arguments"),
        ("E1\tOpening:E1 when:E1", "no span"),
        ("?\tx", "no line of brat's"),
        ("A1\tMode", "what it is of"),
        ("N1\tReference T1", "an id"),
    ],
)
def test_a_wrong_line_of_brat_is_named(line: str, said: str, tmp_path: Path) -> None:
    """With file and line."""
    with pytest.raises(SourceError, match=said) as raised:
        read(tmp_path / "a.ann", f"\n{line}\n")
    assert raised.value.line == 2


# INCEpTION


def cas(*, keyed: bool = False) -> dict[str, Any]:
    def span(number: int, words: str, layer: str, **features: Any) -> dict[str, Any]:
        begin, end = units(words)
        return {"%ID": number, "%TYPE": layer, "@sofa": 1, "begin": begin, "end": end} | features

    structures: list[dict[str, Any]] = [
        {"%ID": 1, "%TYPE": "uima.cas.Sofa", "sofaNum": 1, "sofaID": "_InitialView",
         "mimeType": "text", "sofaString": TEXT},
        span(2, TEXT[:1] or "x", "uima.tcas.DocumentAnnotation"),
        span(3, HEAD, "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Token"),
        span(4, HEAD, "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity", value="Garden",
             identifier="https://example.org/id/garden/quay"),
        span(5, TAIL, "webanno.custom.School"),
        span(6, TAIL, "webanno.custom.Link", label="lends")
        | {"@Governor": 4, "@Dependent": 5, "mode": "stated"},
        span(7, "opened", "custom.Event", kind="Opening") | {"@roles": 8},
        {"%ID": 8, "%TYPE": "custom.RoleLink[]", "%ELEMENTS": [9]},
        {"%ID": 9, "%TYPE": "custom.RoleLink", "role": "when", "@target": 10},
        span(10, YEAR, "custom.Time", value="Year"),
        {"%ID": 11, "%TYPE": "de.tudarmstadt.ukp.dkpro.core.api.metadata.type.DocumentMetaData",
         "@sofa": 1, "begin": 0, "end": 1, "documentTitle": "quay.txt"},
    ]  # fmt: skip
    held: Any = structures
    if keyed:
        held = {str(each.pop("%ID")): each for each in structures}
    return {"%TYPES": {}, "%FEATURE_STRUCTURES": held, "%VIEWS": {}}


@pytest.mark.parametrize("keyed", [False, True])
def test_layers_relations_and_slots_of_a_cas(keyed: bool, tmp_path: Path) -> None:
    """Offsets count UTF-16 there, and no quote tells it."""
    lends, when = read(tmp_path / "ada.json", cas(keyed=keyed))
    assert stated(lends) == LENDS
    assert (lends.mode, lends.subject_id) == ("stated", "https://example.org/id/garden/quay")
    assert stated(when) == ("opened in 2019", "opened", "Opening", "when", "2019", "Year")
    assert lends.origin.document == "quay.txt"


# Label Studio


def task(unit: Any = points, **annotation: Any) -> dict[str, Any]:
    def region(name: str, words: str, label: str) -> dict[str, Any]:
        start, end = unit(words)
        return {
            "id": name,
            "from_name": "label",
            "to_name": "text",
            "type": "labels",
            "value": {"start": start, "end": end, "text": words, "labels": [label]},
        }

    result = [
        region("h", HEAD, "Garden"),
        region("t", TAIL, "School"),
        {"from_id": "h", "to_id": "t", "type": "relation", "direction": "right",
         "labels": ["lends"]},
    ]  # fmt: skip
    return {"id": 1, "data": {"text": TEXT}, "annotations": [{"result": result} | annotation]}


@pytest.mark.parametrize("unit", [points, units])
def test_a_relation_of_label_studio(unit: Any, tmp_path: Path) -> None:
    """Old versions count UTF-16, and the text of a region tells it."""
    given = task(unit, completed_by={"email": "ada@example.org"}, created_at="2026-05-01")
    (one,) = read(tmp_path / "a.json", [given])
    assert stated(one) == LENDS
    assert (one.origin.agent, one.origin.attributed_to) == ("person", "ada@example.org")


def test_predictions_are_of_a_model_with_its_score(tmp_path: Path) -> None:
    """What an annotator cancelled is left out, and counted; arrows may point to the left."""
    given = task(was_cancelled=True)
    prediction = task()["annotations"][0] | {"model_version": "m-2", "score": 0.5}
    prediction["result"][2]["direction"] = "left"
    path = tmp_path / "a.json"
    (one,) = read(path, [given | {"predictions": [prediction]}])
    assert (one.subject, one.property, one.value) == (TAIL, "lends", HEAD)
    assert (one.origin.agent, one.origin.attributed_to) == ("software", "m-2")
    assert one.confidence == "0.5"
    assert read_proposals(path).left_out == {"cancelled by the annotator": 1}


def test_a_relation_in_both_directions_is_two(tmp_path: Path) -> None:
    """As Label Studio calls one with two heads."""
    given = task()
    given["annotations"][0]["result"][2]["direction"] = "bi"
    found = read(tmp_path / "a.json", [given])
    assert [(one.subject, one.value) for one in found] == [(HEAD, TAIL), (TAIL, HEAD)]


def test_the_short_json_of_label_studio(tmp_path: Path) -> None:
    """Its spans stand in the datum; who annotated and when beside it."""
    start, end = points(HEAD)
    span = {"start": start, "end": end, "text": HEAD, "labels": ["Garden"]}
    (one,) = read(
        tmp_path / "a.json",
        [{"text": TEXT, "id": 1, "label": [span], "annotator": 7,
          "created_at": "2026-05-01T10:00:00Z"}],
    )  # fmt: skip
    assert stated(one) == (HEAD, HEAD, "", "a", "Garden", "")
    assert (one.origin.attributed_to, one.origin.generated_at) == ("7", "2026-05-01T10:00:00Z")


def test_choices_and_texts_of_a_region_are_its_attributes(tmp_path: Path) -> None:
    """By the name that the labelling interface gives them."""
    given = task()
    result = given["annotations"][0]["result"]
    result[2:] = [
        {"id": "h", "from_name": "property", "type": "choices", "value": {"choices": ["opened"]}},
        {"id": "h", "from_name": "value", "type": "textarea", "value": {"text": ["2019"]}},
    ]
    found = read(tmp_path / "a.json", [given])
    assert [stated(one)[1:5] for one in found] == [
        (HEAD, "", "opened", "2019"),
        (TAIL, "", "a", "School"),
    ]


# spaCy, Prodigy, doccano


def prodigy(**others: Any) -> dict[str, Any]:
    head = {"start": points(HEAD)[0], "end": points(HEAD)[1], "label": "Garden"}
    tail = {"start": points(TAIL)[0], "end": points(TAIL)[1], "label": "School"}
    return {
        "text": TEXT, "spans": [head, tail], "answer": "accept", "_annotator_id": "ada",
        "_timestamp": 1777629600, "meta": {"source": "quay.txt"},
        "relations": [{"head": 4, "child": 9, "head_span": head, "child_span": tail,
                       "label": "lends"}],
    } | others  # fmt: skip


DOCCANO = {
    "id": 5, "text": TEXT,
    "entities": [
        {"id": 1, "label": "Garden", "start_offset": points(HEAD)[0],
         "end_offset": points(HEAD)[1]},
        {"id": 2, "label": "School", "start_offset": points(TAIL)[0],
         "end_offset": points(TAIL)[1]},
    ],
    "relations": [{"id": 1, "from_id": 1, "to_id": 2, "type": "lends"}],
}  # fmt: skip


@pytest.mark.parametrize("record", [prodigy(), DOCCANO])
def test_a_relation_of_prodigy_or_doccano(record: dict[str, Any], tmp_path: Path) -> None:
    """A record a line."""
    (one,) = read(tmp_path / "a.jsonl", lines(record))
    assert stated(one) == LENDS


def test_what_was_rejected_in_prodigy_is_left_out(tmp_path: Path) -> None:
    """And counted; who answered and when is kept of the others."""
    path = tmp_path / "a.jsonl"
    (one,) = read(path, lines(prodigy(answer="reject"), prodigy(), prodigy(answer="ignore")))
    assert (one.origin.attributed_to, one.origin.generated_at) == ("ada", "2026-05-01T10:00:00Z")
    assert one.origin.document == "quay.txt"
    assert read_proposals(path).left_out == {"answered with reject": 1, "answered with ignore": 1}
    bare = {"text": TEXT, "tokens": [], "answer": "ignore"}
    assert len(read(path, lines(bare, prodigy()))) == 1


def test_a_docbin_is_told_so(tmp_path: Path) -> None:
    """It is no text at all; what to write instead is said."""
    path = tmp_path / "a.spacy"
    path.write_bytes(b"x\x9c\xed\x00")
    with pytest.raises(SourceError, match="DocBin") as said:
        read_proposals(path)
    assert "to_json" in said.value.hint


@pytest.mark.parametrize(
    "record",
    [
        {"text": TEXT, "ents": [{"start": points(HEAD)[0], "end": points(HEAD)[1],
                                 "label": "Garden"}], "tokens": []},
        {"text": TEXT, "spans": {"sc": [{"start": points(HEAD)[0], "end": points(HEAD)[1],
                                         "label": "Garden", "kb_id": ""}]}},
        {"text": TEXT, "label": [[*points(HEAD), "Garden"]]},
        [TEXT, {"entities": [[*points(HEAD), "Garden"]]}],
    ],
)  # fmt: skip
def test_spans_of_spacy_in_the_forms_they_have_had(record: Any, tmp_path: Path) -> None:
    """Of a document as JSON, of groups of spans, of doccano, of training data."""
    (one,) = read(tmp_path / "a.jsonl", lines(record))
    assert stated(one) == (HEAD, HEAD, "", "a", "Garden", "")


# What is none of these


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "it is empty"),
        ("  \n", "it is empty"),
        ("subject,property\n", "not JSON"),
        ('{"text": "a",\n', "not JSON"),
        ('{"extractions": []}\n{"extractions": [\n', "not JSON"),
        ("[1]", "there is no object"),
        ('{"name": "x"}', "format is not known"),
        ("[]", "format is not known"),
        ('{"extractions": []}\n{"spans": []}\n', "not of the format"),
        ('{"extractions": [], "text": 5}', "text is no text"),
        ('{"%FEATURE_STRUCTURES": []}', "holds no text"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_of_another_kind_is_told_so(content: str, said: str, tmp_path: Path) -> None:
    """Where, what, and which formats there are."""
    with pytest.raises(SourceError, match=said):
        read(tmp_path / "a.json", content)


@pytest.mark.parametrize("content", [b"PK\x03\x04rest", b"\xff\xfe{\0}\0", b"{\xe9}"])
def test_archives_and_other_encodings_are_told_so(content: bytes, tmp_path: Path) -> None:
    """With what to do."""
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(SourceError) as raised:
        read_proposals(tmp_path / "a.json")
    assert raised.value.hint


def odd(value: Any) -> list[Any]:
    """A value with each of its parts replaced by what may stand there by mistake."""
    if isinstance(value, dict):
        return [value | {k: o} for k, v in value.items() for o in (*odd(None), *odd(v))]
    if isinstance(value, list):
        return [[*value[:n], o, *value[n + 1 :]] for n, v in enumerate(value) for o in odd(v)]
    return [None, 7, [{}]]


@pytest.mark.parametrize(
    "record",
    [
        langextract(attributes={"subject": "a", "value": "b"}),
        annotation(HEAD, "Garden", creator={"name": "Ada"}),
        cas(),
        task(completed_by=1),
        prodigy(),
        DOCCANO,
    ],
)
def test_parts_of_another_type_never_end_in_a_traceback(record: Any, tmp_path: Path) -> None:
    """The record is read without them, or refused in one sentence."""
    for each in odd(record):
        with suppress(SourceError):
            read(tmp_path / "a.json", each)


LOST: dict[str, Any] = {
    "langextract.jsonl": {"text": TEXT, "extractions": [{"extraction_class": "a"}]},
    "prodigy.jsonl": {
        "text": TEXT,
        "spans": [{"start": 4, "end": 900, "label": "A"}],
        "relations": [{"from_id": 1, "to_id": 2, "type": "lends"}],
    },
    "studio.json": {
        "data": {"text": TEXT},
        "annotations": [
            {
                "result": [
                    {"id": "a", "type": "labels", "value": {"start": 4, "end": 900}},
                    {"type": "relation", "from_id": "a", "to_id": "b", "labels": ["lends"]},
                ]
            }
        ],
    },
    "cas.json": {
        "%TYPES": {},
        "%FEATURE_STRUCTURES": [
            {"%ID": 1, "%TYPE": "uima.cas.Sofa", "sofaString": TEXT},
            {"%ID": 2, "%TYPE": "custom.Span", "@sofa": 1, "begin": 4, "end": 900},
            {"%ID": 3, "%TYPE": "custom.Rel", "@sofa": 1, "@Governor": 2, "@Dependent": 9},
        ],
        "%VIEWS": {},
    },
}


@pytest.mark.parametrize("name", LOST)
def test_an_annotation_that_is_of_no_words_is_counted(tmp_path: Path, name: str) -> None:
    """And so is a relation that has not both ends; nothing is left out in silence."""
    path = tmp_path / name
    path.write_text(json.dumps(LOST[name]) + "\n", "utf-8")
    left_out = {"no quotation tells its words": 1}
    if name != "langextract.jsonl":
        left_out["it links annotations that are not in the file"] = 1
    assert read_proposals(path).left_out == left_out
