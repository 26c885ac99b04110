"""`doctor`: whether this machine has what a stack needs."""

from __future__ import annotations

import json

import click


@click.command()
@click.argument("stack", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--online", is_flag=True, help="Ask the package index, too.")
@click.option("--pull", is_flag=True, help="Pull an image to try a GPU with, where none is here.")
def doctor(stack: str | None, as_json: bool, online: bool, pull: bool) -> None:
    """Check whether this machine has what the stack needs.

    Without a stack here, only the machine. What does not do is shown with the command that mends
    it; what the stack does not need is only a note. Exit code 1 when something fails.
    """
    import asyncio
    from dataclasses import asdict
    from pathlib import Path

    from argosy import find
    from argosy.cli.findings import report_table
    from argosy.cli.table import console
    from argosy.doctor.run import examine
    from argosy.stack.file import load

    file = find.stack_file(Path(stack)) if stack else find.stack_file_here()
    report = asyncio.run(examine(load(file) if file else None, online=online, pull=pull))
    if as_json:
        click.echo(json.dumps({"verdict": report.verdict, **asdict(report)}, indent=2))
    else:
        console().print(report_table(report))
    if report.verdict == "failure":
        raise SystemExit(1)
