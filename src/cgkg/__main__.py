"""`python -m cgkg` is `cgkg`."""

from cgkg.cli.commands import main

if __name__ == "__main__":
    main()
