import json
import sys
import urllib.request

URL = "http://localhost:8000/v1/completions"
body = {"model": "/models/Llama-3.1-8B-Instruct", "prompt": "The capital of Italy is", "max_tokens": 3}
request = urllib.request.Request(URL, json.dumps(body).encode(), {"Content-Type": "application/json"})
text = json.load(urllib.request.urlopen(request, timeout=20))["choices"][0]["text"]
sys.exit(0 if "Rome" in text else 1)
