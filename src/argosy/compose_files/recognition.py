"""Which YAML files are Compose files, told from their text without parsing it. No I/O here."""

from __future__ import annotations

import re

_SECTION = r"^(['\"]?){}\1[ \t]*:(.*(?:\n(?:[ \t#\r}}\]-].*)?)*)"
_SERVICES = re.compile(_SECTION.format("services"), re.MULTILINE)
_INCLUDE = re.compile(_SECTION.format("include"), re.MULTILINE)
_MODELS = re.compile(_SECTION.format("models"), re.MULTILINE)
_RUNS_SOMETHING = re.compile(
    r"(?:^[ \t]+|[{,][ \t]*)['\"]?(?:image|build|extends|provider|<<)['\"]?[ \t]*:", re.MULTILINE
)
_FIRST_ITEM = re.compile(r"(?:[ \t]*(?:#.*)?\r?\n)*[ \t]*-\s")
_FILE_NAMES = re.compile(
    r"\.ya?ml['\"]?[ \t]*(?:[,\]}#]|\r?$)|(?:^|[\s{,-])path[ \t]*:", re.MULTILINE
)
_OF_GITLAB = re.compile(
    r"^(?:stages|default|workflow|before_script|image)[ \t]*:"
    r"|[\s{,](?:local|template|project|remote|component)[ \t]*:|^[ \t]+script[ \t]*:",
    re.MULTILINE,
)
_OF_KUBERNETES = re.compile(r"^(?:apiVersion|kind)[ \t]*:", re.MULTILINE)
_OF_STACK_MODELS = re.compile(r"[\s{,](?:code|engine|weights)[ \t]*:")
_OF_STACKS = re.compile(r"^(?:gateway|platform)[ \t]*:", re.MULTILINE)


def is_compose(text: str) -> bool:
    """Whether a YAML file's text is that of a Compose file.

    That is one with `services:` at its top and an image or a build below, or with an `include:` of
    other files. Workflows of GitHub and GitLab, Kubernetes manifests and stack files are none.
    """
    text = text.removeprefix("\ufeff")
    services = _SERVICES.search(text)
    runs = services is not None and _runs_something(services[2])
    if not runs and not _includes_files(text):
        return False
    return not _OF_KUBERNETES.search(text) and not _is_stack_file(text)


def _runs_something(services: str) -> bool:
    """A list of services is that of another tool, such as GitLab or Travis."""
    return not _FIRST_ITEM.match(services) and bool(_RUNS_SOMETHING.search(services))


def _includes_files(text: str) -> bool:
    include = _INCLUDE.search(text)
    return bool(include and _FILE_NAMES.search(include[2]) and not _OF_GITLAB.search(text))


def _is_stack_file(text: str) -> bool:
    models = _MODELS.search(text)
    return bool(models and (_OF_STACK_MODELS.search(models[2]) or _OF_STACKS.search(text)))
