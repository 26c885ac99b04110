import json
import urllib.request

with open("/models/probe.png", "rb") as file:
    answer = urllib.request.urlopen(urllib.request.Request("http://localhost:8000/tag", file.read()))
assert json.load(answer)["tag"] == 3
