import json
import re
import sys
import urllib.error
import urllib.request

PROBE_MESSAGES = [{"role": "user", "content": "What is 2 + 2? Answer with a number."}]
INFERENCE_URL = "http://localhost:8000/v1/chat/completions"


def check_model_accuracy() -> bool:
    payload = json.dumps({
        "model": "mistral-7b",
        "messages": PROBE_MESSAGES,
        "max_tokens": 20,
        "temperature": 0.0,
    }).encode()
    req = urllib.request.Request(
        INFERENCE_URL,
        data=payload,
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    try:
        with urllib.request.urlopen(req, timeout=25) as resp:
            body = json.loads(resp.read())
            output = body["choices"][0]["message"]["content"]
            return re.search(r"\b4\b", output) is not None
    except (urllib.error.URLError, KeyError, json.JSONDecodeError):
        return False


if __name__ == "__main__":
    sys.exit(0 if check_model_accuracy() else 1)
