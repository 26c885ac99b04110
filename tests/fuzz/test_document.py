from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.fuzz.conftest import STARTS
from tests.fuzz.wire import calm_after
from tests.runner.replicas import Replica

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance,unsupported_method"
)


def test_requests_made_from_the_document_are_answered_as_it_says(
    target: Replica, tmp_path: Path, seconds: float
) -> None:
    url = f"http://127.0.0.1:{target.port}"
    until = time.monotonic() + seconds
    with calm_after(target):
        while (left := until - time.monotonic()) > 0:
            done = subprocess.run(
                [
                    str(Path(sys.executable).with_name("schemathesis")),
                    "run", f"{url}/openapi.json", "--url", url, "--checks", CHECKS,
                    "--max-examples", "50" if left > 30 else "5", "--no-color",
                ],
                capture_output=True, text=True, check=False, cwd=tmp_path,
                timeout=seconds + STARTS,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
