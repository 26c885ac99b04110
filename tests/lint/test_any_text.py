"""Whatever stands in a file: findings lie within it or it is a problem, and nothing breaks."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from argosy.lint.fixing import mend
from argosy.lint.project.facts import Facts, ServiceFacts
from argosy.lint.run import lint
from argosy.lint.settings import Settings

FACTS = Facts(driver=470, everywhere=ServiceFacts(cold_start=900, drain=900, memory_p99=1 << 40))
SETTINGS = Settings(facts=FACTS)
ROUNDS = 40
PIECES: dict[str, Sequence[str]] = {
    "compose.yaml": (
        "services:", "  llm:", "    image: vllm/vllm-openai:v0.11.0", "    build: .", "    build: {}",  # noqa: E501
        "    command: null", "    command: --model a/b --tensor-parallel-size 2", "    command: []",
        "    command: [--gpu-memory-utilization, 0.97, [x], {a: b}]", "    environment: [A, HF_TOKEN=hf_x]",  # noqa: E501
        "    environment: {A: null, LOG_LEVEL: debug, 3: 4}", "    ports: ['80-90:80-90', 8000, {target: x}]",  # noqa: E501
        "    healthcheck: {test: [], start_period: x}", "    healthcheck: {test: curl http://a/v1/completions}",
        "    healthcheck: null", "    deploy: {}", "    deploy: {resources: {limits: 3}}", "    deploy: [a]",  # noqa: E501
        "    depends_on: [llm, other]", "    depends_on: {llm: }", "    gpus: all", "    gpus: [{count: x}]",  # noqa: E501
        "    volumes: [a, './b:/c:ro', {type: bind}, '::']", "    stop_grace_period: 1q", "    logging: x",  # noqa: E501
        "    restart:", "    labels: [argosy.lint.model]", "    <<: *a", "  other: &a", "    env_file: [x]",  # noqa: E501
        "    mem_limit: 1e3", "    runtime: nvidia", "  empty:", "version: 3", "x-a: &b [*b]", "\t", "}",  # noqa: E501
        "    extends: llm", "    extends: {service: gone}", "\ufeff", "# argosy ignore=AI301 é 😀",
    ),
    "Dockerfile": (
        "FROM python:3.12-slim AS llm", "FROM ${BASE}", "FROM llm", "FROM", "ARG BASE=llm", "COPY . .",  # noqa: E501
        "COPY --from=llm /a /b", "COPY --from=9 a b", "COPY", "ADD https://a/b.pt /", "RUN <<E", "pip install torch",  # noqa: E501
        "E", "RUN pip install", "RUN pip install -r", "RUN pip install torch --index-url", "RUN apt-get install",  # noqa: E501
        "RUN uv", "RUN uv sync", "CMD uvicorn app:app --workers", "CMD []", 'CMD ["a"', "ENTRYPOINT", "USER",  # noqa: E501
        "HEALTHCHECK", "HEALTHCHECK NONE", "HEALTHCHECK --start-period= CMD", "HEALTHCHECK CMD curl http://a",
        "RUN poetry install -E", "RUN conda env create -f", "RUN poetry -C", "RUN poetry export",
        "RUN pipenv sync --dev", "RUN pdm install -G",
        "ENV", "ENV A", "ENV LOG_LEVEL=debug HF_TOKEN=hf_x", "ARG", "\\", "ONBUILD RUN", "\x00", "# é 😀",  # noqa: E501
    ),
    "requirements.txt": (
        "torch", "torch==2.2.0+cu121", "-r requirements.txt", "-r", "--index-url", "a[b]>=1 ; python_version<'3'",  # noqa: E501
        "git+https://a/b", "-e .", "==", "\\", "torchvision @ https://a/b.whl", "# é 😀", "\x0c",
    ),
    "pyproject.toml": (
        "[project]", "dependencies = ['torch']", "dependencies = [", "'torch>=2', # 'é 😀'", "]",
        "[tool.uv]", "default-groups = 4", "[[tool.uv.index]]", "url = 'a'", "[dependency-groups]",
        "dev = ['jupyter', {include-group = 'dev'}, 3]", "[tool.poetry.dependencies]",
        "torch = '^2'", "notebook = {version = 3}", "'é 😀' = {git = 'a', rev = 1}",
        "[tool.poetry.group.dev.dependencies]", "mlflow = [1, {optional = true}]",
    ),
    "Pipfile": (
        "[[source]]", "url = 'a'", "[packages]", "torch = '*'", "'é 😀' = {git = 'a', ref = 1}",
        "3 = 4",
        "[dev-packages]", "notebook = {version = 3}", "[train]", "mlflow = [1]", "a = 1", "]",
    ),
    "environment.yml": (
        "dependencies:", "  - pytorch", "  - notebook =1.2=a", "  - pip:", "    - torch==2.2+cu121",
        "    - -r", "  - pip: {a: b}", "  - 3", "  - [a]", "  - {pip: [x, -e .]}",
        "  - 'é::😀[version=1]'", "\t", "name: a",
    ),
    "app.py": (
        "import torch, pickle", "from fastapi import FastAPI", "app = FastAPI()", "@app.get('/health')",  # noqa: E501
        "def f(): pass", "@app.get()", "pickle.load(open('a'))", "torch.load(", "pipeline('x', model='a/b')",  # noqa: E501
        "é = '😀'; pickle.loads(get('http://a').content)", "    x", "\x00", "from . import", "lambda: (yield)",  # noqa: E501
    ),
}  # fmt: skip


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_findings_lie_within_their_files_and_fixes_can_be_made(tmp_path: Path, seed: int) -> None:
    choose = random.Random(seed)
    for name, pieces in PIECES.items():
        ends = choose.choice(["\n", "\r\n"])
        chosen = choose.choices(pieces, k=choose.randint(0, 14))
        if choose.random() < 0.7:
            chosen = [*pieces[:3], *chosen]
        (tmp_path / name).write_bytes(ends.join(chosen).encode())
    for _ in range(2):
        report = lint([tmp_path], SETTINGS)
        for one in (*report.found, *report.silenced):
            text = report.project.sources[one.file].text
            assert 0 <= one.finding.at.start <= one.finding.at.end <= len(text)
            assert one.finding.what
            assert 1 <= one.line <= one.source.line_count
        for file, text in mend(report, unsafe=True).texts.items():
            file.write_text(text, newline="")


ODD_NUMBERS = ["²", "٣", "8x", "-1", "1e999", "nan", "9" * 400, "9" * 5000]


@pytest.mark.parametrize("number", ODD_NUMBERS, ids=lambda one: one[:8])
def test_numbers_that_are_none_are_passed_over(tmp_path: Path, number: str) -> None:
    told = "\n".join(f"    {key}: '{number}'" for key in ("mem_limit", "shm_size", "cpus"))
    flags = ("tensor-parallel-size", "gpu-memory-utilization", "max-model-len", "port")
    command = " ".join(f"--{name} {number}" for name in flags)
    (tmp_path / "compose.yaml").write_text(
        f"services:\n  llm:\n    image: vllm/vllm-openai:v0.11.0\n    command: {command}\n{told}\n"
        f"    gpus: [{{count: '{number}'}}]\n    stop_grace_period: {number}s\n"
        f"    ports: ['{number}:{number}', {{target: '{number}', published: '{number}'}}, "
        f"{{target: 80, published: '{number}'}}]\n"
        f"    healthcheck: {{test: [CMD, curl, x], start_period: {number}s, interval: {number}h}}\n"
        f"  tgi:\n    image: ghcr.io/huggingface/text-generation-inference:3\n"
        f"    environment: {{NUM_SHARD: '{number}'}}\n    gpus: [{{count: 1}}]\n"
    )
    (tmp_path / "Dockerfile").write_text(
        f"FROM vllm/vllm-openai\nCOPY --from={number} a b\nRUN pip install torch=={number}\n"
        f"HEALTHCHECK --start-period={number}s CMD curl http://a:{number}/\n"
        f"CMD uvicorn a:b --workers {number}\n"
    )
    (tmp_path / "argosy.yaml").write_text(
        f"models:\n  a:\n    engine: vllm\n    resources: {{gpus: '{number}'}}\n"
        f"    options: {{tensor-parallel-size: '{number}'}}\n"
    )
    report = lint([tmp_path], SETTINGS)
    assert report.found
    assert not report.problems
    mend(report, unsafe=True)
