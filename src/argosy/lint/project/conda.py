"""Packages as conda asks for them, and its `environment.yml` with its `pip:`. No I/O here.

https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html
"""

from __future__ import annotations

import re
from pathlib import Path

from argosy.compose_files.parsing import parse
from argosy.compose_files.tree import Value
from argosy.lint.finding import At
from argosy.lint.project.package import Option, Package, Requirements, plain, requirement
from argosy.stack.document import Form

DEFAULT_FILE = "environment.yml"

_STEP = "Write `dependencies:` and the packages below it."
_FORM = Form("list of packages", _STEP, _STEP)
_SPEC = re.compile(
    r"(?:[^\s:]+::)?(?P<name>[A-Za-z0-9_][\w.-]*)(?:\[(?P<in_brackets>.*)\])?\s*(?P<rest>.*)"
)
# `=1.26.4`, `1.26.4 py312_0`: one version, where it has three parts or a build is named.
_VERSION = re.compile(r"=?\s*(?P<version>\d[\w.!]*)(?:[=\s]+(?P<build>[\w.*]+))?")
_IN_BRACKETS = re.compile(r"version\s*=\s*['\"]?([^'\",]+)")


def environment(text: str, file: Path) -> Requirements:
    """The packages of an ``environment.yml``. Raises FileMistakes where it is no YAML.

    A lock, which lists the packages of every platform under another key, is one.
    """
    root = parse(text, file, as_written=True, form=_FORM).root
    listed = root.mapping.get("dependencies")
    if listed is None:
        return Requirements(file, (), locked="package" in root.mapping)
    packages: list[Package] = []
    options: list[Option] = []
    for one in listed.items:
        if (of_pip := one.mapping.get("pip")) is not None:
            for line in of_pip.items:
                match requirement(line.text.strip(), _at(line)):
                    case Option() as option:
                        options.append(option)
                    case Package() as found:
                        packages.append(found)
        elif asked := conda_package(one.text, _at(one)):
            packages.append(asked)
    return Requirements(file, tuple(packages), tuple(options))


def conda_package(text: str, at: At) -> Package | None:
    """One package as conda takes it; None for Python itself, and for what cannot be one."""
    found = _SPEC.fullmatch(text.strip())
    if found is None or found["name"].lower() == "python":
        return None
    in_brackets = _IN_BRACKETS.search(found["in_brackets"] or "")
    spec = (in_brackets[1] if in_brackets else found["rest"]).strip()
    if version := _VERSION.fullmatch(spec):
        is_one = version["build"] or version["version"].count(".") >= 2
        spec = f"{'==' if is_one else '='}{version['version']}"
    return Package(plain(found["name"]), spec, at)


def _at(value: Value) -> At:
    return At(value.place.file, value.span.start, value.span.end)
