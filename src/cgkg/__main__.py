"""`python -m cgkg` is `cgkg`."""

import gc


def main() -> None:
    """Load the commands, and run the one that is asked for.

    What is loaded lives to the end: the collector of cycles does not look through it, neither
    while it is loaded nor later, which is a tenth of a command that does little.
    """
    gc.disable()
    from cgkg.cli.commands import main as run

    gc.freeze()
    gc.enable()
    run()


if __name__ == "__main__":
    main()
