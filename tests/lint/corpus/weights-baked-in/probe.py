import urllib.request

answer = urllib.request.urlopen(
    urllib.request.Request("http://localhost:8000/generate?prompt=One,+two,", method="POST")
).read()
assert b"three" in answer, answer
