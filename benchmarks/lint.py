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
from collections.abc import Sequence
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
        folder = Path(name)
        for number in range(PROJECTS):
            _write(folder / f"p{number}", number)
        every = _seconds([sys.executable, "-c", _LINT], folder, effort.rounds)
        start = _seconds([sys.executable, "-c", "import argosy.lint.run"], folder, effort.rounds)
        told = _seconds([sys.executable, "-c", *_COMMAND], folder, effort.rounds)
        lines = [
            Line("all kinds, a quarter each", every, " s", at_most=SECONDS),
            Line("of which imports", start, " s"),
            Line("the command, which prints it all", told, " s"),
        ]
        for kind in KINDS:
            only = folder.with_name(f"{folder.name}-{kind}")
            _copy(folder, only, kind)
            seconds = _seconds([sys.executable, "-c", _LINT], only, 1)
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
    return statistics.median(_once(told, folder) for _ in range(rounds))


def _once(command: Sequence[str], folder: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _copy(folder: Path, target: Path, kind: str) -> None:
    for file in folder.glob(f"*/{kind}"):
        (target / file.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target / file.parent.name)


def _write(folder: Path, number: int) -> None:
    folder.mkdir()
    for kind, text in zip(
        KINDS, (_compose(number), _dockerfile(), _packages(), _app()), strict=True
    ):
        (folder / kind).write_text(text)


def _compose(number: int) -> str:
    text = "services:\n"
    for service in range(5):
        source = "build: ." if service == 0 else "image: vllm/vllm-openai:v0.11.0"
        text += f"""\
  llm{service}:
    {source}
    command: --model org/model-{number} --gpu-memory-utilization 0.9 --port 8000
    environment:
      HF_HOME: /cache
      VLLM_LOGGING_LEVEL: INFO
    volumes:
      - cache:/cache
    ports:
      - "127.0.0.1:{8000 + service}:8000"
    healthcheck:
      test: ["CMD", "python3", "/probes/ask.py"]
      start_period: 300s
    deploy:
      resources:
        limits: {{memory: 16g, cpus: "4"}}
    restart: unless-stopped
    stop_grace_period: 60s
    logging: {{driver: local}}
"""
    return text + "volumes:\n  cache:\n" + "# A comment.\n" * (LINES - text.count("\n") - 2)


def _dockerfile() -> str:
    text = "FROM python:3.12-slim AS build\nWORKDIR /app\nCOPY requirements.txt .\n"
    text += "RUN pip install --no-cache-dir -r requirements.txt\n"
    step = (
        "RUN apt-get update && \\\n    apt-get install -y --no-install-recommends libgomp1 && \\\n"
    )
    step += "    rm -rf /var/lib/apt/lists/*\n"
    text += "".join(f"ENV NAME_{i}=value\n{step}" for i in range(22))
    text += "COPY app.py /app/\nRUN useradd app\nUSER app\n"
    text += "HEALTHCHECK --start-period=300s CMD python /app/ask.py\n"
    text += 'CMD ["python", "/app/app.py"]\n'
    return text + "# A comment.\n" * (LINES - text.count("\n"))


def _packages() -> str:
    names = "".join(f"package-{number}==1.{number}.0\n" for number in range(LINES - 2))
    return f"torch==2.8.0\nfastapi==0.116.1\n{names}"


def _app() -> str:
    text = "import torch\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\n"
    text += '@app.get("/health")\nasync def health() -> str:\n    return "ok"\n\n'
    text += '@app.get("/ready")\nasync def ready() -> str:\n    return "ok"\n\n'
    for number in range((LINES - text.count("\n")) // 3):
        text += f"def step_{number}(value: int) -> int:\n    return value + {number}\n\n"
    return text + "# A comment.\n" * (LINES - text.count("\n"))
