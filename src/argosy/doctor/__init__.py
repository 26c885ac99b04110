"""Whether this machine has what a stack needs, and what mends what is missing.

It looks and says; nothing is installed, started or changed here, and nothing is pulled unasked.
"""
