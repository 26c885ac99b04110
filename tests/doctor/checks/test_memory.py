from __future__ import annotations

from pathlib import Path

from argosy.doctor.checks import memory
from argosy.doctor.checks.memory import judge
from argosy.stack.model import Model, Resources
from tests.doctor.cases import case, stack

GIB = 2**30


def model(size: int | None, replicas: int = 1) -> Model:
    return Model("digits", replicas=replicas, resources=Resources(memory=size))


def test_what_fits_is_well() -> None:
    (result,) = judge(stack(model(GIB, 2)), 4 * GIB, 8 * GIB, runs=False)
    assert (result.verdict, result.found) == (
        "ok",
        "2 replicas may use 2,048 MiB, 4,096 MiB is available",
    )


def test_replicas_that_do_not_fit_together_fail() -> None:
    (result,) = judge(stack(model(GIB, 5)), 4 * GIB, 8 * GIB, runs=False)
    assert (result.verdict, "Lower" in result.mend) == ("failure", True)


def test_one_that_never_fits_fails_even_while_the_stack_runs() -> None:
    (result,) = judge(stack(model(9 * GIB)), None, 8 * GIB, runs=True)
    assert (result.verdict, result.mend) == (
        "failure",
        "Lower models.digits.resources.memory.",
    )


def test_a_stack_that_runs_has_its_memory() -> None:
    (result,) = judge(stack(model(GIB, 5)), GIB, 8 * GIB, runs=True)
    assert (result.verdict, "runs already" in result.found) == ("ok", True)


def test_a_model_without_limit_is_worth_a_note() -> None:
    (result,) = judge(stack(model(None)), GIB, 8 * GIB, runs=False)
    assert (result.verdict, result.mend) == ("note", "Set models.digits.resources.memory.")


async def test_a_stack_larger_than_this_machine_fails(tmp_path: Path) -> None:
    (result,) = await memory.check(case(stack(model(2**50), file=tmp_path / "argosy.yaml")))
    assert result.verdict == "failure"
