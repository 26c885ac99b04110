import json
import urllib.request

body = {
    "model": "meta-llama/Llama-3.2-1B-Instruct",
    "messages": [{"role": "user", "content": "What is 2 + 2?"}],
}
request = urllib.request.Request(
    "http://localhost:8000/v1/chat/completions",
    json.dumps(body).encode(),
    {"Content-Type": "application/json"},
)
assert "4" in json.load(urllib.request.urlopen(request))["choices"][0]["message"]["content"]
