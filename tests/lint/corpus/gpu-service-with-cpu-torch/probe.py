import base64
import io
import json
import urllib.parse
import urllib.request

from PIL import Image

data = io.BytesIO()
Image.new("RGB", (64, 64), "red").save(data, "PNG")
image = urllib.parse.quote(base64.b64encode(data.getvalue()))
request = urllib.request.Request(f"http://localhost:8000/caption?image={image}", method="POST")
assert json.load(urllib.request.urlopen(request, timeout=25))["caption"]
