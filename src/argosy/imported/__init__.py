"""From a Compose file of AI services to a stack file, with an account of every value in it.

`compose_file.read` and `beside.look` read; everything else is made of what they return. Nothing
here starts, downloads or asks anybody.
"""
