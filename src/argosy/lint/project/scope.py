"""Which services serve a model: what the linter looks at. Pure.

nginx, Redis, a web interface and an app that asks a model over HTTP are not the linter's; neither
is a job that fetches weights and ends.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argosy.lint.project.service import Service

_FETCHES = re.compile(
    r"\bollama\s+(pull|create|cp|rm)\b|\b(hf|huggingface-cli|modelscope)\s+download\b|\bsnapshot_download\b"
)
_SERVES = re.compile(r"\bserve\b|server|launcher|router")
# Where nothing else tells: what people call the service, or its image, of a model.
_NAMED = re.compile(
    r"(\w+[-_.])*(model|llm)([-_.]?(server|serving|service|runner|api))?"
    r"|(\w+[-_.])*inference([-_.]?(server|service|engine))?|predictor"
)
_IMAGES = re.compile(
    r"(\w+[-_.])*(model|llm|inference)[-_.]?(server|serving|service|runner|engine)"
)
_OTHERS = re.compile(
    r"(.*/)?(nginx|envoy|traefik|haproxy|caddy|kong|redis|valkey|postgres|mysql|mariadb|mongo|minio|rabbitmq"
    r"|kafka|qdrant|weaviate|chroma|milvus|pgvector|elasticsearch|opensearch|prometheus|grafana|mlflow"
    r"|litellm|open-webui|alpine|busybox|ubuntu|debian|python|node|curl|docker)([-_:.].*)?"
)


def serves_model(service: Service) -> bool:
    """By its image, its GPUs, the code that is built into it, or at last by its name."""
    if is_job(service):
        return False
    if service.engine or service.gpus:
        return True
    if service.built is not None:
        return service.built.holds_model
    path = service.image.path
    if not path or service.builds or _OTHERS.fullmatch(path):
        return False
    return bool(_NAMED.fullmatch(service.name)) or bool(_IMAGES.fullmatch(path.rpartition("/")[2]))


def is_job(service: Service) -> bool:
    """Whether it only fetches weights, for another service to serve."""
    text = service.command.text
    return bool(_FETCHES.search(text)) and not _SERVES.search(_FETCHES.sub("", text))
