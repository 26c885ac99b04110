"""The checklist for AI services as a tool: what is wrong in files that may know nothing of Argosy.

`project` reads files and says what they mean, `rules` find what is bad in it, one file each, and
`run` puts both together. Nothing is started, built, fetched or asked of a network here, and no
file is written but by `fixing`.
"""
