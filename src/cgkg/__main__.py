"""`python -m cgkg` is `cgkg`."""

from cgkg.cli import main

if __name__ == "__main__":
    main()
