"""What holds for every rule: its names, its manual, and that the manual is true."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from argosy.errors import UsageError
from argosy.lint.project.facts import Facts, ServiceFacts
from argosy.lint.rule import Rule, manual, named, rules
from argosy.lint.settings import Settings
from tests.lint.files import lint_files

FACTS = Facts(driver=570, everywhere=ServiceFacts(cold_start=45, memory_p99=14 << 30))
SECTIONS = ["What", "Why", "Example", "Instead", "Source"]
_TOP = re.compile(r"^(services|x-[\w-]+|version|include):", re.MULTILINE)
_INSTRUCTION = re.compile(
    r"^(FROM|RUN|COPY|ADD|CMD|ENTRYPOINT|ENV|ARG|USER|HEALTHCHECK|WORKDIR)\b", re.MULTILINE
)
_PYTHON = re.compile(r"^(import|from|def|async def|@|\w+ = |with )", re.MULTILINE)
_REQUIREMENT = re.compile(r"^(--[a-z-]+ \S+|[\w.-]+(==\S+)?)$")
_OF_SERVICE = re.compile(
    r"(image|command|environment|deploy|build|runtime|ports|gpus|shm_size|healthcheck|volumes): ?"
)
_VLLM = "image: vllm/vllm-openai:v0.11.0\n"
# What a snippet needs beside it where it cannot be told alone.
_BESIDE = {
    "AI109": {"compose.yaml": "services:\n  api: {build: .}\n"},
    "AI204": {"compose.yaml": "services:\n  api: {build: ., gpus: all}\n"},
    "AI311": {"compose.yaml": "services:\n  llm: {image: 'vllm/vllm-openai:v0.11.0'}\n"},
    "AI318": {
        "compose.yaml": f"services:\n  llm:\n    {_VLLM}  metrics:\n    image: prom/prometheus:v3\n"
        "    volumes: ['./:/etc/prometheus']\n"
    },
    "AI405": {"serve.py": "import torch\n"},
}
# Snippets that are no whole file, or speak of files too large to be written here.
UNTRIED = {
    ("AI102", "Example"), ("AI105", "Instead"), ("AI106", "Instead"), ("AI110", "Instead"),
    ("AI204", "Instead"), ("AI208", "Example"), ("AI208", "Instead"), ("AI213", "Example"), ("AI213", "Instead"),  # noqa: E501
    ("AI303", "Example"), ("AI303", "Instead"), ("AI308", "Example"), ("AI308", "Instead"),
    ("AI410", "Example"), ("AI410", "Instead"),
}  # fmt: skip


def ids(rule: Rule) -> str:
    return f"{rule.code}-{rule.slug}"


def test_codes_and_slugs_are_of_one_rule_each() -> None:
    every = rules()
    assert len(every) == 60
    assert len({rule.code for rule in every}) == len({rule.slug for rule in every}) == len(every)
    assert all(re.fullmatch(r"AI[1-4]\d\d", rule.code) for rule in every)


@pytest.mark.parametrize("rule", rules(), ids=ids)
def test_every_manual_has_all_sections_in_order(rule: Rule) -> None:
    assert list(rule.sections) == SECTIONS
    assert rule.title
    assert not rule.title.endswith(".")
    for name in ("What", "Why", "Source"):
        assert rule.sections[name].rstrip().endswith((".", "`")), name


def test_rules_are_named_by_code_start_of_code_and_slug() -> None:
    assert [rule.code for rule in named("AI301")] == ["AI301"]
    assert [rule.code for rule in named("no-memory-limit")] == ["AI301"]
    assert [rule.code for rule in named("no_memory_limit")] == ["AI301"]
    assert {rule.code[:3] for rule in named("ai3")} == {"AI3"}
    assert len(named("AI")) == len(rules())


@pytest.mark.parametrize(
    ("word", "close"),
    [
        ("AI912", "Did you mean AI112 or AI212 or AI312?"),
        ("no-memory-limits", "Did you mean no-memory-limit?"),
        ("AI999", "`argosy lint --explain all` lists them."),
        ("AI30X", "`argosy lint --explain all` lists them."),
        ("DL3008", "`argosy lint --explain all` lists them."),
        ("x", "`argosy lint --explain all` lists them."),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_one(word: str, close: str) -> None:
    with pytest.raises(UsageError, match="there is no rule") as raised:
        named(word)
    assert raised.value.next_step == close


def test_a_manual_is_taken_apart() -> None:
    title, sections = manual(
        "A title\n\nWhat it is.\n\nWhy:\n    For that.\n\nExample:\n    a:\n      b\n"
    )
    assert title == "A title"
    assert sections == {"What": "What it is.", "Why": "For that.", "Example": "a:\n  b"}


@pytest.mark.parametrize("rule", rules(), ids=ids)
@pytest.mark.parametrize("section", ["Example", "Instead"])
def test_what_a_manual_shows_is_caught_and_its_remedy_is_not(
    tmp_path: Path, rule: Rule, section: str
) -> None:
    snippet = rule.sections[section]
    if (rule.code, section) in UNTRIED:
        return
    files = {**_BESIDE.get(rule.code, {})}
    for name, text in files_of(snippet).items():
        below = text.partition("services:\n")[2] if name in files else text
        files[name] = files.get(name, "") + below
    report = lint_files(tmp_path, dict(files), rule.code, Settings(facts=FACTS))
    assert not report.problems
    assert bool(report.found) is (section == "Example"), files


def files_of(snippet: str) -> dict[str, str]:
    """The smallest files with a manual's snippet in them."""
    text = re.sub(r"[ \t]*#.*", "", snippet).strip()
    if _INSTRUCTION.search(text) and not _TOP.search(text):
        base = "" if re.search(r"^FROM\b", text, re.MULTILINE) else f"FROM{_VLLM[6:]}"
        return {"Dockerfile": base + snippet + "\nCOPY serve.py /\n"}
    if _TOP.search(text):
        return {"compose.yaml": snippet}
    if text.startswith("expr:"):
        return {"rules.yml": snippet}
    if _PYTHON.search(text):
        return {"app.py": f"import pickle, torch, fastapi\n{snippet}"}
    if all(_REQUIREMENT.match(one) for one in text.splitlines()):
        install = "RUN pip install --no-cache-dir transformers==4.57.0 -r requirements.txt\n"
        dockerfile = f"FROM python:3.12-slim\nCOPY requirements.txt /\n{install}"
        return {"Dockerfile": dockerfile, "requirements.txt": text + "\n"}
    if text.startswith(("test:", "interval:", "start_period:")):
        return {"compose.yaml": _service("healthcheck:\n" + textwrap.indent(snippet, "  "))}
    if _OF_SERVICE.match(text):
        return {"compose.yaml": _service(snippet)}
    return {"compose.yaml": "services:\n" + textwrap.indent(snippet, "  ")}


def _service(below: str) -> str:
    image = "" if re.search(r"^(image|build):", below, re.MULTILINE) else _VLLM
    return "services:\n  llm:\n" + textwrap.indent(image + below, "    ")
