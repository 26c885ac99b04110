import json
import urllib.request

body = {"model": "qwen", "messages": [{"role": "user", "content": "1 + 1 ="}], "max_tokens": 8}
request = urllib.request.Request(
    "http://localhost:8000/v1/chat/completions",
    json.dumps(body).encode(),
    {"Content-Type": "application/json"},
)
assert "2" in json.load(urllib.request.urlopen(request))["choices"][0]["message"]["content"]
