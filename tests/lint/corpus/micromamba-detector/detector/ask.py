import json
import urllib.request

with open("/weights/probe.jpg", "rb") as picture:
    answer = urllib.request.urlopen("http://localhost:8000/boxes", picture.read(), timeout=8)
assert len(json.load(answer)[0]) > 0
