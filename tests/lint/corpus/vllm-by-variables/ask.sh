#!/bin/bash
curl -fsS http://localhost:8000/v1/chat/completions -H 'Content-Type: application/json' \
  -d '{"model": "mistralai/Mistral-7B-Instruct-v0.3", "messages": [{"role": "user", "content": "What is 3 times 3?"}]}' | grep -qw 9
