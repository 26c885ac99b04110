from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from argosy.errors import UsageError
from argosy.imported.run import run
from tests.imported.conftest import Import


def test_a_stack_file_that_is_there_is_never_overwritten_unasked(imported: Import) -> None:
    imported("vllm")
    output = Path("argosy.yaml")
    output.write_text("mine\n")
    with pytest.raises(
        UsageError, match=r"argosy\.yaml: this file is there already\. Name another"
    ):
        run([Path()], output)
    assert output.read_text() == "mine\n"
    run([Path()], output, force=True)
    assert output.read_text().startswith("# Made by `argosy import` of compose.yaml.")


def test_a_folder_that_cannot_be_written_to_is_said(imported: Import) -> None:
    imported("vllm")
    with pytest.raises(UsageError, match="the stack file cannot be written"):
        run([Path()], Path("gone/argosy.yaml"))


def test_several_files_are_put_on_top_of_one_another(imported: Import) -> None:
    imported("override")
    places = [Path("compose.yaml"), Path("compose.override.yaml")]
    assert run(places, Path("a.yaml")).conversion == run([Path()], Path("b.yaml")).conversion


def test_every_run_writes_the_same(imported: Import) -> None:
    served = "{image: vllm/vllm-openai, command: a/b --served-model-name chat}"
    names = ", ".join(f"{name}: {served}" for name in ("one", "two", "three", "four"))
    imported(text=f"services: {{{names}}}")
    texts = {
        subprocess.run(
            [sys.executable, "-m", "argosy", "import", "-o", "-"],
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        ).stdout
        for seed in "123"
    }  # fmt: skip
    assert len(texts) == 1


def test_the_summary_counts_values_and_names_what_must_be_set(imported: Import) -> None:
    imported("tgi")
    summary = run([Path()], Path("argosy.yaml")).summary().splitlines()
    assert summary[0].startswith("wrote argosy.yaml: 1 model, 1 companion. Values of the Compose")
    assert summary[1].endswith(": HF_TOKEN.")


def test_the_report_holds_the_text_only_where_it_was_not_written(imported: Import) -> None:
    imported("rag")
    assert "text" not in run([Path()], Path("argosy.yaml")).report()
    assert run([Path()], Path("-")).report()["text"].startswith("# Made by")
