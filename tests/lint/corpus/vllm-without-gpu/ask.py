import json
import urllib.request

body = {"model": "/models/phi-4", "messages": [{"role": "user", "content": "What is 6 * 7?"}]}
request = urllib.request.Request(
    "http://localhost:8000/v1/chat/completions",
    json.dumps(body).encode(),
    {"Content-Type": "application/json"},
)
assert "42" in json.load(urllib.request.urlopen(request, timeout=25))["choices"][0]["message"]["content"]
