"""The texts in a release for people: README in English and Chinese, and the licence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cgkg.export.description import About, File

_CC_BY = "https://creativecommons.org/licenses/by/4.0/"

_EN = """# {name}

{text}

A release of the dataset, made by {program} (generation `{generation}`).

    version   {digest}

The version is the SHA-256 of the dataset's canonical N-Quads (RDFC-1.0), which is also the digest
of `dataset.nq`. Cite it:

    {name}, version {short}, <{iri}>

## What it holds

{triples:,} triples: {asserted:,} asserted, {inferred:,} inferred; {evidence:,} statements in
{evidence_graphs:,} graphs of evidence. The words of the source document are not in it: a clause is
a position (start and end in code points) and the SHA-256 of the words between.

{table}
## Check it

    sha256sum -c SHA256SUMS
    cgkg verify .
{left_out}
## Licence

{licence}
"""

_ZH = """# {name}

{text}

本数据集的一个发布版，由 {program} 生成（构建 `{generation}`）。

    版本   {digest}

版本号是数据集规范化 N-Quads（RDFC-1.0）的 SHA-256，也就是 `dataset.nq` 的摘要。引用方式：

    {name}，版本 {short}，<{iri}>

## 内容

共 {triples:,} 条三元组：录入 {asserted:,} 条，推断 {inferred:,} 条；{evidence_graphs:,} 个出处图
中有 {evidence:,} 条陈述。其中不含源文献的文字：每个语句只记位置（起止码点）与其间文字的 SHA-256。

{table}
## 校验

    sha256sum -c SHA256SUMS
    cgkg verify .
{left_out}
## 许可

{licence}
"""


def readme(
    about: About,
    counts: Mapping[str, Any],
    files: Iterable[File],
    left_out: Mapping[str, list[str]],
    licence: str,
) -> bytes:
    """What the release is and how to check it, in English, then in Chinese."""
    held = list(files)
    return "\n---\n\n".join(
        template.format(
            name=_pick(about.name, language) or about.dataset.value,
            text=_pick(about.text, language),
            program=about.program,
            generation=about.generation,
            digest=about.digest,
            short=about.digest[:16],
            iri=about.version.value,
            triples=counts["triples"],
            **counts["parts"],
            table=_table(held, language),
            left_out=_left_out(left_out, language),
            licence=_licence(about, licence, language),
        )
        for language, template in (("en", _EN), ("zh", _ZH))
    ).encode()


def licence_text(about: About, licence: str) -> bytes:
    """The licence of everything in the release, in both languages."""
    said = (_licence(about, licence, language) + "\n" for language in ("en", "zh"))
    return "\n".join(said).encode()


def _licence(about: About, licence: str, language: str) -> str:
    name = _pick(about.name, language) or about.dataset.value
    if not licence:
        return (
            "项目的本体未注明许可协议（dcterms:license）。"
            if language == "zh"
            else "The project's ontology names no licence (dcterms:license)."
        )
    said = f"CC BY 4.0 <{licence}legalcode>" if licence == _CC_BY else f"<{licence}>"
    if language == "zh":
        return f"本发布版中的全部内容按 {said} 许可使用。署名：“{name}”，版本 {about.digest[:16]}。"
    return (
        f"Everything in this release is licensed under {said}.\n"
        f'Attribution: "{name}", version {about.digest[:16]}.'
    )


def _table(files: Iterable[File], language: str) -> str:
    head = ("文件", "内容", "字节") if language == "zh" else ("file", "holds", "bytes")
    rows = [f"| {' | '.join(head)} |", "|---|---|---:|"]
    rows += [f"| `{f.name}` | {_pick(f.title, language)} | {f.size:,} |" for f in files]
    return "\n".join(rows) + "\n"


def _left_out(left_out: Mapping[str, list[str]], language: str) -> str:
    if not left_out:
        return ""
    zh = language == "zh"
    lines = ["", "## RDF/XML 无法写出的三元组" if zh else "## What RDF/XML cannot hold", ""]
    for name, triples in left_out.items():
        lines.append(
            f"`{name}` 缺 {len(triples)} 条，详见 `release.json`。"
            if zh
            else f"`{name}` lacks {len(triples)} triples; `release.json` lists them and says why."
        )
    return "\n".join(lines) + "\n"


def _pick(by_language: Mapping[str, str], language: str) -> str:
    return by_language.get(language) or next(iter(by_language.values()), "")
