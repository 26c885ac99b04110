"""Dockerfiles as values: what stands in them, where, and what it comes to.

`parse.parse` reads a text; `syntax` has what comes out. Whoever asks about Dockerfiles (importing,
linting) asks these values, so there is one reading of Dockerfiles in Argosy. It follows BuildKit's,
of which the reference is https://docs.docker.com/reference/dockerfile/ .

Pure: text in, values out. No I/O here, and nothing of Argosy's but its errors.
"""
