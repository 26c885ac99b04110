"""What a rule's docstring says of it, for a terminal, as Markdown and as data. No I/O here."""

from __future__ import annotations

import textwrap
from typing import Any

from argosy.lint.rule import Rule

CODE = ("Example", "Instead")
MEASURED = "silent without measured or declared facts"
_FIXES = {"safe": "`--fix` mends it", "unsafe": "`--unsafe-fixes` mends it"}


def terminal(rule: Rule) -> str:
    """The manual as plain text of 80 columns or so."""
    parts = [f"{rule.code} {rule.slug}  ({_kind(rule).replace('`', '')})", rule.title]
    for name, text in rule.sections.items():
        parts.append(f"{name}\n{textwrap.indent(text, '  ')}" if name != "What" else text)
    parts.append(f"Silence it with `# argosy ignore={rule.code} reason`, on the line or above it.")
    return "\n\n".join(parts) + "\n"


def line(rule: Rule) -> str:
    """One line for a list of rules."""
    mark = {"safe": "fix", "unsafe": "unsafe fix"}.get(rule.fix or "", "")
    return f"{rule.code}  {rule.severity:<7}  {mark:<10}  {rule.slug:<34}  {rule.title}".rstrip()


def markdown(rule: Rule) -> str:
    """The page of a rule in `docs/rules/`."""
    parts = [f"# {rule.code} {rule.slug}", f"{rule.title} ({_kind(rule)})."]
    for name, text in rule.sections.items():
        if name == "What":
            parts.append(text)
        else:
            parts.append(f"## {name}\n\n{section(name, text)}")
    return "\n\n".join(parts) + "\n"


def section(name: str, text: str) -> str:
    """A section as Markdown: what is an example, or comes in its place, is code."""
    return _block(text) if name in CODE else text


def _block(text: str) -> str:
    """Code with a fence that nothing in it closes."""
    return f"````\n{text}\n````" if "```" in text else f"```\n{text}\n```"


def as_data(rule: Rule) -> dict[str, Any]:
    """The manual for programs."""
    return {
        "code": rule.code,
        "slug": rule.slug,
        "severity": rule.severity,
        "title": rule.title,
        "fix": rule.fix,
        "measured": rule.measured,
        "sections": rule.sections,
    }


def _kind(rule: Rule) -> str:
    parts = [rule.severity, _FIXES.get(rule.fix or "", ""), MEASURED if rule.measured else ""]
    return ", ".join(part for part in parts if part)
