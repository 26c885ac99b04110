from __future__ import annotations

from pathlib import Path

import pytest

from tests.runner.conftest import Start


def test_a_model_answers_one_input_or_many_in_order(serve: Start) -> None:
    replica = serve("class Model:\n    def predict(self, number):\n        return number * 2\n")
    assert replica.ask(21) == 42
    assert replica.post({"inputs": list(range(50))}).json() == {"outputs": list(range(0, 100, 2))}
    assert replica.post({"inputs": []}).json() == {"outputs": []}


def test_load_gets_the_weights_as_a_path(serve: Start, tmp_path: Path) -> None:
    (tmp_path / "weights.txt").write_text("41")
    replica = serve(
        """
        class Model:
            def load(self, weights):
                self.add = int(weights.read_text())
            def predict(self, number):
                return number + self.add
        """,
        weights=str(tmp_path / "weights.txt"),
    )
    assert replica.ask(1) == 42


def test_load_without_parameters_and_async_load(serve: Start) -> None:
    code = """
        class Model:
            {} load(self):
                self.word = "loaded"
            def predict(self, _):
                return self.word
    """
    assert serve(code.format("def")).ask(None) == "loaded"
    assert serve(code.format("async def")).ask(None) == "loaded"


def test_waiting_requests_are_computed_together(serve: Start) -> None:
    replica = serve(
        """
        class Model:
            max_batch = 8
            def predict(self, inputs):
                return [len(inputs)] * len(inputs)
        """
    )
    sizes = replica.post({"inputs": [0] * 20}).json()["outputs"]
    assert sizes == [8] * 16 + [4] * 4


def test_the_stack_file_can_lower_the_batch_but_not_raise_it(serve: Start) -> None:
    code = """
        class Model:
            max_batch = 4
            def predict(self, inputs):
                return [len(inputs)] * len(inputs)
    """
    lower, higher = serve(code, batch={"max_size": 2}), serve(code, batch={"max_size": 64})
    assert max(lower.post({"inputs": [0] * 9}).json()["outputs"]) == 2
    assert max(higher.post({"inputs": [0] * 9}).json()["outputs"]) == 4


def test_async_rows_wait_for_each_other_and_not_in_turn(serve: Start) -> None:
    replica = serve(
        """
        import asyncio
        class Model:
            waiting = 0
            async def predict(self, number):
                self.waiting += 1
                while self.waiting < 5:
                    await asyncio.sleep(0.001)
                return number
        """
    )
    assert replica.post({"inputs": [1, 2, 3, 4, 5]}).json() == {"outputs": [1, 2, 3, 4, 5]}


def test_a_dataclass_is_checked_and_constructed(serve: Start) -> None:
    replica = serve(
        """
        from __future__ import annotations
        import dataclasses

        @dataclasses.dataclass
        class Point:
            x: float
            y: float = 1.0

        class Model:
            def predict(self, point: Point):
                return {"sum": point.x + point.y, "back": point}
        """
    )
    assert replica.ask({"x": 2}) == {"sum": 3.0, "back": {"x": 2, "y": 1.0}}
    wrong = replica.post({"input": {"x": "two"}})
    assert wrong.status_code == 422
    assert wrong.json()["detail"] == "$.input.x: expected float, got str"


def test_each_row_of_a_batch_has_the_hint_of_the_list(serve: Start) -> None:
    replica = serve(
        """
        from typing import List
        class Model:
            max_batch = 4
            def predict(self, texts: List[str]) -> List[int]:
                return [len(text) for text in texts]
        """
    )
    assert replica.ask("abc") == 3
    wrong = replica.post({"inputs": ["a", "b", 3]})
    assert (wrong.status_code, wrong.json()["detail"]) == (
        422, "$.inputs[2]: expected str, got int",
    )  # fmt: skip


def test_a_row_that_raises_fails_alone(serve: Start) -> None:
    replica = serve(
        """
        class Model:
            max_batch = 8
            def predict(self, numbers):
                return [1 / number for number in numbers]
        """
    )
    answer = replica.post({"inputs": [1, 2, 0, 4]})
    assert answer.status_code == 500
    assert answer.json()["detail"] == "$.inputs[2]: ZeroDivisionError: division by zero"
    assert answer.json()["error"] == "ZeroDivisionError"
    assert replica.ask(2) == 0.5
    assert "ZeroDivisionError" in replica.log
    assert "model.py" in replica.log
    assert "argosy_runner" not in replica.log


@pytest.mark.parametrize("returned", ["[1]", "3"])
def test_a_batch_answered_by_a_wrong_number_of_outputs_is_said(serve: Start, returned: str) -> None:
    replica = serve(
        f"""
        class Model:
            max_batch = 8
            def predict(self, inputs):
                return {returned} if inputs != [0] else []
        """
    )
    answer = replica.post({"input": 0})
    assert answer.status_code == 500
    assert "predict returned 0 outputs for 1 inputs" in answer.json()["detail"]


def test_an_answer_that_json_cannot_carry_is_an_error(serve: Start) -> None:
    replica = serve("class Model:\n    def predict(self, text: str):\n        return float(text)\n")
    answer = replica.post({"input": "nan"})
    assert answer.status_code == 500
    assert "NaN or infinity" in answer.json()["detail"]
    assert replica.ask("1") == 1.0


def test_sys_exit_in_predict_is_an_error_of_the_request(serve: Start) -> None:
    replica = serve(
        "import sys\nclass Model:\n    def predict(self, code):\n        sys.exit(code)\n"
    )
    worker = replica.worker()
    assert replica.post({"input": 3}).json()["detail"] == "SystemExit: 3"
    assert replica.worker() == worker


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("x = 1\n", "has no class Model"),
        ("class Model:\n    pass\n", "has no method predict"),
        ("class Model:\n    max_batch = 0\n    def predict(self, x): ...\n", "whole number from 1"),
        (
            "class Model:\n    tolerance = 2\n    def predict(self, x): ...\n",
            "tolerance must be a number between 0 and 1, not 2",
        ),
        ("class Model:\n    def predict(self): ...\n", "predict takes no input"),
        ("import nothing_like_it\n", "ModuleNotFoundError: No module named 'nothing_like_it'"),
        ("class Model\n", "SyntaxError: expected ':'"),
        (
            "class Model:\n    def predict(self, x): ...\n    def load(self, w):\n        w.name\n",
            "AttributeError: 'NoneType' object has no attribute 'name'",
        ),
        (
            "class Model:\n    examples = (1,)\n    def predict(self, x):\n        return x.y\n",
            "AttributeError: 'int' object has no attribute 'y'",
        ),
        ("import os\nos._exit(7)\n", "the worker exited with code 7 while loading"),
        ("import sys\nsys.exit('bye')\n", "SystemExit: bye"),
    ],
)
def test_a_model_that_cannot_load_ends_the_replica_with_its_own_reason(
    start: Start, code: str, reason: str
) -> None:
    replica = start(code)
    assert replica.exit_code() == 1
    assert reason in replica.termination.read_text()
    assert "argosy_runner" not in replica.termination.read_text()
    assert reason in replica.log
    assert not replica.stray


def test_a_missing_model_file_is_said(start: Start, tmp_path: Path) -> None:
    replica = start(code=None)
    assert replica.exit_code() == 1
    assert "no `code` folder" in replica.termination.read_text()
    (tmp_path / "empty").mkdir()
    replica = start(None, folder_of_code=tmp_path / "empty")
    assert replica.exit_code() == 1
    assert "there is no model.py in" in replica.termination.read_text()


def test_examples_are_answered_before_it_is_ready(serve: Start) -> None:
    replica = serve(
        """
        class Model:
            max_batch = 4
            examples = ["a", "b"]
            seen = []
            def predict(self, inputs):
                self.seen.append(list(inputs))
                return [self.seen] * len(inputs)
        """
    )
    seen = replica.ask("c")
    assert seen[:2] == [["a"], ["b"]]
    assert ["a", "b", "a", "b"] in seen
    assert ["b", "a", "b", "a"] in seen
    assert seen[-1] == ["c"]


@pytest.mark.parametrize(("tolerance", "unbatched"), [("None", True), ("0.02", False)])
def test_a_model_says_how_coarsely_it_computes(
    serve: Start, tolerance: str, unbatched: bool
) -> None:
    replica = serve(
        f"""
        class Model:
            max_batch = 8
            tolerance = {tolerance}
            examples = [1.0, 2.0, 3.0]
            def predict(self, inputs):
                return [one * (1.01 if len(inputs) > 1 else 1) for one in inputs]
        """
    )
    assert bool(replica.state()["warning"]) == unbatched
