"""Where replicas run. One file per platform, named as the word in the stack file.

A platform decides nothing: it reports what exists and carries out what it is told.
"""
