import json
import urllib.request

body = {
    "model": "llama",
    "messages": [{"role": "user", "content": "Name the capital of France in one word."}],
    "max_tokens": 10,
    "temperature": 0,
}
request = urllib.request.Request(
    "http://localhost:8000/v1/chat/completions",
    json.dumps(body).encode(),
    {"Content-Type": "application/json"},
)
answer = json.load(urllib.request.urlopen(request, timeout=25))
if "paris" not in answer["choices"][0]["message"]["content"].lower():
    raise SystemExit("wrong answer")
