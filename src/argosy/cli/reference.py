"""The reference of the command line, made from the commands themselves."""

from __future__ import annotations

import click

HEAD = """# Commands

Made by `scripts/docs` from the commands themselves. Exit codes: 0 done, 1 failed, 2 misused.
"""


def text(group: click.Group) -> str:
    """docs/cli.md: what `--help` says of every command."""
    context = click.Context(
        group, info_name="argosy", max_content_width=80, **group.context_settings
    )
    parts = [HEAD, _section(group, context)]
    for name, command in group.commands.items():
        inner = click.Context(command, info_name=name, parent=context, max_content_width=80)
        parts.append(_section(command, inner))
        if isinstance(command, click.Group):
            for sub_name, sub in command.commands.items():
                below = click.Context(sub, info_name=sub_name, parent=inner, max_content_width=80)
                parts.append(_section(sub, below))
    return "\n".join(parts)


def _section(command: click.Command, context: click.Context) -> str:
    help_text = command.get_help(context).rstrip()
    return f"## {context.command_path}\n\n```text\n{help_text}\n```\n"
