import io
import json
import urllib.request
import wave

sound = io.BytesIO()
with wave.open(sound, "wb") as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(16000)
    file.writeframes(b"\0" * 16000)
body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + sound.getvalue() + b"\r\n--x--\r\n"
request = urllib.request.Request(
    "http://localhost:9876/transcribe", body, {"Content-Type": "multipart/form-data; boundary=x"}
)
assert "text" in json.load(urllib.request.urlopen(request, timeout=15))
