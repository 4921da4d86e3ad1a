"""`python -m kgplatform.cli` is `kgp`."""

from kgplatform.cli import main

main()
