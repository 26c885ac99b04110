import json
import urllib.request

request = urllib.request.Request(
    "http://localhost:8000/translate",
    json.dumps({"text": "Guten Morgen"}).encode(),
    {"Content-Type": "application/json"},
)
assert "morning" in json.load(urllib.request.urlopen(request))["text"].lower()
