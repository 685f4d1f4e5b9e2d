"""The command line: one file a group of commands, one line each in COMMANDS.

Commands import what they run when they run it: `decode` in a shell's loop must not wait for a web server's libraries.
"""

from __future__ import annotations

import io
import logging
import sys

import typer

from models.errors import VodaError
from smartvoda import __version__
from smartvoda.cli.check import check
from smartvoda.cli.decode import decode
from smartvoda.cli.export import export
from smartvoda.cli.forecast import forecast
from smartvoda.cli.import_ import import_
from smartvoda.cli.region import app as region
from smartvoda.cli.services import analyse, dashboard, demo, ingest, serve
from smartvoda.cli.simulate import simulate

app = typer.Typer(
    name="smartvoda",
    help="A region's waterworks in one place: any meter's readings to live charts, balances and leaks.\n\n"
    "Begin with `smartvoda demo`: a simulated region on this machine, no internet needed. Then `smartvoda decode` "
    "shows what your own devices' payloads mean, and `smartvoda check` whether your broker and store are reached.\n\n"
    "Settings are environment variables, SMARTVODA_…; docs/settings.md lists them. Errors carry a code; docs/errors.md "
    "says what to do about each. Exit codes: 0 done, 1 the input or a connection is bad, 2 the usage or a setting is.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS = (demo, serve, ingest, analyse, dashboard, decode, forecast, check, simulate)

for command in COMMANDS:
    app.command()(command)
app.command("import")(import_)
app.command()(export)
app.add_typer(region, name="region")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"smartvoda {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Options of every command."""


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 the input is bad, 2 the usage is wrong."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that can't show a letter gets its code instead of a traceback.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        app(prog_name="smartvoda")
    except VodaError as error:
        logging.getLogger("smartvoda").debug("stopped", exc_info=True)
        typer.echo(f"smartvoda: {error}", err=True)
        sys.exit(2 if error.code.startswith("settings.") else 1)
