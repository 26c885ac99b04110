import json
import urllib.request


def ask(port, path, body):
    request = urllib.request.Request(
        f"http://localhost:{port}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    return json.load(urllib.request.urlopen(request, timeout=14))


chat = {"model": "/models/mistral-7b-instruct", "messages": [{"role": "user", "content": "2 + 2?"}]}
assert "4" in ask(8000, "/v1/chat/completions", chat)["choices"][0]["message"]["content"]
assert ask(8001, "/v1/embeddings", {"model": "/models/bge-m3", "input": "a"})["data"]
