"""`call`: one request to a model, through the gateway like anybody's."""

from __future__ import annotations

import json
import mimetypes
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from argosy.keys import CALLERS_KEY

if TYPE_CHECKING:
    import ssl

    from argosy.supervisor.status import StackStatus

ANSWER_SECONDS = 600.0
KEY_NEEDED = f"Make one with `argosy keys create NAME`, and set {CALLERS_KEY} to it."


@click.command()
@click.argument("model", metavar="[STACK/]MODEL")
@click.argument("data", default="-", metavar="[JSON | FILE | -]")
@click.option("--raw", is_flag=True, help="Send the file's bytes even if it is JSON.")
@click.option(
    "--key",
    envvar=CALLERS_KEY,
    show_envvar=True,
    help="The key, where the stack wants one. Others can see it here, and not in the variable.",
)
def call(model: str, data: str, raw: bool, key: str | None) -> None:
    """Send one request to a model and print its answer.

    DATA is a JSON text such as '{"input": 1}', a file (JSON is sent as JSON, an image or anything
    else as its bytes), or - for standard input.
    """
    import httpx

    from argosy.cli.meant import stack_or_model
    from argosy.errors import ArgosyError, UsageError
    from argosy.supervisor.client import Client

    file, name = stack_or_model(model)
    with Client(file) as client:
        status = client.status()
    known = [one.name for one in status.models]
    if name is None and len(known) == 1:
        name = known[0]
    if name not in known:
        raise UsageError(
            f"{status.name} has no model {name!r}" if name else "no model is named",
            where=model,
            next_step=f"Its models are: {', '.join(known)}.",
        )
    body, content_type = _body(data, raw)
    try:
        answer = httpx.post(
            f"{status.url}/api/{name}",
            content=body,
            headers={"content-type": content_type, **({"x-api-key": key} if key else {})},
            timeout=ANSWER_SECONDS,
            trust_env=False,
            verify=_trusting(status),
        )
    except httpx.TransportError as error:
        raise ArgosyError(
            f"the gateway does not answer: {error}", where=status.url, next_step="See `argosy ps`."
        ) from error
    if answer.is_success:
        click.echo(answer.text)
        return
    raise ArgosyError(
        f"{answer.status_code} {_reason(answer)}",
        where=name,
        next_step=KEY_NEEDED if answer.status_code == 401 else None,
    )


def _trusting(status: StackStatus) -> ssl.SSLContext | bool:
    """Trust in the certificate that the stack itself names, whoever signed it for which host."""
    import ssl

    published = status.gateway.published
    if published is None or published.gateway.tls is None:
        return True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(published.gateway.tls.certificate)
    return context


def _body(data: str, raw: bool) -> tuple[bytes, str]:
    """The request's body and its content type."""
    from argosy.errors import UsageError

    if data == "-":
        return _typed(sys.stdin.buffer.read(), None, raw)
    path = Path(data)
    if data.lstrip()[:1] not in {"{", "["}:
        if not path.is_file():
            raise UsageError(
                "neither a JSON object nor a file",
                where=data,
                next_step="""Write '{"input": …}' in quotes, or name a file.""",
            )
        return _typed(path.read_bytes(), path, raw)
    try:
        json.loads(data)
    except ValueError as error:
        raise UsageError(f"not valid JSON: {error}", where=data) from error
    return data.encode(), "application/json"


def _typed(content: bytes, path: Path | None, raw: bool) -> tuple[bytes, str]:
    guessed = mimetypes.guess_type(path.name)[0] if path else None
    is_json = guessed == "application/json" or (
        path is None and content.lstrip()[:1] in {b"{", b"["}
    )
    if is_json and not raw:
        return content, "application/json"
    if guessed is None or guessed == "application/json":
        guessed = "application/octet-stream"
    return content, guessed


def _reason(answer: object) -> str:
    try:
        problem = answer.json()  # type: ignore[attr-defined]
        return str(problem.get("detail") or problem.get("title"))
    except (ValueError, AttributeError):
        return str(answer.text)  # type: ignore[attr-defined]
