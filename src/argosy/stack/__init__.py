"""The stack file: its values (`model`), its parser (`file`), and the revisions made from it.

Nothing here starts, stops or downloads anything.
"""
