from __future__ import annotations

from dataclasses import replace

from argosy.records import kept, record


@record()
class Point:
    x: int
    y: int = 0


@record(eq=False, slots=False)
class Line:
    start: Point
    end: Point

    @kept
    def is_level(self) -> bool:
        """Whether it rises nowhere."""
        return self.start.y == self.end.y


def test_records_with_the_same_fields_are_equal_and_count_once() -> None:
    assert {Point(1), Point(1, 0), replace(Point(2), x=1)} == {Point(1)}


def test_a_record_without_equality_is_equal_to_itself_alone() -> None:
    one, other = (Line(Point(1), Point(2)) for _ in range(2))
    assert len({one, other, one}) == 2


def test_a_record_without_slots_keeps_what_is_worked_out() -> None:
    line = Line(Point(1), Point(2))
    assert line.is_level
    assert "is_level" in vars(line)


def test_what_is_kept_is_worked_out_once() -> None:
    class Asked:
        times = 0

        @kept
        def found(self) -> list[str]:
            self.times += 1
            return ["a"]

    one, other = Asked(), Asked()
    assert one.found is one.found
    assert (one.times, other.times) == (1, 0)


def test_what_is_kept_has_its_docstring_on_the_class() -> None:
    assert Line.is_level.__doc__ == "Whether it rises nowhere."
