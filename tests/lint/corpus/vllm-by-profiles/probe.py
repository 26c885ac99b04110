import json
import re
import urllib.request

question = {"model": "model", "temperature": 0, "messages": [{"role": "user", "content": "3 + 4 = ?"}]}
request = urllib.request.Request(
    "http://localhost:8000/v1/chat/completions",
    json.dumps(question).encode(),
    {"Content-Type": "application/json"},
)
text = json.load(urllib.request.urlopen(request, timeout=20))["choices"][0]["message"]["content"]
assert re.search(r"\b7\b", text), text
