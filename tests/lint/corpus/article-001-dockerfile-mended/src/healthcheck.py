import json
import re
import sys
import urllib.request

QUESTION = {"messages": [{"role": "user", "content": "What is 2 + 2?"}], "max_tokens": 20}
request = urllib.request.Request(
    "http://localhost:8000/v1/chat/completions",
    data=json.dumps(QUESTION).encode(),
    headers={"Content-Type": "application/json"},
)
with urllib.request.urlopen(request, timeout=25) as response:
    answer = json.load(response)["choices"][0]["message"]["content"]
sys.exit(0 if re.search(r"\b4\b", answer) else 1)
