"""How a report can be written, one file each, named as the word behind ``--format``.

A format's module has ``render(report, presentation)``, which is pure and returns the whole text,
with the newline at its end, and a docstring, which begins with what the docs say of it.
"""
