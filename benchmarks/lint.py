"""`argosy.lint` on a thousand files of a hundred lines, cold and on one core, beside hadolint."""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from argosy.lint.project import reading
from argosy.lint.rule import rules
from argosy.lint.run import examine
from benchmarks.load import Effort
from benchmarks.report import Line

TITLE = "Lint: 1,000 files of 100 lines on one core, each time in a process of its own"
PROJECTS = 250
LINES = 100
SECONDS = 3.0
SLOWEST = 8
OF_HADOLINT = 10  # it needs seconds for each of these
KINDS = ("compose.yaml", "Dockerfile", "requirements.txt", "app.py")
_LINT = "import sys; from pathlib import Path; from argosy.lint.run import lint; lint([Path('.')])"
_COMMAND = (
    "from argosy.cli import main; main()", "lint", "--failure-threshold", "none", ".",
)  # fmt: skip


def measure(effort: Effort) -> list[Line]:
    """Processor time of all files, of each kind alone, and of hadolint on the Dockerfiles."""
    with tempfile.TemporaryDirectory(prefix="argosy-bench-") as name:
        folder = Path(name, "projects")
        for number in range(PROJECTS):
            _write(folder / f"p{number}", number)
        every = _seconds([sys.executable, "-c", _LINT], folder, effort.rounds)
        start = _seconds([sys.executable, "-c", "import argosy.lint.run"], folder, effort.rounds)
        told = _seconds([sys.executable, "-c", *_COMMAND], folder, effort.rounds)
        lines = [
            Line("all kinds, a quarter each", every, " s", at_most=SECONDS),
            Line("of which imports", start, " s"),
            Line("the command, which prints it all", told, " s", at_most=SECONDS),
        ]
        for kind in KINDS:
            only = folder.with_name(f"{folder.name}-{kind}")
            _copy(folder, only, kind)
            seconds = _seconds([sys.executable, "-c", _LINT], only, effort.rounds)
            lines.append(Line(f"{PROJECTS} × {kind} alone", seconds, " s"))
            shutil.rmtree(only)
        lines += _hadolint(folder)
        return [*lines, *_by_rule(folder)]


def _hadolint(folder: Path) -> list[Line]:
    """Only Dockerfiles are its matter; left out where `hadolint` is not on PATH."""
    program = shutil.which("hadolint")
    if program is None:
        return []
    files = sorted(str(one) for one in folder.rglob("Dockerfile"))[:OF_HADOLINT]
    seconds = _seconds([program, "--no-fail", *files], folder, 1)
    return [Line(f"hadolint, {OF_HADOLINT} × Dockerfile", seconds, " s")]


def _by_rule(folder: Path) -> list[Line]:
    started = time.process_time()
    project = reading.read([folder])
    lines = [Line("reading, processor time", time.process_time() - started, " s")]
    spent = {}
    for rule in rules():
        started = time.process_time()
        found = sum(1 for _ in rule.check(project))
        label = f"{rule.code} {rule.slug} ({found} findings)"
        spent[label] = time.process_time() - started
    started = time.process_time()
    examine(project)
    lines.append(Line("all rules again, sorted and placed", time.process_time() - started, " s"))
    slowest = sorted(spent.items(), key=lambda one: -one[1])[:SLOWEST]
    return [*lines, *(Line(label, seconds, " s") for label, seconds in slowest)]


def _seconds(command: Sequence[str], folder: Path, rounds: int) -> float:
    """The median of some runs on one core."""
    core = min(os.sched_getaffinity(0))
    told = ["taskset", "-c", str(core), *command]
    with tempfile.TemporaryDirectory(prefix="argosy-bench-") as compiled:
        environment = _as_installed(compiled)
        _once(told, folder, environment)
        return statistics.median(_once(told, folder, environment) for _ in range(rounds))


def _as_installed(compiled: str) -> dict[str, str]:
    """Modules are compiled already, as pip leaves them, whatever the settings here say."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def _once(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _copy(folder: Path, target: Path, kind: str) -> None:
    for file in folder.glob(f"*/{kind}"):
        (target / file.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target / file.parent.name)


def _write(folder: Path, number: int) -> None:
    """No two files are the same, and no two steps of one."""
    folder.mkdir(parents=True)
    for kind, text in zip(
        KINDS, (_compose(number), _dockerfile(number), _packages(number), _app(number)), strict=True
    ):
        (folder / kind).write_text(text)


def _compose(number: int) -> str:
    text = "services:\n"
    for service in range(5):
        source = "build: ." if service == 0 else f"image: vllm/vllm-openai:v0.{number % 12}.0"
        text += f"""\
  llm{number}-{service}:
    {source}
    command: --model org/model-{number} --gpu-memory-utilization 0.9 --port 8000
    environment:
      HF_HOME: /cache/{number}
      VLLM_LOGGING_LEVEL: INFO
    volumes:
      - cache{number}:/cache/{number}
    ports:
      - "127.0.0.1:{8000 + 5 * number + service}:8000"
    healthcheck:
      test: ["CMD", "python3", "/probes/ask_{number}.py"]
      start_period: {300 + number}s
    deploy:
      resources:
        limits: {{memory: {16 + number % 48}g, cpus: "{1 + number % 16}"}}
    restart: unless-stopped
    stop_grace_period: {60 + number}s
    logging: {{driver: local}}
"""
    text += f"volumes:\n  cache{number}:\n"
    return text + _comments(LINES - text.count("\n"), number)


def _dockerfile(number: int) -> str:
    text = f"FROM python:3.{10 + number % 4}-slim AS build{number}\nWORKDIR /srv/app{number}\n"
    text += "COPY requirements.txt .\n"
    text += "RUN pip install --no-cache-dir -r requirements.txt\n"
    for step in range(22):
        text += f"ENV NAME_{step}=value-{number}-{step}\nRUN apt-get update && \\\n"
        package = f"lib{number}-{step}"
        text += f"    apt-get install -y --no-install-recommends {package} && \\\n"
        text += "    rm -rf /var/lib/apt/lists/*\n"
    text += f"COPY app.py /srv/app{number}/\nRUN useradd app{number}\nUSER app{number}\n"
    text += f"HEALTHCHECK --start-period=300s CMD python /srv/app{number}/ask.py\n"
    text += f'CMD ["python", "/srv/app{number}/app.py"]\n'
    return text + _comments(LINES - text.count("\n"), number)


def _packages(number: int) -> str:
    names = "".join(f"package-{one}=={number}.{one}.0\n" for one in range(LINES - 2))
    return f"torch==2.8.0\nfastapi==0.{100 + number}.1\n{names}"


def _app(number: int) -> str:
    text = "import torch\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\n"
    text += f'@app.get("/health")\nasync def health() -> str:\n    return "ok {number}"\n\n'
    text += f'@app.get("/ready")\nasync def ready() -> str:\n    return "ok {number}"\n\n'
    for step in range((LINES - text.count("\n")) // 3):
        text += f"def step_{step}(value: int) -> int:\n    return value + {number + step}\n\n"
    return text + _comments(LINES - text.count("\n"), number)


def _comments(count: int, number: int) -> str:
    return f"# A comment of project {number}.\n" * count
