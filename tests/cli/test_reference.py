from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from argosy.cli import COMMANDS, argosy
from argosy.cli.reference import text

DOCS = Path(__file__).parents[2] / "docs"


def test_the_reference_is_what_the_commands_say() -> None:
    assert (DOCS / "cli.md").read_text() == text(argosy), "run scripts/docs"


def test_every_command_says_what_it_is_for() -> None:
    for command in COMMANDS:
        result = CliRunner().invoke(argosy, [command.name or "", "--help"])
        assert result.exit_code == 0
        assert command.get_short_help_str()


def test_an_unknown_command_is_misuse() -> None:
    assert CliRunner().invoke(argosy, ["dwon"]).exit_code == 2
