import json
import urllib.request

body = {"model": "default", "messages": [{"role": "user", "content": "3 + 4 ="}], "max_tokens": 400}
request = urllib.request.Request(
    "http://localhost:30000/v1/chat/completions",
    json.dumps(body).encode(),
    {"Content-Type": "application/json"},
)
assert "7" in json.load(urllib.request.urlopen(request))["choices"][0]["message"]["content"]
