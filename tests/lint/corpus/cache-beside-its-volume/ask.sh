#!/bin/bash
# Gemma answers in sentences, so look for the number in them.
curl -fsS http://localhost:8000/v1/chat/completions -H 'Content-Type: application/json' \
  -d '{"model": "gemma", "messages": [{"role": "user", "content": "How many legs has a spider?"}]}' \
  | grep -qwE '8|[Ee]ight'
