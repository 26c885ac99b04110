"""The page ``docs.html``, which may load and run nothing but what it holds itself."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from pathlib import Path

from argosy_runner.exchange import Headers


@functools.cache
def html() -> bytes:
    """One file, the same for every model."""
    return Path(__file__).with_name("docs.html").read_bytes()


@functools.cache
def headers() -> Headers:
    """The content security policy: the page's own script and style by their hashes."""
    policy = (
        "default-src 'none'; "
        f"script-src '{_digest(b'script')}'; style-src '{_digest(b'style')}'; "
        "connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return (
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cache-control", b"no-cache"),
    )


def _digest(element: bytes) -> str:
    """Of the only element of this name (W3C, Content Security Policy Level 3, section 6.7.2)."""
    found = re.findall(b"<%b>(.*?)</%b>" % (element, element), html(), re.DOTALL)
    (content,) = found
    return f"sha256-{base64.b64encode(hashlib.sha256(content).digest()).decode()}"
