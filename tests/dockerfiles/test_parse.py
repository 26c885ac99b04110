from __future__ import annotations

from pathlib import Path

import pytest

from argosy.dockerfiles.parse import parse
from argosy.dockerfiles.syntax import Dockerfile, Instruction
from argosy.errors import DockerfileError

FILE = Path("Dockerfile")


def read(text: str, **arguments: str) -> Dockerfile:
    return parse(text, FILE, arguments)


def first(text: str) -> Instruction:
    """The first instruction behind ``FROM a``."""
    return read(f"FROM a\n{text}").final.instructions[0]


def problems(text: str) -> list[tuple[int, int, str, str]]:
    with pytest.raises(DockerfileError) as caught:
        read(text)
    return [(one.line, one.column, one.path, one.what) for one in caught.value.problems]


def texts(instruction: Instruction) -> list[str]:
    return [word.text for word in instruction.words]


def test_an_instruction_goes_on_behind_an_escape() -> None:
    found = read("FROM a\nRUN one \\\n  two\\\nthree\nUSER b\n").final.instructions
    assert [(one.keyword, one.line) for one in found] == [("RUN", 2), ("USER", 5)]
    assert found[0].text == "one   twothree"


def test_comments_and_empty_lines_inside_an_instruction_are_left_out_and_kept_as_comments() -> None:
    text = "FROM a\nRUN one && \\\n  # why two\n\n    two\n"
    made = read(text)
    assert made.final.instructions[0].text == "one &&     two"
    assert [(one.text, one.line) for one in made.comments] == [("why two", 3)]


def test_blanks_behind_an_escape_do_not_matter_and_an_escaped_escape_ends_the_line() -> None:
    assert first("RUN one \\  \t\n two").text == "one  two"
    found = read("FROM a\nRUN one \\\\\nUSER b").final.instructions
    assert [one.keyword for one in found] == ["RUN", "USER"]


def test_an_escape_in_the_last_line_is_left_out() -> None:
    assert first("RUN one \\").text == "one"
    assert first("RUN one \\\n\n# c\n").text == "one"


def test_carriage_returns_and_a_byte_order_mark_are_none_of_the_text() -> None:
    made = read("\ufeffFROM a\r\nRUN one \\\r\n  two\r\nCOPY <<EOF /x\r\nbody\r\nEOF\r\nUSER b\r\n")
    run, copy, user = made.final.instructions
    assert (run.text, run.line) == ("one   two", 2)
    assert copy.heredocs[0].text == "body\r\n"
    assert texts(user) == ["b"]
    assert made.text[copy.words[1].span.start : copy.words[1].span.end] == "/x"


def test_keywords_may_be_small_and_lines_may_be_indented() -> None:
    made = read("  from a as B\n\trun one\n")
    assert (made.final.name, made.final.instructions[0].keyword) == ("B", "RUN")


def test_places_of_words_are_those_in_the_file_across_lines() -> None:
    text = "FROM a\nRUN --network=none one \\\n  # c\n  two 'th ree'\n"
    made = read(text)
    instruction = made.final.instructions[0]
    found = [text[word.span.start : word.span.end] for word in instruction.words]
    assert found == ["one", "two", "'th ree'"]
    assert made.position(instruction.words[1].span.start) == (4, 3)
    assert made.line_text(4) == "  two 'th ree'"
    assert text[instruction.span.start : instruction.span.end] == text[7:-1]


def test_directives_stand_first_and_only_there() -> None:
    made = read("# syntax = docker/dockerfile:1.7-labs\n#check=skip=all\n# x\n# escape=`\nFROM a\n")
    assert made.directives == {"syntax": "docker/dockerfile:1.7-labs", "check": "skip=all"}
    assert [one.text for one in made.comments] == ["x", "escape=`"]


def test_a_backtick_escapes_where_the_file_says_so() -> None:
    text = "# escape=`\nFROM a\nCOPY C:\\x `\n  C:\\y\nENV A=a`$b B='c:\\d'\n"
    copy, env = read(text).final.instructions
    assert texts(copy) == ["C:\\x", "C:\\y"]
    assert texts(env) == ["A=a$b", "B=c:\\d"]


def test_flags_stand_before_the_arguments_alone() -> None:
    found = first("COPY --from=b --link --exclude=\"a b\" --chown='u':g -- --x y")
    assert [(one.name, one.value) for one in found.flags] == [
        ("from", "b"),
        ("link", ""),
        ("exclude", "a b"),
        ("chown", "u:g"),
    ]
    assert texts(found) == ["--x", "y"]
    assert first("RUN pip --version").flags == ()
    mount = first("RUN --mount=type=cache,target=/root/.cache,sharing=locked x").flags[0]
    assert mount.options == {"type": "cache", "target": "/root/.cache", "sharing": "locked"}


@pytest.mark.parametrize(
    ("text", "form", "words"),
    [
        ('CMD ["a", "b c"]', "exec", ["a", "b c"]),
        ('CMD  [  "a"  ,"\\u00e9\\n"]  ', "exec", ["a", "é\n"]),
        ("CMD []", "exec", []),
        ("CMD ['a', 'b']", "shell", ["[a,", "b]"]),
        ('CMD ["a", "b"', "shell", ["[a,", "b"]),
        ('CMD ["a"] x', "shell", ["[a]", "x"]),
        ("CMD", "shell", []),
        ('RUN ["a", \\\n "b"]', "exec", ["a", "b"]),
        ('HEALTHCHECK --retries=3 CMD ["a"]', "exec", ["CMD", "a"]),
        ("HEALTHCHECK CMD a || b", "shell", ["CMD", "a", "||", "b"]),
        ("HEALTHCHECK NONE", "shell", ["NONE"]),
        ('VOLUME ["/a", "/b"]', "exec", ["/a", "/b"]),
        ('COPY ["a b", "c"]', "exec", ["a b", "c"]),
        ('ONBUILD CMD ["a"]', "exec", ["a"]),
    ],
)
def test_an_array_is_the_exec_form_only_as_valid_json(
    text: str, form: str, words: list[str]
) -> None:
    found = first(text)
    assert (found.form, texts(found)) == (form, words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("WORKDIR /a b", ["/a b"]),
        ("USER 'a'", ["a"]),
        ("EXPOSE 80/tcp 81", ["80/tcp", "81"]),
        ("COPY \"a\" 'b' c", ["a", "b", "c"]),
        ("COPY a\\ b c", ["a", "b", "c"]),
        ("STOPSIGNAL SIGINT", ["SIGINT"]),
        ("MAINTAINER A B <a@b>", ["A B <a@b>"]),
        ('LABEL "a.b"="c d" e=f', ["a.b=c d", "e=f"]),
    ],
)
def test_each_keyword_parts_its_arguments_its_own_way(text: str, words: list[str]) -> None:
    assert texts(first(text)) == words


def test_onbuild_is_the_instruction_behind_it() -> None:
    found = first("ONBUILD COPY --chown=a . /x")
    assert (found.keyword, found.onbuild, texts(found)) == ("COPY", True, [".", "/x"])
    assert found.flags[0].value == "a"


def test_a_heredoc_ends_at_its_name_and_is_part_of_its_instruction() -> None:
    text = "FROM a\nRUN <<EOF\none\n# no comment\n  EOF\nEOF\nUSER b\n"
    made = read(text)
    run, user = made.final.instructions
    assert run.heredocs[0].text == "one\n# no comment\n  EOF\n"
    assert text[run.heredocs[0].span.start : run.heredocs[0].span.end] == run.heredocs[0].text
    assert text[run.span.start : run.span.end].endswith("  EOF\nEOF")
    assert (user.line, made.comments) == (7, ())


@pytest.mark.parametrize(
    ("line", "name", "expand", "strip_tabs"),
    [
        ("RUN <<EOF", "EOF", True, False),
        ("RUN <<-EOF", "EOF", True, True),
        ("RUN <<'EOF'", "EOF", False, False),
        ('RUN <<-"EOF"', "EOF", False, True),
        ("RUN <<  EOF > x", "EOF", True, False),
        ("RUN 3<<EOF cat", "EOF", True, False),
        ("RUN <<eo'f'", "eof", False, False),
        ("RUN <<eo\\'f", "eo'f", True, False),
        ("RUN <<'one two'", "one two", False, False),
        ("RUN <<$EOF", "$EOF", True, False),
        ("RUN << -EOF", "-EOF", True, False),
        ("COPY <<file.txt /x", "file.txt", True, False),
        ("ONBUILD RUN <<EOF", "EOF", True, False),
    ],
)
def test_the_name_of_a_heredoc_says_how_it_is_read(
    line: str, name: str, expand: bool, strip_tabs: bool
) -> None:
    found = first(f"{line}\n\tbody\n{name}\n").heredocs
    assert [(one.name, one.expand, one.strip_tabs) for one in found] == [(name, expand, strip_tabs)]
    assert found[0].text == ("body\n" if strip_tabs else "\tbody\n")


@pytest.mark.parametrize(
    "line",
    [
        'RUN "<<EOF"',
        'RUN echo "a <<EOF b"',
        'RUN ["<<EOF"]',
        "RUN cat <<<EOF",
        "RUN it's <<EOF",
        "USER <<EOF",
    ],
)
def test_what_only_looks_like_a_heredoc_is_none(line: str) -> None:
    made = read(f"FROM a\n{line}\nUSER b\n")
    assert [one.heredocs for one in made.final.instructions] == [(), ()]


def test_several_heredocs_follow_one_another() -> None:
    found = first("COPY <<X <<-Y z /to/\nY\nX\n\tX\n\tY\n")
    assert [(one.name, one.text) for one in found.heredocs] == [("X", "Y\n"), ("Y", "X\n")]
    sources, target = found.copies
    assert ([one.text for one in sources], target.text) == (["z"], "/to/")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", (1, 1, "", "There is no image here")),
        ("# only this\n", (1, 12, "", "There is no image here")),
        ("ARG A=1", (1, 8, "", "There is no image here")),
        ("\nFORM a", (2, 1, "", "FORM is no instruction")),
        ("RUN a\nFROM b", (1, 1, "RUN", "It stands before the first FROM")),
        ("FROM a b", (1, 1, "FROM", "It takes an image, or an image AS a name")),
        ("FROM a AS 1b", (1, 11, "FROM", "1b cannot be the name of a stage")),
        ('FROM ""', (1, 6, "FROM", "The image's name comes to nothing")),
        ("FROM a\nRUN <<EOF\nx", (2, 5, "RUN", "The heredoc EOF does not end")),
        ("FROM a\nENV A", (2, 1, "ENV", "A has no value")),
        ("FROM a\nENV A=1 B", (2, 9, "ENV", "B has no =")),
        ("FROM a\nENV =1", (2, 5, "ENV", "A name is missing before =")),
        ("FROM a\nENV A=\\\n  'b", (3, 3, "ENV", "A ' is never closed")),
        ('FROM a\nLABEL a="b', (2, 9, "LABEL", 'A " is never closed')),
        ("FROM a\nWORKDIR ${x", (2, 9, "WORKDIR", "A ${ is never closed")),
        ("FROM a\nWORKDIR ${}", (2, 9, "WORKDIR", "A ${ without the name of a variable")),
        ('FROM a\nCOPY "a b" c', (2, 6, "COPY", 'A " is never closed')),
        ("FROM a\nCOPY a", (2, 1, "COPY", "It needs what to take and where to")),
        ("FROM a\nCMD [1]", (2, 5, "CMD", "An array here may have strings alone")),
        ("FROM a\nSHELL sh -c", (2, 1, "SHELL", "It needs a JSON array")),
        ("FROM a\nHEALTHCHECK curl", (2, 1, "HEALTHCHECK", "It takes CMD or NONE, not curl")),
        ("FROM a\nHEALTHCHECK CMD", (2, 1, "HEALTHCHECK", "CMD needs a command")),
        ("FROM a\nHEALTHCHECK NONE a", (2, 1, "HEALTHCHECK", "NONE stands alone")),
        ("FROM a\nUSER", (2, 1, "USER", "There is nothing behind it")),
        ("FROM a\nONBUILD", (2, 1, "", "ONBUILD needs an instruction")),
        ("FROM a\nONBUILD FROM b", (2, 9, "ONBUILD", "FROM may not stand behind it")),
        ("# escape=x\nFROM a", (1, 1, "", "x escapes nothing; it may be \\ or `")),
        ("#check=a\n#check=b\nFROM a", (2, 1, "", "There is a directive check already")),
        ("FROM a\n\\\n", (2, 1, "", "An instruction is missing here")),
    ],
)
def test_what_docker_refuses_is_a_problem_at_its_place(
    text: str, problem: tuple[int, int, str, str]
) -> None:
    assert problems(text) == [problem]


def test_all_mistakes_are_told_at_once_with_the_nearest_keyword() -> None:
    with pytest.raises(DockerfileError) as caught:
        read("FROM a\nRUNN x\nENV A\n")
    assert str(caught.value).splitlines() == [
        "Dockerfile:2:1: RUNN is no instruction. Did you mean RUN?",
        "Dockerfile:3:1: ENV: A has no value. Write A=value",
    ]
