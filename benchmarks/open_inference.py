"""The Open Inference Protocol: gRPC beside MLServer's, and tensors as bytes beside JSON."""

from __future__ import annotations

import json
import random
import re
import statistics
import struct
import subprocess
import tempfile
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import httpx

from argosy.errors import ArgosyError
from argosy_runner.protocols.open_inference.messages import CLASSES, SERVICE
from benchmarks import servers
from benchmarks.load import Effort, need
from benchmarks.question import pixels
from benchmarks.report import Line

TITLE = "Open Inference Protocol: gRPC at 32 calls in flight, and a tensor of 1 MB"
GRPC_RATIO = 3.0
BINARY_RATIO = 5.0
CLIENTS, CALLS_EACH = 4, 8
ROWS = 4096  # of 64 floats of 4 bytes: 1 MiB
FINISHED = re.compile(r"finished in [^,]+, ([0-9.]+) req/s")


def measure(effort: Effort) -> list[Line]:
    """Raises `ArgosyError` when a part is missing or an answer is wrong."""
    need("h2load")
    with tempfile.TemporaryDirectory(prefix="argosy-bench-") as name:
        return [_grpc(Path(name), effort), _binary(Path(name), effort)]


def _grpc(folder: Path, effort: Effort) -> Line:
    ours, theirs, port = servers.free_port(), servers.free_port(), servers.free_port()
    http = servers.free_port()
    settings = {"grpc_listen": f"127.0.0.1:{ours}"}
    with (
        servers.runner(folder, port, **settings),
        servers.mlserver(folder, http, theirs),
    ):
        servers.until_ready(f"http://127.0.0.1:{port}/ready", folder / "runner.log")
        ready = f"http://127.0.0.1:{http}/v2/models/digits/ready"
        servers.until_ready(ready, folder / "mlserver.log")
        question = _question(1)
        frame = folder / "call.bin"
        data = question.SerializeToString()
        frame.write_bytes(struct.pack(">BI", 0, len(data)) + data)
        if _label(ours, question) != _label(theirs, question):
            raise ArgosyError("the two sides disagree")
        for side in (ours, theirs):
            _calls_per_second(side, frame, 1)
        pairs = [
            tuple(_calls_per_second(side, frame, effort.seconds) for side in (ours, theirs))
            for _ in range(effort.rounds)
        ]
    return Line(
        "gRPC calls/s, MLServer as peer",
        statistics.median(mine / other for mine, other in pairs), "×", GRPC_RATIO, None,
        f"{statistics.median(mine for mine, _ in pairs):,.0f}",
        f"{statistics.median(other for _, other in pairs):,.0f}",
    )  # fmt: skip


def _question(rows: int) -> Any:
    """A ModelInferRequest of so many handwritten threes."""
    tensor = CLASSES["ModelInferRequest.InferInputTensor"](
        name="pixels", datatype="FP32", shape=[rows, 64]
    )
    values = [float(value) for value in pixels()]
    return CLASSES["ModelInferRequest"](
        model_name="digits",
        inputs=[tensor],
        raw_input_contents=[struct.pack("<64f", *values) * rows],
    )


def _label(port: int, question: Any) -> int:
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        ask = channel.unary_unary(
            f"/{SERVICE}/ModelInfer",
            request_serializer=CLASSES["ModelInferRequest"].SerializeToString,
            response_deserializer=CLASSES["ModelInferResponse"].FromString,
        )
        answer = ask(question, timeout=30)
    if answer.raw_output_contents:
        return int.from_bytes(answer.raw_output_contents[0][:8], "little")
    return int(answer.outputs[0].contents.int64_contents[0])


def _calls_per_second(port: int, frame: Path, seconds: int) -> float:
    done = subprocess.run(
        [
            "h2load", f"--duration={seconds}", f"--clients={CLIENTS}",
            f"--max-concurrent-streams={CALLS_EACH}", f"--data={frame}",
            "--header=content-type: application/grpc", "--header=te: trailers",
            f"http://127.0.0.1:{port}/{SERVICE}/ModelInfer",
        ],
        capture_output=True, text=True, check=False, timeout=seconds + 30,
    )  # fmt: skip
    found = FINISHED.search(done.stdout)
    if found is None:
        raise ArgosyError(done.stderr.strip() or done.stdout.strip(), where="h2load")
    return float(found[1])


def _binary(folder: Path, effort: Effort) -> Line:
    """The same 4096 rows to the same replica, one request after the other."""
    port = servers.free_port()
    place = folder / "binary"
    place.mkdir()
    with servers.runner(place, port, batch={"max_size": ROWS}):
        servers.until_ready(f"http://127.0.0.1:{port}/ready", place / "runner.log")
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            as_bytes, as_json = _asker(client, binary=True), _asker(client, binary=False)
            if as_bytes() != as_json():
                raise ArgosyError("the two forms are answered differently")
            pairs = [(_seconds(as_json), _seconds(as_bytes)) for _ in range(effort.rounds * 3)]
    return Line(
        "a tensor of 1 MB as bytes, JSON as peer",
        statistics.median(json_took / bytes_took for json_took, bytes_took in pairs), "×",
        BINARY_RATIO, None,
        f"{statistics.median(took for _, took in pairs) * 1e3:.1f} ms",
        f"{statistics.median(took for took, _ in pairs) * 1e3:.1f} ms",
    )  # fmt: skip


def _asker(client: httpx.Client, *, binary: bool) -> Callable[[], bytes]:
    """What asks for the labels of all rows, in bytes; building the request is not part of it."""
    chance = random.Random(0)  # numbers with all their digits, as tensors have them
    values = array("f", [chance.uniform(0, 16) for _ in range(ROWS * 64)])
    tensor: dict[str, Any] = {"name": "pixels", "shape": [ROWS, 64], "datatype": "FP32"}
    data = values.tobytes() if binary else b""
    if binary:
        tensor["parameters"] = {"binary_data_size": len(data)}
    else:
        tensor["data"] = values.tolist()
    output = {"name": "label", "parameters": {"binary_data": True}}
    head = json.dumps({"inputs": [tensor], "outputs": [output]}).encode()
    headers = {"content-type": "application/json"}
    if binary:
        headers = {
            "content-type": "application/octet-stream",
            "inference-header-content-length": str(len(head)),
        }

    def ask() -> bytes:
        answer = client.post("/v2/models/digits/infer", content=head + data, headers=headers)
        if not answer.is_success:
            raise ArgosyError(f"{answer.status_code} {answer.text}")
        return answer.content[int(answer.headers["inference-header-content-length"]) :]

    return ask


def _seconds(ask: Callable[[], bytes]) -> float:
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began
