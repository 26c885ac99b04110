"""What is linted, in the words of what rules ask of it.

`project.read` reads files; everything else is made of their texts, and remembers where in them
each thing stands.
"""
