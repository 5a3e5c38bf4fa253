"""The command line: parse, call one function, print. Data to stdout, log to stderr.

Exit codes: 0 done, 1 findings or failure, 2 wrong usage. A command is in the module of its kind:
begin, make, author, cite, sheet, candidates, validate, ask, serve, publish.
"""

from __future__ import annotations

import click

from cgkg import __version__
from cgkg.cli import (
    ask,
    author,
    begin,
    candidates,
    cite,
    make,
    publish,
    serve,
    sheet,
    validate,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cgkg")
def main() -> None:
    """A policy document as a knowledge graph in which every statement leads to the clause it
    comes from and every inference to its proof.

    Start with `cgkg serve`: it builds the graph and shows it in your browser.
    """


for _command in (
    make.build,
    validate.validate,
    author.check,
    ask.query,
    serve.serve,
    ask.info,
    ask.explain,
    make.reason,
    author.coverage,
    author.diff,
    author.fmt,
    cite.span,
    publish.export,
    begin.init,
    begin.document,
    sheet.import_sheet,
    candidates.candidates,
    publish.verify,
    publish.push,
):
    main.add_command(_command)
