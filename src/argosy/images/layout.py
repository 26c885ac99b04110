"""Where things lie in every image, and under which number things listen. No I/O.

Whoever runs an image relies on this: the platform `compose`, the exported files, and people.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from argosy.stack.revision import Revision

# All of them are at the top: a layer that adds to a folder records that folder's time, too.
RUNNER = PurePosixPath("/runner")  # the runner's environment: the same bytes in every image
PYTHON = PurePosixPath("/python")  # the model's, where it is another than the runner's
ENVIRONMENT = PurePosixPath("/environment")  # the model's own
CODE = PurePosixPath("/code")
WEIGHTS = PurePosixPath("/weights")  # holds the file or folder of the revision, by its name
SETTINGS = PurePosixPath("/settings.json")  # what the runner is told; may be mounted over
BASE = "base"  # the name of what all of that lies on
SECRETS = PurePosixPath("/run/secrets")  # where Compose puts the files of secrets

HTTP_PORT = 8000
GRPC_PORT = 9000
ENGINE_PORT = 8001  # where a served engine's own server listens

USER_ID = 10001  # who runs, of no name and no rights; the group has the same number

HEALTH_CHECK = (f"{RUNNER}/bin/python", "-I", "-m", "argosy_runner.healthcheck", str(SETTINGS))
ENTRYPOINT = (f"{RUNNER}/bin/python", "-m", "argosy_runner", str(SETTINGS))


def weights_in_container(weights: Path) -> PurePosixPath:
    """Where the weights of a revision lie in its container, mounted or as a layer."""
    return WEIGHTS / weights.name


def reference(stack_name: str, revision: Revision) -> str:
    """The name of a revision's image: ``argosy/desk-digits:r2-3f1c9a7be012``.

    Whoever knows the revision knows the image, so nothing has to remember it.
    """
    return f"argosy/{stack_name}-{revision.model.name}:r{revision.number}-{revision.digest[:12]}"


def name_of(made_by: str) -> str:
    """Of a layer, by the line of the Dockerfile that made it: ``/runner``, or ``base``."""
    place = made_by.removeprefix("COPY ").rpartition(" ")[2]
    ours = {str(one) for one in (RUNNER, PYTHON, ENVIRONMENT, CODE, SETTINGS, WEIGHTS)}
    return place if place in ours else BASE
