"""The word `production` is a whole rollout: its steps are planned, its guards take back."""

from __future__ import annotations

from tests.scenarios.stack import Load, StackUnderTest, aside

MODEL = """
class Model:
    def predict(self, input):
        return input
"""
FAILS_AT_TIMES = """
class Model:
    def predict(self, input):
        if input.endswith(("1", "3", "5", "7", "9")):
            raise ValueError("v2 knows no odd numbers")
        return input
"""
UNPROVEN = "echo: rolled out as in production, but without a suite"


def test_the_steps_are_planned_and_a_missing_suite_is_told(stack: StackUnderTest) -> None:
    stack.write("echo:\n  code: ./echo\n  rollout: production\n", echo__model=MODEL)
    assert UNPROVEN in stack.up().err
    stack.put("echo/model.py", MODEL + "# next\n")
    planned = stack.argosy("plan")
    for share in ("10 %", "50 %", "100 %"):
        assert f"route {share} to r2" in planned.out
    assert UNPROVEN in planned.err
    stack.put("echo.jsonl", '{"input": "a", "expected": "a"}\n' * 300)
    stack.write("echo:\n  code: ./echo\n  probe: {suite: echo.jsonl}\n  rollout: production\n")
    planned = stack.argosy("plan")
    assert "prove r2 against r1" in planned.out
    assert UNPROVEN not in planned.err


async def test_a_revision_that_fails_at_times_is_rolled_back_by_a_guard_that_nobody_wrote(
    stack: StackUnderTest,
) -> None:
    rollout = "{defaults: production, steps: [50, 100], hold: 1s}"
    stack.write(f"echo:\n  code: ./echo\n  rollout: {rollout}\n", echo__model=MODEL)
    await aside(stack.up)
    async with Load(f"{stack.url}/api/echo", callers=12, apart=True).running() as load:
        stack.put("echo/model.py", FAILS_AT_TIMES)
        ended = await aside(stack.argosy, "up", "-d")
        await load.more(100)
    assert ended.code == 1, ended.out
    assert "guard error_rate: Error rate" in ended.err
    assert "at most 1 % is allowed" in ended.err
