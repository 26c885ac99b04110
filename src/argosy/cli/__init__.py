"""The command line: one file per group of verbs. A command parses, calls one function, prints.

Nothing is decided here, and heavy imports wait until a command runs.
"""

from __future__ import annotations

import sys
import tempfile
import traceback

import click

from argosy import __version__
from argosy.cli.build import build
from argosy.cli.call import call
from argosy.cli.doctor import doctor
from argosy.cli.environments import env
from argosy.cli.export import export
from argosy.cli.files import init, schema
from argosy.cli.imports import import_
from argosy.cli.keys import keys
from argosy.cli.lifecycle import down, plan, restart, scale, up
from argosy.cli.lint import lint
from argosy.cli.metrics import metrics
from argosy.cli.probe import probe
from argosy.cli.provider import compose
from argosy.cli.rollout import rollback, rollout
from argosy.cli.serve import serve
from argosy.cli.show import logs, ls, ps
from argosy.errors import ArgosyError

COMMANDS = (
    init, import_, up, down, plan, ps, ls, logs, metrics, call, probe, keys, scale, restart,
    rollout, rollback, serve, lint, build, export, compose, doctor, env, schema,
)  # fmt: skip


class _InOrder(click.Group):
    """Lists its commands in the order in which a newcomer meets them."""

    def list_commands(self, _: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=_InOrder, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="argosy")
def argosy() -> None:
    """Run the AI models of one file, each isolated, behind one address.

    A stack is named by its folder or file (the current folder by default), a model by
    `<stack>/<model>`, or by its name alone inside the stack's folder.
    """


for command in COMMANDS:
    argosy.add_command(command)


def main() -> None:
    """The program ``argosy``: exit code 0 is done, 1 failed, 2 misused."""
    try:
        argosy(standalone_mode=False)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except ArgosyError as error:
        click.echo(f"argosy: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:  # noqa: BLE001  a fault of ours, which must not look like the user's
        _report_fault(error)
        sys.exit(1)


def _report_fault(error: Exception) -> None:
    """Keep the traceback in a file, and say where it is."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="argosy-fault-", suffix=".txt", delete=False
    ) as file:
        traceback.print_exception(error, file=file)
    click.echo(
        f"argosy: a fault of Argosy's own: {type(error).__name__}: {error}. "
        f"The traceback is in {file.name}; please report it.",
        err=True,
    )
