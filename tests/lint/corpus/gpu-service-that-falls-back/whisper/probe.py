import json
import urllib.request

BOUND = "x"
silence = b"RIFF$\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00@\x1f\x00\x00@\x1f\x00\x00\x01\x00\x08\x00data\x00\x00\x00\x00"
head = f'--{BOUND}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'.encode()
request = urllib.request.Request(
    "http://localhost:9000/transcribe",
    head + silence + f"\r\n--{BOUND}--\r\n".encode(),
    {"Content-Type": f"multipart/form-data; boundary={BOUND}"},
)
assert "text" in json.load(urllib.request.urlopen(request, timeout=25))
