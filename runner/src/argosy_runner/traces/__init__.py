"""The runner's part of a trace: spans of OpenTelemetry's, below the gateway's.

Nothing here is imported, and nothing on a request's way asks for it, unless the replica was told an
address to send to. Times are nanoseconds since 1970.
"""
