"""Container images: one for each revision, as lean as it can be.

`recipe` says what an image is made from, `dockerfile` writes it as text, `context` writes the
folder that is built, `build` has Docker build it, `report` says what it consists of. What is
decided here is pure; only `build` and `contents` run Docker, and only `wheels` asks uv.
"""
