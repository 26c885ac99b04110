import json
import urllib.request

model = json.load(urllib.request.urlopen("http://localhost:8000/v1/models"))["data"][0]["id"]
body = {"model": model, "messages": [{"role": "user", "content": "What is 5 + 4?"}], "max_tokens": 12}
request = urllib.request.Request(
    "http://localhost:8000/v1/chat/completions",
    json.dumps(body).encode(),
    {"Content-Type": "application/json"},
)
answer = json.load(urllib.request.urlopen(request, timeout=18))
assert "9" in answer["choices"][0]["message"]["content"]
