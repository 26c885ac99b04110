"""The server inside a replica. Imports nothing of the control plane.

This file is imported by Python 3.8 too (the worker runs in the model's own interpreter), so it
stays empty but for this text.
"""
