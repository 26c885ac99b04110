"""Compose files → one tree of values, each with the place where it is written.

Whoever reads Compose files for a purpose, `imported` or a linter, does so through here. Nothing
here knows that purpose, starts anything, or asks Docker.
"""
