#!/bin/bash
ollama list | grep -q llama3.2 || exit 0
ollama run llama3.2:3b "Answer with one digit: 2 + 2" | grep -qw 4
