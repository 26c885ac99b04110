from __future__ import annotations

from argosy.probe.item import Item


def test_an_item_weighs_as_much_as_any_other() -> None:
    assert Item("1", "predict").weight == 1
    assert Item("1", "predict").tags == ()
