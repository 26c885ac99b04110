"""Started as a folder by the model's interpreter: ``<python> -I -u …/worker <fd> <runner's pid>``.

Neither this folder nor the one our packages are installed in is on the model's ``sys.path``: what
the model imports is its own.
"""

import importlib.util
import os
import sys


def main() -> None:
    """Make ``argosy_runner`` importable by its place alone, then work until the runner is gone."""
    worker = os.path.dirname(os.path.abspath(__file__))
    package = os.path.dirname(worker)
    sys.path[:] = [place for place in sys.path if os.path.abspath(place) != worker]
    spec = importlib.util.spec_from_file_location(
        "argosy_runner", os.path.join(package, "__init__.py"), submodule_search_locations=[package]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["argosy_runner"] = module
    spec.loader.exec_module(module)

    from argosy_runner.worker.main import work

    work(int(sys.argv[1]), int(sys.argv[2]))


if __name__ == "__main__":
    main()
