from __future__ import annotations

from argosy.stack.runner_settings import thread_variables


def test_numerical_libraries_get_a_thread_per_cpu_of_the_replica() -> None:
    assert thread_variables(2, workers=1)["OMP_NUM_THREADS"] == "2"
    assert thread_variables(4, workers=2)["MKL_NUM_THREADS"] == "2"
    assert thread_variables(0.5, workers=1)["OPENBLAS_NUM_THREADS"] == "1"
    assert thread_variables(None, workers=1) == {}
