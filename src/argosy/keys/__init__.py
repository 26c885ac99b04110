"""Keys of callers: what a key may reach, and until when. No key itself is kept anywhere.

A key is a token (RFC 7519) that the stack signs. Whoever has the public part can check it, and
nothing at the gateway is secret. Nothing here knows of the gateway or the store.
"""

CALLERS_KEY = "ARGOSY_KEY"  # the variable of whoever calls; no replica may find it
