"""`python -m optkommunen` is the command `optkommunen`."""

from optkommunen.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
