"""A new revision takes over without a lost request, or not at all."""

from __future__ import annotations

import pytest

from tests.scenarios.stack import Load, StackUnderTest, aside

ONE_REPLICA = "echo:\n  code: ./echo\n"
UNCALLED = ONE_REPLICA + "  drain: 0s\n"  # nobody asks it while it leaves
ANSWERS = """
class Model:
    def predict(self, input):
        return input + "|{version}"
"""
FAILS_TO_LOAD = """
class Model:
    def load(self, weights):
        raise ValueError("these weights are for another model")

    def predict(self, input):
        return input
"""


def version(number: int) -> str:
    return ANSWERS.format(version=f"v{number}")


@pytest.mark.on_every_platform
async def test_a_new_revision_takes_over_under_load_without_a_failed_request(
    stack: StackUnderTest,
) -> None:
    stack.write(ONE_REPLICA, echo__model=version(1))
    await aside(stack.up)
    async with Load(f"{stack.url}/api/echo").running() as load:
        await load.more(100)
        stack.put("echo/model.py", version(2))
        await aside(stack.up)
        await load.more(100)
    assert load.failed == 0, load.failures[:3]
    assert load.wrong == []
    versions = [answer.split("|")[1] for answer in load.answers]
    assert set(versions) == {"v1", "v2"}
    assert set(versions[-50:]) == {"v2"}
    model = stack.model("echo")
    assert (model["serving"], model["state"]) == (2, "ready")
    assert [one["revision"] for one in model["replicas"]] == [2]


@pytest.mark.on_every_platform
def test_a_revision_that_fails_to_load_leaves_the_old_one_serving(stack: StackUnderTest) -> None:
    stack.write(UNCALLED, echo__model=version(1))
    stack.up()
    stack.put("echo/model.py", FAILS_TO_LOAD)
    result = stack.argosy("up", "-d")
    assert result.code == 1
    assert "ValueError: these weights are for another model" in result.err
    assert "echo r1 goes on serving" in result.err
    assert "argosy_runner" not in result.err
    assert stack.call("echo", "a").json() == {"output": "a|v1"}


def test_a_failed_revision_is_replaced_by_the_next_one(stack: StackUnderTest) -> None:
    stack.write(UNCALLED, echo__model=version(1))
    stack.up()
    stack.put("echo/model.py", FAILS_TO_LOAD)
    assert stack.argosy("up", "-d").code == 1
    stack.put("echo/model.py", version(3))
    stack.up()
    assert stack.call("echo", "a").json() == {"output": "a|v3"}
    assert stack.model("echo")["serving"] == 3


def test_going_back_to_what_serves_needs_no_new_revision(stack: StackUnderTest) -> None:
    stack.write(UNCALLED, echo__model=version(1))
    stack.up()
    stack.put("echo/model.py", FAILS_TO_LOAD)
    assert stack.argosy("up", "-d").code == 1
    stack.put("echo/model.py", version(1))
    result = stack.up()
    assert "Nothing to do" in result.out
    assert stack.model("echo")["serving"] == 1


async def test_changed_weights_take_over_under_load_without_a_failed_request(
    stack: StackUnderTest,
) -> None:
    code = """
class Model:
    def load(self, weights):
        self.version = weights.read_text()

    def predict(self, input):
        return input + "|" + self.version
"""
    stack.write(ONE_REPLICA + "  weights: ./version.txt\n", echo__model=code)
    stack.put("version.txt", "v1")
    await aside(stack.up)
    async with Load(f"{stack.url}/api/echo").running() as load:
        stack.put("version.txt", "v2")
        assert "weights changed" in (await aside(stack.argosy, "plan")).out
        await aside(stack.up)
        await load.more(100)
    assert load.failed == 0, load.failures[:3]
    assert load.wrong == []
    assert {answer.split("|")[1] for answer in load.answers} == {"v1", "v2"}
    assert load.answers[-1].endswith("|v2")
    assert stack.model("echo")["serving"] == 2


def test_a_second_up_with_nothing_changed_does_nothing_and_says_so(stack: StackUnderTest) -> None:
    stack.write(UNCALLED, echo__model=version(1))
    stack.up()
    before = stack.model("echo")["replicas"]
    assert "Nothing to do: everything runs as declared." in stack.up().out
    assert stack.argosy("plan").out.strip() == "Nothing to do: everything runs as declared."
    assert [one["pid"] for one in stack.model("echo")["replicas"]] == [one["pid"] for one in before]


@pytest.mark.on_every_platform
def test_only_the_changed_model_is_touched_and_the_plan_says_why(stack: StackUnderTest) -> None:
    stack.write(
        UNCALLED + "other:\n  code: ./other\n",
        echo__model=version(1),
        other__model=version(1),
    )
    stack.up()
    before = stack.model("other")["replicas"][0]["pid"]
    stack.put("echo/model.py", version(2))
    plan = stack.argosy("plan").out
    assert "code changed: model.py" in plan
    assert "other" not in plan
    stack.up()
    assert stack.model("other")["replicas"][0]["pid"] == before


@pytest.mark.on_every_platform
def test_a_changed_environment_makes_a_new_revision_while_the_old_serves(
    stack: StackUnderTest,
) -> None:
    code = """
try:
    import six
    version = six.__version__
except ImportError:
    version = "none"

class Model:
    def predict(self, input):
        return input + "|" + version
"""
    stack.write(UNCALLED, echo__model=code)
    stack.up()
    assert stack.call("echo", "a").json() == {"output": "a|none"}
    stack.put("echo/requirements.txt", "six==1.16.0\n")
    stack.up()
    assert stack.call("echo", "a").json() == {"output": "a|1.16.0"}
    stack.put("echo/requirements.txt", "six==99\n")
    result = stack.argosy("up", "-d")
    assert result.code == 1
    assert "six" in result.err
    assert stack.call("echo", "a").json() == {"output": "a|1.16.0"}


def test_a_changed_setting_makes_a_new_revision_with_its_cause(stack: StackUnderTest) -> None:
    stack.write(UNCALLED, echo__model=version(1))
    stack.up()
    stack.write(UNCALLED + "  timeout: 5s\n")
    assert "timeout changed: 30s → 5s" in stack.argosy("plan").out
    stack.up()
    assert stack.model("echo")["serving"] == 2


@pytest.mark.on_every_platform
async def test_restart_replaces_replicas_without_a_failed_request(stack: StackUnderTest) -> None:
    stack.write(ONE_REPLICA, echo__model=version(1))
    await aside(stack.up)
    assert (await aside(stack.argosy, "scale", "echo=2")).code == 0
    before = stack.model("echo")["replicas"][0]["pid"]
    stack.put("echo/model.py", version(2))
    async with Load(f"{stack.url}/api/echo").running() as load:
        result = await aside(stack.argosy, "restart", "echo")
        assert result.code == 0, result.err
        await load.more(50)
    assert load.failed == 0, load.failures[:3]
    assert stack.model("echo")["replicas"][0]["pid"] != before
    assert len(stack.model("echo")["replicas"]) == 2
    assert stack.call("echo", "a").json() == {"output": "a|v1"}  # no edit is deployed by a restart


@pytest.mark.on_every_platform
async def test_scaling_up_and_down_under_load_loses_nothing(stack: StackUnderTest) -> None:
    stack.write(ONE_REPLICA, echo__model=version(1))
    await aside(stack.up)
    async with Load(f"{stack.url}/api/echo").running() as load:
        assert (await aside(stack.argosy, "scale", "echo=3")).code == 0
        assert stack.model("echo")["ready"] == 3
        await load.more(100)
        assert (await aside(stack.argosy, "scale", "echo=1")).code == 0
        await load.more(100)
    assert load.failed == 0, load.failures[:3]
    assert len(stack.model("echo")["replicas"]) == 1
