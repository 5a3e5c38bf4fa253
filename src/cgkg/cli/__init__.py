"""The command line: parse, call one function, print. Data to stdout, log to stderr.

Exit codes: 0 done, 1 findings or failure, 2 wrong usage. A command lives in the room of its kind:
beginning, making, asking, serving, publishing.
"""

from __future__ import annotations

import click

from cgkg import __version__
from cgkg.cli import asking, beginning, making, publishing, serving


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cgkg")
def main() -> None:
    """A policy document as a knowledge graph in which every statement leads to the clause it
    comes from and every inference to its proof.

    Start with `cgkg serve`: it builds the graph and shows it in your browser.
    """


for _command in (
    making.build,
    making.validate,
    making.check,
    asking.query,
    serving.serve,
    asking.info,
    asking.explain,
    making.reason,
    making.coverage,
    making.diff,
    making.fmt,
    making.span,
    publishing.export,
    beginning.init,
    beginning.document,
    publishing.verify,
):
    main.add_command(_command)
