from __future__ import annotations

import pytest

from argosy.errors import ArgosyError
from argosy.scorers.reading.packages import needed


def test_a_missing_package_is_said_with_the_way_to_get_it() -> None:
    with pytest.raises(ArgosyError, match=r"Run `pip install 'argosy\[scorers\]'`\."):
        needed("no_such_package", "bleu")
