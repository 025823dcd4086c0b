"""`python -m minewarden` is the same as `minewarden`."""

from minewarden.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
