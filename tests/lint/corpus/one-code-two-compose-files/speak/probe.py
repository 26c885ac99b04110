import urllib.request

with urllib.request.urlopen("http://localhost:8880/speak?text=hello", timeout=15) as response:
    assert len(response.read()) > 1000
