from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from argosy.cli import argosy
from argosy.cli.lint import FORMATS
from argosy.errors import ArgosyError
from argosy.lint import format as formats
from tests.lint.files import write

DOCKERFILE = """\
FROM python:3.12-slim
RUN pip install torch==2.8.0
CMD uvicorn app:app
"""
MENDED = """\
FROM python:3.12-slim
RUN pip install --no-cache-dir torch==2.8.0
CMD ["uvicorn", "app:app"]
"""
TWO = "--select=AI112,shell-form-command"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one Dockerfile, which is the current folder."""
    write(tmp_path, {"Dockerfile": DOCKERFILE, ".git/HEAD": ""})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lint(*arguments: str, stdin: str | bytes | None = None) -> Result:
    """Run the command in this process; faults of ours are raised."""
    done = CliRunner().invoke(argosy, ["lint", *arguments], input=stdin)
    if done.exception is not None and not isinstance(done.exception, SystemExit | ArgosyError):
        raise done.exception
    return done


def misuse(*arguments: str, stdin: str | bytes | None = None) -> str:
    """What a command is refused with."""
    error = lint(*arguments, stdin=stdin).exception
    assert isinstance(error, ArgosyError)
    assert error.exit_code == 2
    return str(error)


def test_findings_are_printed_and_the_exit_code_is_1(here: Path) -> None:
    done = lint(TWO)
    assert done.exit_code == 1
    assert "Dockerfile:2:1  warning AI112 package-cache-kept" in done.stdout
    assert "\x1b[" not in done.stdout
    assert done.stdout.endswith("2 warnings in 1 file. --fix mends 2.\n")


def test_nothing_found_is_0(here: Path) -> None:
    done = lint("--select=AI401", "Dockerfile")
    assert (done.exit_code, done.stdout) == (0, "Nothing found in 1 file.\n")


@pytest.mark.parametrize(
    ("threshold", "code"), [("error", 0), ("warning", 1), ("info", 1), ("none", 0)]
)
def test_the_threshold_decides_what_fails(here: Path, threshold: str, code: int) -> None:
    assert lint(TWO, f"--failure-threshold={threshold}").exit_code == code


def test_settings_of_a_file_count_and_flags_go_before_them(here: Path) -> None:
    (here / ".argosy-lint.yaml").write_text("select: AI112\nseverity: {AI112: error}\n")
    assert "1 error in 1 file" in lint().stdout
    assert "1 warning in 1 file" in lint("--select=AI116").stdout
    assert "2 warnings in 1 file" in lint(TWO, "--no-config").stdout
    (here / "other.yaml").write_text("select: AI116\n")
    assert "1 warning in 1 file" in lint("--config=other.yaml").stdout


def test_a_mistake_in_a_configuration_is_misuse_with_its_place(here: Path) -> None:
    (here / ".argosy-lint.yaml").write_text("\nselct: AI112\n")
    assert misuse() == ".argosy-lint.yaml:2:1: selct: unknown key. Did you mean select?"


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--select=AI998",), "there is no rule `AI998`"),
        (("--explain=AI998",), "there is no rule `AI998`"),
        (("nowhere",), "no such file or folder"),
        (("https://example.org/compose.yaml",), "addresses are not fetched"),
        (("empty",), "nothing to lint here. Looked for Dockerfiles"),
        (("binary.bin",), "this file cannot be read"),
        (("broken",), "this link leads nowhere"),
        (("notes.md",), "this is nothing that can be linted"),
        (("compose.old.yaml",), "there is no `services:` in this Compose file"),
    ],
)
def test_misuse_says_what_and_what_to_do(here: Path, arguments: tuple[str, ...], what: str) -> None:
    (here / "empty").mkdir()
    (here / "binary.bin").write_bytes(b"\x00\xff\xfe")
    (here / "broken").symlink_to("nowhere")
    (here / "notes.md").write_text("# Notes\n")
    (here / "compose.old.yaml").write_text("llm: {image: vllm/vllm-openai}\n")
    told = misuse(*arguments)
    assert what in told
    assert len(told) > len(what) + 10


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("90", "'90' has no unit. Write 90s."),
        ("soon", "'soon' is not a duration. Write it like 90s or 5m."),
    ],
)
def test_a_duration_that_is_none_is_misuse(text: str, said: str) -> None:
    done = lint(f"--cold-start={text}")
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_file_that_cannot_be_parsed_is_2_and_the_rest_is_linted(here: Path) -> None:
    write(here, {"compose.yaml": "services:\n  a:\n    image: [\n"})
    done = lint(TWO)
    assert done.exit_code == 2
    assert "cannot be read  compose.yaml:" in done.stdout
    assert "AI112" in done.stdout


def test_a_list_of_packages_that_cannot_be_read_is_2(here: Path) -> None:
    (here / "environment.yml").write_text("dependencies:\n\t- pytorch\n")
    done = lint(".")
    assert done.exit_code == 2
    assert "environment.yml:2:1: a tab is used for indentation. YAML is indented" in done.stdout


def test_what_cannot_be_read_in_a_folder_is_told_beside_the_rest(here: Path) -> None:
    (here / "a").mkdir()
    (here / "a" / "Dockerfile").write_bytes(b"FROM scratch\n\xff\xfe")
    (here / "b.Dockerfile").symlink_to("nowhere")
    done = lint(TWO)
    assert done.exit_code == 2
    assert "cannot be read  a/Dockerfile:2:1: the file is not UTF-8. Save it" in done.stdout
    assert "cannot be read  b.Dockerfile:1:1: this link leads nowhere. Mend" in done.stdout
    assert "AI112" in done.stdout


@pytest.mark.parametrize("pattern", ["old", "old/*", "old/Dockerfile", "*/a/Dockerfile"])
def test_rules_are_left_out_below_paths(here: Path, pattern: str) -> None:
    write(here, {"old/Dockerfile": DOCKERFILE, "old/a/Dockerfile": DOCKERFILE})
    (here / ".argosy-lint.yaml").write_text(f"select: AI112\nper-path: {{'{pattern}': AI112}}\n")
    told = lint().stdout
    assert "Dockerfile:2:1  warning AI112" in told
    assert told.count("AI112") == (2 if pattern.endswith("Dockerfile") else 1)


def test_what_is_excluded_is_not_looked_at_unless_it_is_named(here: Path) -> None:
    write(here, {"old/Dockerfile": DOCKERFILE})
    (here / ".argosy-lint.yaml").write_text("select: AI112\nexclude: old\n")
    assert "1 warning in 1 file" in lint().stdout
    assert "1 warning in 1 file" in lint("old/Dockerfile").stdout


def test_fix_writes_tells_and_leaves_the_rest(here: Path) -> None:
    done = lint("--fix", "--select=AI112,AI116,AI405")
    assert (here / "Dockerfile").read_text() == MENDED
    assert done.stderr == "mended Dockerfile: AI112 package-cache-kept, AI116 shell-form-command\n"
    assert done.exit_code == 1
    assert "AI405 runs-as-root" in done.stdout
    assert "AI112" not in done.stdout
    again = lint("--fix", TWO)
    assert (again.exit_code, again.stderr) == (0, "")


def test_unsafe_fixes_are_made_only_when_asked_for(here: Path) -> None:
    lint("--unsafe-fixes", "--select=AI405")
    assert "USER app" in (here / "Dockerfile").read_text()


def test_a_diff_writes_nothing_and_says_by_its_code_whether_there_is_one(here: Path) -> None:
    done = lint("--diff", "--fix", TWO)
    assert done.exit_code == 1
    assert '+CMD ["uvicorn", "app:app"]\n' in done.stdout
    assert (here / "Dockerfile").read_text() == DOCKERFILE
    lint("--fix", TWO)
    none = lint("--diff", TWO)
    assert (none.exit_code, none.stdout) == (0, "")


def test_git_takes_the_diff(here: Path) -> None:
    subprocess.run(["git", "init", "-q", "."], check=True, capture_output=True)
    patch = lint("--diff", TWO).stdout
    subprocess.run(["git", "apply", "-"], input=patch, text=True, check=True)
    assert (here / "Dockerfile").read_text() == MENDED


def test_standard_input_is_linted_by_what_it_is_or_by_its_name(here: Path) -> None:
    done = lint("-", TWO, stdin=DOCKERFILE)
    assert done.exit_code == 1
    assert "<stdin>:2:1  warning AI112" in done.stdout
    named = lint("-", "--stdin-filename=app/Dockerfile", TWO, stdin=DOCKERFILE)
    assert "app/Dockerfile:2:1  warning AI112" in named.stdout


def test_standard_input_is_mended_to_standard_output(here: Path) -> None:
    done = lint("-", "--fix", "--stdin-filename=Dockerfile", TWO, stdin=DOCKERFILE)
    assert (done.exit_code, done.stdout) == (0, MENDED)
    assert "Nothing found in 1 file." in done.stderr
    assert (here / "Dockerfile").read_text() == DOCKERFILE


def test_standard_input_that_is_no_text_is_misuse() -> None:
    assert "this is not UTF-8" in misuse("-", stdin=b"\xff\xfe")


def test_every_format_is_offered_and_prints_what_it_should(here: Path) -> None:
    assert tuple(FORMATS) == formats.names()
    told = {form: lint(TWO, f"--format={form}").stdout for form in FORMATS}
    assert len(json.loads(told["json"])["findings"]) == 2
    assert len(json.loads(told["sarif"])["runs"][0]["results"]) == 2
    assert len(json.loads(told["gitlab"])) == 2
    assert ET.fromstring(told["junit"]).get("failures") == "2"
    assert told["github"].count("::warning file=Dockerfile,") == 2
    assert lint(TWO, "--json").stdout == told["json"]


def test_paths_of_programs_begin_at_the_repository(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(here, {"app/Dockerfile": DOCKERFILE})
    monkeypatch.chdir(here / "app")
    assert "file=app/Dockerfile," in lint(TWO, "--format=github").stdout
    assert lint(TWO).stdout.startswith("Dockerfile:2:1")


def test_a_report_can_go_to_a_file(here: Path) -> None:
    done = lint(TWO, "--format=sarif", "--output=out.sarif")
    assert done.stdout == "2 warnings in 1 file. --fix mends 2.\n"
    assert len(json.loads((here / "out.sarif").read_text())["runs"][0]["results"]) == 2
    assert "cannot be written" in str(lint(TWO, "--output=none/out").exception)


def test_comments_silence_and_can_be_shown(here: Path) -> None:
    lines = DOCKERFILE.splitlines()
    write(
        here,
        {"Dockerfile": "\n".join([lines[0], "# argosy ignore=AI112 it is small", *lines[1:], ""])},
    )
    done = lint(TWO)
    assert "AI112" not in done.stdout
    assert "Silenced by comments: 1." in done.stdout
    assert "(it is small)" in lint(TWO, "--show-silenced").stdout


def test_facts_can_be_given_by_flags(here: Path) -> None:
    write(
        here,
        {
            "compose.yaml": """\
            services:
              llm:
                image: vllm/vllm-openai:v0.11.0
                healthcheck: {test: ["CMD", "true"], start_period: 60s}
            """
        },
    )
    assert "AI306" not in lint("--select=AI306").stdout
    assert "AI306" in lint("--select=AI306", "--cold-start=90s").stdout


def test_a_manual_is_for_people_or_programs() -> None:
    assert "AI305 start-period-unset" in lint("--explain=start-period-unset").stdout
    assert lint("--explain=all").stdout.count("\n") >= 60
    assert json.loads(lint("--explain=AI305", "--json").stdout)[0]["code"] == "AI305"


def test_statistics_are_told_beside_the_report(here: Path) -> None:
    done = lint(TWO, "--statistics", "--json")
    assert json.loads(done.stdout)
    assert "AI112 package-cache-kept" in done.stderr


def test_the_program_ends_with_the_same_codes(here: Path) -> None:
    def code(*arguments: str) -> int:
        command = [sys.executable, "-m", "argosy", "lint", *arguments]
        environment = {**os.environ, "NO_COLOR": "1"}
        return subprocess.run(command, env=environment, capture_output=True, check=False).returncode

    assert code("--select=AI401") == 0
    assert code(TWO) == 1
    assert code("nowhere") == 2


def test_what_checks_a_configuration_is_imported_only_where_there_is_one(here: Path) -> None:
    def heavy() -> set[str]:
        script = "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr))"
        run = f"{script}; from argosy.cli import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", run, "lint", TWO], capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        return {"pydantic", "asyncio"} & set(done.stderr.split())

    assert heavy() == set()
    Path(".argosy-lint.yaml").write_text("exclude: [vendor]\n")
    assert "pydantic" in heavy()
