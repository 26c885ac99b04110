#!/bin/bash
curl -fsS localhost:8000/v1/chat/completions -H 'Content-Type: application/json' \
  -d '{"model": "legal", "max_tokens": 5, "messages": [{"role": "user", "content": "Reply with the word yes."}]}' \
  | grep -qi yes
