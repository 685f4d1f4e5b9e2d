"""`python -m smartvoda` is the command `smartvoda`."""

from smartvoda.cli import main

main()
