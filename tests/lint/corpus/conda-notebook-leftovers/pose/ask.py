import urllib.request

with urllib.request.urlopen("http://localhost:8000/readyz", timeout=8) as answer:
    assert answer.status == 204
