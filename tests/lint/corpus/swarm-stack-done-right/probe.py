import json
import urllib.request

body = {"messages": [{"role": "user", "content": "What is 8 - 3?"}], "max_tokens": 20}
request = urllib.request.Request(
    "http://localhost:8080/v1/chat/completions",
    json.dumps(body).encode(),
    {"Content-Type": "application/json"},
)
assert "5" in json.load(urllib.request.urlopen(request))["choices"][0]["message"]["content"]
