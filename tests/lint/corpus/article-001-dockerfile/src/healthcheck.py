# src/healthcheck.py
import json
import sys
import urllib.request
import urllib.error
PROBE_MESSAGES = [{"role": "user", "content": "What is 2 + 2?"}]
EXPECTED_ANSWER_FRAGMENT = "4"
# Mistral-7B-Instruct is a chat model: use /v1/chat/completions, not /v1/completions.
# The legacy completions endpoint works in vLLM but produces unreliable results
# for instruct models without careful prompt formatting.
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
        with urllib.request.urlopen(req, timeout=10) as resp:
            body = json.loads(resp.read())
            output = body["choices"][0]["message"]["content"]
            return EXPECTED_ANSWER_FRAGMENT in output
    except (urllib.error.URLError, KeyError, json.JSONDecodeError):
        return False
if __name__ == "__main__":
    sys.exit(0 if check_model_accuracy() else 1)
