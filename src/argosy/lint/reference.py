"""`docs/lint.md`, a page for each rule, and the schema of the configuration: generated files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from argosy.lint import format as formats
from argosy.lint.configuration_shape import ConfigurationShape
from argosy.lint.manual import markdown
from argosy.lint.rule import Rule, rules
from argosy.stack.reference import sections
from argosy.stack.schema import schema_of
from argosy.stack.values import DURATIONS, SIZES

PAGES = "rules"
SCHEMA = "argosy-lint.schema.json"

HEAD = """\
# The linter

`argosy lint [PATHS]` looks for what makes AI services slow, fragile, bloated or unsafe, in files
that need not know of Argosy: Dockerfiles, Compose files (with overrides, `include`, `extends` and
variables), stack files, lists of packages, and Python that serves a model. Nothing is built,
started or fetched.

```console
$ argosy lint
compose.yaml:13:18  warning AI311 waits-for-start-only  `app` starts as soon
as the process of `llm` runs, long before its model can answer
   13 |     depends_on: [llm]
      |                  ^^^
  → Write `condition: service_healthy`.

1 warning in 2 files. --fix mends 1.
```

| exit code | when |
|---|---|
| 0 | nothing at or above the failure threshold, which is `warning` unless you say otherwise |
| 1 | something |
| 2 | misuse, a wrong configuration, a file that cannot be read or parsed, or a rule that breaks |

`argosy lint --explain AI305` prints the manual of a rule, `--explain all` lists them. Rules are
named by code (`AI305`), start of a code (`AI3`) or slug (`start-period-unset`), everywhere.

A rule that breaks is told as a fault, with the file that breaks it; the other rules go on.

`argosy up` and `argosy build` look at their own stack first and refuse errors; `--no-lint` goes on.
The cold starts that the supervisor has measured are known there.

## Lists of packages

| list | is read where |
|---|---|
| `requirements*.txt` with its `-r` | it lies, or `pip` or `uv pip` installs it |
| `pyproject.toml`, also with groups, of uv, Poetry and PDM | they or `pip install .` take it |
| `Pipfile` with its categories | Pipenv takes it |
| `environment*.yml` of conda with its `pip:` | it lies, or conda, mamba or micromamba takes it |

Groups and extras count as the command's flags say: `poetry install --only main` and `uv sync
--no-dev` leave out what is for development. With its tool's lock beside it (`uv.lock`,
`poetry.lock`, `pdm.lock`, `Pipfile.lock`) a project has fixed versions, unless pip installs it. A
list that is no YAML or TOML, not UTF-8 or a folder of that name is told as a file that cannot be
read.

## Mending

| flag | what it does |
|---|---|
| `--fix` | mends what can be mended safely: nothing changes but what the rule is about |
| `--unsafe-fixes` | mends also what may change more; look at the result |
| `--diff` | shows what either would change, for `git apply`; ends with 1 if that is something |

Comments, order, quotes, anchors and ends of lines stay as they are. Only files below the paths that
you name are changed, each at once, and never to something that cannot be read again. What is mended
is told on standard error; the report is of what is left.

## Silencing

```yaml
services:
  llm:
    # argosy ignore=AI301,no-cpu-limit the machine has one tenant
    image: vllm/vllm-openai:v0.11.0
```

A comment counts for its own line, or for the line below the comments it is among. `# argosy global
ignore=AI4 reason` counts for the whole file, wherever it stands. What follows the rules is the
reason. `--show-silenced` shows what is silenced, and why; `ignores` in the configuration can demand
a reason, or forbid such comments.

A comment that names no rule, or lacks its `=`, gets a note. So does, with `report-unused` among the
`ignores`, one that silences nothing: ask for that where all files are linted together, since some
findings need the others. Notes change no exit code.

## Formats

`--format` says how the report is written, `--output FILE` where to.

"""

CI = """
Other programs read paths from the root of the repository. Columns count characters from 1, in
SARIF units of UTF-16. Fingerprints stay the same while lines move. SARIF describes all rules that
looked, as GitHub asks for, so that a rule without results is one that found nothing.

## In pre-commit

```yaml
repos:
  - repo: <the address of Argosy's repository>
    rev: <a tag or a commit of it>
    hooks:
      - id: argosy-lint        # or argosy-lint-fix
```

## In GitHub's workflows

```yaml
jobs:
  lint:
    runs-on: ubuntu-latest
    permissions: {contents: read, security-events: write}
    steps:
      - uses: actions/checkout@v4
      - run: argosy lint --format sarif --output lint.sarif --failure-threshold none
      - uses: github/codeql-action/upload-sarif@v3
        with: {sarif_file: lint.sarif}
      - run: argosy lint --format github   # the lines of the change, and the verdict
```

## In GitLab's pipelines

```yaml
lint:
  script: argosy lint --format gitlab --output gl-code-quality-report.json
  artifacts:
    when: always
    reports: {codequality: gl-code-quality-report.json}
```

With `--format junit` and `reports: {junit: lint.xml}` findings are shown as failed tests instead.

## Editors and other programs

`argosy lint - --stdin-filename app/Dockerfile` reads standard input in the place of a file; with
`--fix` the mended text goes to standard output and the report to standard error. `--format json`
tells everything, edits included. Colours are for terminals, and respect `NO_COLOR`.

## Configuration

`.argosy-lint.yaml`, or `[tool.argosy.lint]` in `pyproject.toml`: the nearest of them counts, from
the path that is linted upward, as far as the root of its repository. Paths may so have settings of
their own; two files in one folder are refused, as is every unknown key, with its line and the
nearest key. Flags go before files: what `--select` names is used whatever the file leaves out.

```yaml
# yaml-language-server: $schema=docs/argosy-lint.schema.json
failure-threshold: error
ignore: [no-log-rotation]
severity: {AI302: info}
per-path: {"legacy/*": [AI3]}
facts: {driver: 580, cold-start: 90s, services: {chat: {cold-start: 3m, memory-p99: 16GiB}}}
```

Some rules compare with what was measured, and are silent until `facts` or `--driver`,
`--compute-capability`, `--cold-start` and `--drain` say it.
"""


def files() -> dict[str, str]:
    """The files of `docs/` that are generated: name → text."""
    return {
        "lint.md": document(),
        SCHEMA: schema_text(),
        **{f"{PAGES}/{rule.code}.md": markdown(rule) for rule in rules()},
    }


def document() -> str:
    """The text of `docs/lint.md`."""
    keys = "\n".join(sections(ConfigurationShape, "###"))
    units = f"{DURATIONS} {SIZES}"
    return "\n".join(
        [
            HEAD + "\n".join(_formats()),
            CI,
            f"{units} [{SCHEMA}]({SCHEMA}) gives completion in editors.\n",
            keys,
            "## Rules\n",
            *_table(),
            "",
        ]
    )


def schema_text() -> str:
    """The JSON Schema of the configuration."""
    schema = schema_of(ConfigurationShape, "Configuration of argosy lint")
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write(folder: Path) -> None:
    """Write the generated files into a folder; pages of rules that are gone are removed."""
    (folder / PAGES).mkdir(exist_ok=True)
    texts = files()
    for page in (folder / PAGES).glob("*.md"):
        if f"{PAGES}/{page.name}" not in texts:
            page.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text)


def _formats() -> Iterator[str]:
    yield "| format | what it is for |"
    yield "|---|---|"
    for name in formats.names():
        meaning = formats.meaning(name).removeprefix("For ")
        yield f"| `{name}` | {meaning} |"


def _table() -> Iterator[str]:
    yield "| code | slug | severity | mended by | what is wrong |"
    yield "|---|---|---|---|---|"
    for rule in rules():
        yield f"| {' | '.join(_cells(rule))} |"


def _cells(rule: Rule) -> tuple[str, ...]:
    fix = {"safe": "`--fix`", "unsafe": "`--unsafe-fixes`"}.get(rule.fix or "", "–")
    title = f"{rule.title}, by facts" if rule.measured else rule.title
    return f"[{rule.code}]({PAGES}/{rule.code}.md)", f"`{rule.slug}`", rule.severity, fix, title


if __name__ == "__main__":
    write(Path(sys.argv[1]))
