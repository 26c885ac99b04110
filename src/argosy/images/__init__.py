"""Container images: one for each revision, as lean as it can be.

`layout` says where things lie in every image, `dockerfile` writes one as text, `build` has Docker
build it. What is decided here is pure; only `build` runs anything.
"""
