#!/bin/bash
curl -fsS http://localhost:8000/v1/chat/completions -H 'Content-Type: application/json' \
  -d '{"model": "model", "messages": [{"role": "user", "content": "Say safe"}]}' | grep -qi safe
