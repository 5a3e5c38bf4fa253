"""The texts in a release for people: README and licence, in the languages of the project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cgkg.export.description import About, File
from cgkg.export.words import WORDS
from cgkg.languages import N_, SOURCE, find, known, pick, text, translator
from cgkg.rdf.iris import may_be_link

_CC_BY = "https://creativecommons.org/licenses/by/4.0/"

_README = N_("""# {name}

{text}

A release of the dataset, made by {program} (generation `{generation}`).

    version   {digest}

The version is the SHA-256 of the dataset's canonical N-Quads (RDFC-1.0), which is also the digest
of `dataset.nq`. Cite it:

    {name}, version {short}, <{iri}>

## What it holds

{triples:,} triples: {asserted:,} asserted, {inferred:,} inferred; {evidence:,} statements in
{evidence_graphs:,} graphs of evidence. {words}: a clause is
a position (start and end in code points) and the SHA-256 of the words between.

{table}
## Check it

    sha256sum -c SHA256SUMS
    cgkg verify .
{left_out}
## Licence

{licence}
""")


def readme(
    about: About,
    counts: Mapping[str, Any],
    files: Iterable[File],
    left_out: Mapping[str, list[str]],
    licence: str,
) -> bytes:
    """What the release is and how to check it, in the languages of the project."""
    held = list(files)
    return "\n---\n\n".join(
        text(_README, language).format(
            name=pick(about.name, language, about.name) or about.dataset.value,
            text=pick(about.text, language, about.text),
            program=about.program,
            generation=about.generation,
            digest=about.digest,
            short=about.digest[:16],
            iri=about.version.value,
            triples=counts["triples"],
            **counts["parts"],
            words=_words(held, language),
            table=_table(held, language),
            left_out=_left_out(left_out, language),
            licence=_licence(about, licence, language),
        )
        for language in _languages(about)
    ).encode()


def licence_text(about: About, licence: str) -> bytes:
    """The licence of everything in the release, in the languages of the project."""
    said = (_licence(about, licence, language) + "\n" for language in _languages(about))
    return "\n".join(said).encode()


def _languages(about: About) -> Iterable[str]:
    """Those that the project has a name in and that can be written here, else English."""
    return [language for language in known() if find(about.name, language)] or [SOURCE]


def _licence(about: About, licence: str, language: str) -> str:
    words = translator(language)
    if not licence:
        return words.gettext("The project's ontology names no licence (dcterms:license).")
    return words.gettext(
        "Everything in this release is licensed under {licence}.\n"
        'Attribution: "{name}", version {version}.'
    ).format(
        licence=_linked(licence),
        name=pick(about.name, language, about.name) or about.dataset.value,
        version=about.digest[:16],
    )


def _words(held: Iterable[File], language: str) -> str:
    words = translator(language)
    if any(file.name == WORDS for file in held):
        return words.gettext("Words of the documents that allow it are in `words.csv`")
    return words.gettext("The words of the source document are not in it")


def _linked(licence: str) -> str:
    if licence == _CC_BY:
        return f"CC BY 4.0 <{licence}legalcode>"
    return f"<{licence}>" if may_be_link(licence) else f"`{licence}`"


def _table(files: Iterable[File], language: str) -> str:
    words = translator(language)
    head = (words.gettext("file"), words.gettext("holds"), words.gettext("bytes"))
    rows = [f"| {' | '.join(head)} |", "|---|---|---:|"]
    rows += [f"| `{f.name}` | {pick(f.title, language)} | {f.size:,} |" for f in files]
    return "\n".join(rows) + "\n"


def _left_out(left_out: Mapping[str, list[str]], language: str) -> str:
    if not left_out:
        return ""
    words = translator(language)
    lines = ["", words.gettext("## What RDF/XML cannot hold"), ""]
    for name, triples in left_out.items():
        said = words.ngettext(
            "`{name}` lacks {count} triple; `release.json` lists it and says why.",
            "`{name}` lacks {count} triples; `release.json` lists them and says why.",
            len(triples),
        )
        lines.append(said.format(name=name, count=len(triples)))
    return "\n".join(lines) + "\n"
