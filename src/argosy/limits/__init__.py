"""What Envoy cannot count alone: tokens, requests in flight, and what several gateways share.

A small service of its own process, which Envoy asks over gRPC: Envoy's rate-limit protocol. It
counts in its memory or in Redis. Nothing here knows of Envoy's configuration or of models.
"""
