import json
import sys
import urllib.request

ASKED = {
    "chat": ("/v1/chat/completions", {"messages": [{"role": "user", "content": "2 + 2 = ?"}]}),
    "embed": ("/v1/embeddings", {"input": "hello"}),
}
path, body = ASKED[sys.argv[1]]
model = json.load(urllib.request.urlopen("http://localhost:8000/v1/models"))["data"][0]["id"]
request = urllib.request.Request(
    f"http://localhost:8000{path}",
    json.dumps(body | {"model": model}).encode(),
    {"Content-Type": "application/json"},
)
text = json.dumps(json.load(urllib.request.urlopen(request, timeout=25)))
sys.exit(0 if "4" in text or "embedding" in text else 1)
