"""Models on a GPU: ``python -m pytest -m cuda``, on a machine that has one.

`ARGOSY_CUDA_PYTHON` names an interpreter with torch's build for CUDA and transformers; without it
an environment is made from the package index. Figures are printed: add ``-s``.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.runner.conftest import Start
from tests.runner.engines.conftest import Environment, Library, Refusal, Serve, compare, make
from tests.runner.replicas import Replica, children
from tests.waiting import until

pytestmark = [pytest.mark.cuda, pytest.mark.timeout(600)]

CUDA = {"device": "cuda"}
ONE = {**CUDA, "inputs": [{"name": "x", "type": "float32", "shape": [3]}]}
WORDS = {**CUDA, "inputs": [{"name": "input", "type": "int64", "shape": [3]}]}

PROGRAM = """
import json, warnings
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from torch.export import Dim
from transformers import (
    BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast, pipeline,
)

warnings.simplefilter("ignore")
torch.manual_seed(0)
batch = Dim("batch")
expected = {"rows": torch.randn(30, 3).tolist()}

def export(model, example, name):
    program = torch.export.export(model.eval(), (example,), dynamic_shapes=({0: batch},))
    torch.export.save(program, name)

class Made(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(3, 2)

    def forward(self, x):
        return self.linear(x + torch.arange(3, dtype=torch.float32, device=x.device))

made = Made().eval()
expected["made"] = made(torch.tensor(expected["rows"])).tolist()
torch.jit.script(made).save("made.pt")
export(made, torch.randn(2, 3), "made.pt2")
export(made.cuda(), torch.randn(2, 3).cuda(), "cuda.pt2")
torch.jit.script(torch.nn.Embedding(10, 4)).save("words.pt")
export(torch.nn.Embedding(10, 4), torch.zeros(2, 3, dtype=torch.int64), "words.pt2")

class Large(torch.nn.Module):
    def forward(self, x):
        gibibytes = max(0, int(x[:, 0].max().item())) // 1000
        return x + torch.zeros([gibibytes, 268435456], device=x.device).sum()

torch.jit.script(Large()).save("large.pt")

def wide(kind):
    torch.manual_seed(1)
    layers = []
    for _ in range(6):
        layers += [torch.nn.Linear(512, 512), torch.nn.GELU()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(512, 10)).to(kind)

def image(kind):
    layers = [torch.nn.Conv2d(3, 64, 3)]
    for _ in range(4):
        layers += [torch.nn.ReLU(), torch.nn.Conv2d(64, 64, 3)]
    layers += [torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(64, 10)]
    return torch.nn.Sequential(*layers).to(kind)

for name in ("float32", "float16", "bfloat16"):
    kind = getattr(torch, name)
    export(wide(kind), torch.randn(2, 512).to(kind), f"wide-{name}.pt2")
    export(image(kind), torch.randn(2, 3, 32, 32).to(kind), f"image-{name}.pt2")

words = ["[PAD]", "[UNK]", "[MASK]", "[CLS]", "[SEP]", "what", "a", "lovely", "day", "bad"]
whole = Tokenizer(models.WordLevel({word: at for at, word in enumerate(words)}, "[UNK]"))
whole.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
PreTrainedTokenizerFast(
    tokenizer_object=whole, pad_token="[PAD]", unk_token="[UNK]", mask_token="[MASK]",
    cls_token="[CLS]", sep_token="[SEP]", model_max_length=128,
).save_pretrained("bert")
config = BertConfig(vocab_size=len(words), hidden_size=384, num_hidden_layers=6,
                    num_attention_heads=6, intermediate_size=1536, max_position_embeddings=128)
BertForSequenceClassification(config).eval().save_pretrained("bert")
expected["texts"] = ["a lovely day", "what a bad day", "day", "a a a a a a a"]
expected["bert"] = [pipeline("text-classification", model="bert", device="cpu")(text)[0]
                    for text in expected["texts"]]
json.dump(expected, open("expected.json", "w"))
"""

OWN = """
import torch

class Model:
    max_batch = 8

    def load(self):
        self.linear = torch.nn.Linear(3, 2).cuda()
        self.words = torch.nn.Embedding(10, 4).cuda()

    def predict(self, inputs):
        return [self.one(value) for value in inputs]

    def one(self, value):
        if isinstance(value, int):
            return self.words(torch.tensor([value], device="cuda"))[0]
        if isinstance(value, str):
            held = [torch.zeros(2**28, device="cuda") for _ in range(int(value))]  # GiB
            return int(sum(each.sum() for each in held))
        return self.linear(torch.tensor(value, dtype=torch.float32, device="cuda"))
"""


@pytest.fixture(scope="session")
def cuda_python(environment: Environment) -> Path:
    """An interpreter whose torch uses a GPU of this machine."""
    if shutil.which("nvidia-smi") is None or not smi("-L"):
        pytest.skip("there is no NVIDIA GPU: nvidia-smi -L finds none")
    named = os.environ.get("ARGOSY_CUDA_PYTHON", "")
    python = Path(named) if named else environment("torch", "transformers")
    asked = subprocess.run(
        [python, "-c", "import torch, transformers; torch.zeros(1, device='cuda')"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert asked.returncode == 0, f"{python} cannot use the GPU: {asked.stderr}"
    return python


@pytest.fixture(scope="module")
def library(cuda_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Library:
    return make(cuda_python, tmp_path_factory.mktemp("cuda"), PROGRAM)


@pytest.fixture
def own(start: Start, cuda_python: Path) -> Callable[..., Replica]:
    """A Python model that moves itself to the GPU."""
    return lambda **settings: start(OWN, python=str(cuda_python), **settings).until_ready()


def smi(*arguments: str) -> str:
    """What nvidia-smi prints; nothing where it fails."""
    asked = subprocess.run(["nvidia-smi", *arguments], check=False, capture_output=True, text=True)
    return "" if asked.returncode else asked.stdout


def memory(what: str) -> int:
    """MiB of the first GPU: ``used`` or ``total``."""
    told = smi(f"--query-gpu=memory.{what}", "--format=csv,noheader,nounits")
    return int(told.splitlines()[0])


def on_the_gpu(replica: Replica) -> bool:
    device: str = replica.state()["device"]
    return device.startswith("cuda:0 (") and f", on {device}\n" in replica.log


def near(rows: list[Any]) -> list[Any]:
    return [pytest.approx(row, rel=1e-3, abs=1e-4) for row in rows]


@pytest.mark.parametrize(
    ("name", "options"),
    [("made.pt", ONE), ("made.pt", CUDA), ("made.pt2", CUDA), ("cuda.pt2", CUDA)],
)
def test_answers_from_the_gpu_are_those_of_the_cpu(
    served: Serve, library: Library, name: str, options: Any
) -> None:
    replica = served("torch", library, name, options=options)
    assert on_the_gpu(replica)
    compare(replica, library.expected("rows"), near(library.expected("made")))


def test_a_program_exported_on_the_gpu_runs_on_the_cpu_where_that_is_asked(
    served: Serve, library: Library
) -> None:
    replica = served("torch", library, "cuda.pt2", options={"device": "cpu"})
    assert (replica.state()["device"], replica.state()["warning"]) == ("cpu", "")
    compare(replica, library.expected("rows"), near(library.expected("made")))


def test_a_pipeline_runs_on_the_gpu(served: Serve, library: Library) -> None:
    replica = served("transformers", library, "bert", options=CUDA)
    assert on_the_gpu(replica)
    texts = library.expected("texts")
    answers = replica.post({"inputs": texts}).json()["outputs"]
    for answer, expected in zip(answers, library.expected("bert"), strict=True):
        assert answer["label"] == expected["label"]
        assert answer["score"] == pytest.approx(expected["score"], abs=1e-3)


@pytest.mark.parametrize("kind", ["float32", "float16", "bfloat16"])
def test_batches_are_proven_whatever_the_type_of_the_weights(
    served: Serve, library: Library, kind: str
) -> None:
    for name in ("wide", "image"):
        replica = served("torch", library, f"{name}-{kind}.pt2", options=CUDA)
        assert replica.state()["warning"] == "", name
    replica = served("transformers", library, "bert", options={**CUDA, "dtype": kind})
    assert replica.state()["warning"] == ""


def test_the_cpu_beside_a_gpu_is_no_silent_choice(served: Serve, library: Library) -> None:
    for engine, name in (("torch", "made.pt2"), ("transformers", "bert")):
        replica = served(engine, library, name)
        assert replica.state()["device"] == "cpu"
        assert replica.state()["warning"].startswith("runs on the CPU beside a GPU: write ")
        assert served(engine, library, name, options={"device": "cpu"}).state()["warning"] == ""


@pytest.mark.parametrize(
    ("device", "env", "reason"),
    [
        ("cuda", {"CUDA_VISIBLE_DEVICES": ""}, "options.device 'cuda' cannot be used: "),
        ("cuda:63", {}, "options.device 'cuda:63' cannot be used: "),
    ],
)
def test_a_gpu_that_is_not_there_is_a_failure(
    refusal: Refusal, library: Library, device: str, env: dict[str, str], reason: str
) -> None:
    weights, options = library.folder / "made.pt2", {"device": device}
    assert reason in refusal("torch", library.python, weights, options=options, env=env)


def test_a_request_too_large_for_the_gpu_costs_nobody_else(served: Serve, library: Library) -> None:
    replica = served("torch", library, "large.pt", options={**CUDA, "inputs": ONE["inputs"]})
    worker = replica.worker()
    answers = replica.ask_all([[1000, 0, 0], [10**8, 0, 0], [1000, 0, 0]])
    assert [answer.status_code for answer in answers] == [200, 500, 200]
    assert answers[1].json()["detail"].startswith("out of GPU memory: CUDA out of memory. Tried")
    assert replica.ask([0, 1, 2]) == [0, 1, 2]
    assert replica.worker() == worker


def test_what_a_failed_request_held_is_given_back(own: Callable[..., Replica]) -> None:
    replica = own()
    replica.ask([1, 2, 3])
    before = memory("used")
    gibibytes = memory("total") // 1024
    assert replica.ask(str(gibibytes // 4)) == 0
    assert memory("used") > before + 1024  # torch keeps it for the next request …
    assert replica.post({"input": str(gibibytes * 2)}).status_code == 500
    assert memory("used") < before + 1024  # … but not once there is too little
    assert replica.state()["worker_restarts"] == 0


@pytest.mark.parametrize(("name", "options"), [("words.pt", WORDS), ("words.pt2", CUDA)])
def test_a_kernel_that_fails_costs_its_request_and_its_worker(
    served: Serve, library: Library, name: str, options: Any
) -> None:
    replica = served("torch", library, name, options=options)
    expected = replica.ask([1, 2, 3])
    answers = replica.ask_all([[1, 2, 3], [1, 50, 3], [1, 2, 3]])
    assert [answer.status_code for answer in answers] == [200, 500, 200]
    assert answers[1].json()["detail"].startswith("the GPU failed: CUDA error: device-side assert")
    assert replica.ask([1, 2, 3]) == near(expected)
    assert 'reason="gpu"' in replica.client.get("/metrics").text


def test_a_python_model_gets_its_gpu_back(own: Callable[..., Replica]) -> None:
    replica = own()
    assert on_the_gpu(replica)
    expected = replica.ask([1, 2, 3])
    answers = replica.ask_all([[1, 2, 3], 50, [1, 2, 3]])
    assert [answer.status_code for answer in answers] == [200, 500, 200]
    assert len(replica.ask(5)) == 4
    assert len(replica.ask([1, 2, 3])) == len(expected)


def test_workers_share_the_gpu_and_leave_nothing_on_it(own: Callable[..., Replica]) -> None:
    before = memory("used")
    replica = own(workers=2)
    assert memory("used") > before
    loaded = memory("used")
    for worker in children(replica.process.pid):
        os.kill(worker, signal.SIGKILL)
    assert replica.post({"input": [1, 2, 3]}).status_code == 200
    until(lambda: replica.log.count(" is ready") == 2, "both replaced", 120)
    until(lambda: memory("used") <= loaded + 64, "the memory of the killed", 30)
    replica.stop()
    until(lambda: memory("used") <= before + 64, "all memory", 30)


def test_figures(served: Serve, library: Library) -> None:
    """What a start takes, and a batch brings; no bound, because machines differ."""
    for device in ("cpu", "cuda"):
        for rows in (1, 64):
            options, batch = {"device": device}, {"max_size": rows}
            replica = served("torch", library, "wide-float32.pt2", options=options, batch=batch)
            began = time.perf_counter()
            answers = replica.ask_all([[0.1] * 512] * 2000)
            seconds = time.perf_counter() - began
            assert {answer.status_code for answer in answers} == {200}
            start = ", ".join(f"{k} {v:.1f} s" for k, v in replica.state()["cold_start"].items())
            print(f"{device}, max_size {rows}: {2000 / seconds:.0f} requests/s; {start}")
            replica.stop()
