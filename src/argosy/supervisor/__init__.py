"""The one process that owns a stack's state: observe → plan → apply.

It may die at any time: gateway and replicas keep serving, and the next one adopts them.
"""
