"""What Prometheus says of its configuration."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from argosy.export.write import texts
from tests.export.stacks import SMALL, content, declare


@pytest.mark.promtool
def test_prometheus_takes_it(tmp_path: Path, promtool: Path) -> None:
    file = tmp_path / "prometheus.yml"
    file.write_text(texts(content(declare(tmp_path, SMALL)))["prometheus/prometheus.yml"])
    done = subprocess.run(
        [promtool, "check", "config", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
