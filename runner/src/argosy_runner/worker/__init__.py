"""The process that holds the model, in the model's own environment.

Only the standard library, of Python 3.8 to 3.14, may be imported here at module level: whatever a
model pins cannot clash with what is not there.
"""
