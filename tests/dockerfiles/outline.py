"""A Dockerfile in a few lines of text: what a reader of the file would say stands in it."""

from __future__ import annotations

from argosy.dockerfiles.syntax import Dockerfile, Instruction, Stage


def outline(made: Dockerfile) -> str:
    """Stages with their images, instructions with lines, words and commands."""
    lines = [f"# {name} = {value}" for name, value in made.directives.items()]
    lines += (_instruction(one) for one in made.preamble)
    for stage in made.stages:
        lines += ["", _stage(stage), *(_instruction(one) for one in stage.instructions)]
    lines += ["", *(f"comment {one.line}: {one.text}".rstrip() for one in made.comments)]
    environment = {name: word.text for name, word in made.final.environment.items()}
    lines.append(f"environment {environment}")
    return "\n".join(lines).strip() + "\n"


def _stage(stage: Stage) -> str:
    name = f" as {stage.name}" if stage.name else ""
    platform = f" for {stage.platform}" if stage.platform else ""
    below = f" on {stage.root_base}" if stage.parent else ""
    return f"{stage.instruction.line} stage {stage.index}: {stage.base.text}{name}{platform}{below}"


def _instruction(instruction: Instruction) -> str:
    keyword = f"ONBUILD {instruction.keyword}" if instruction.onbuild else instruction.keyword
    flags = " ".join(f"--{one.name}={one.value}" for one in instruction.flags)
    head = " ".join(part for part in (f"{instruction.line} {keyword}", flags) if part)
    heredocs = "".join(f" <{one.name}: {one.text!r}>" for one in instruction.heredocs)
    if not instruction.commands:
        return f"{head} {[word.text for word in instruction.words]}{heredocs}"
    lines = [f"{head} {instruction.form}{heredocs}"]
    for command in instruction.commands:
        own = [word.text for word in (*command.assignments, *command.words)]
        files = "".join(f" {one.operator} {one.target.text}" for one in command.redirections)
        lines.append(f"    {command.operator.replace(chr(10), 'newline'):7} {own}{files}")
    return "\n".join(lines)
