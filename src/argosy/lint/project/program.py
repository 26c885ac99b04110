"""Python beside a Dockerfile or below a model's folder: what it imports, serves and loads.

No I/O here; nothing of it is run.
"""

from __future__ import annotations

import ast
import re
import warnings
from pathlib import Path

from argosy.lint.finding import At
from argosy.records import kept, record

# Packages whose import shows that a program holds a model itself, rather than calling one.
MODEL_PACKAGES = frozenset({
    "TTS", "argostranslate", "bentoml", "catboost", "ctransformers", "ctranslate2", "deepface",
    "demucs", "diffusers", "dlib", "docling", "easyocr", "espnet2", "exllamav2",
    "face_recognition", "fastembed", "faster_whisper", "fasttext", "flair", "flax", "funasr",
    "gensim", "gliner", "gpt4all", "insightface", "jax", "joblib", "keras", "kokoro",
    "kokoro_onnx", "lightgbm", "litserve", "llama_cpp", "lmdeploy", "mediapipe", "mlflow",
    "mlx_lm", "mmdet", "nemo", "onnxruntime", "onnxruntime_genai", "open_clip", "openvino",
    "optimum", "paddle", "paddleocr", "peft", "piper", "pyannote", "rembg",
    "sentence_transformers", "setfit", "sglang", "skl2onnx", "sklearn", "spacy", "speechbrain",
    "stanza", "surya", "tensorflow", "tensorrt", "tensorrt_llm", "tflite_runtime", "timm",
    "torch", "torchvision", "transformers", "tritonserver", "ultralytics", "vllm", "vosk",
    "whisper", "whisperx", "xgboost",
})  # fmt: skip
SERVERS = frozenset({
    "aiohttp", "bentoml", "bottle", "django", "falcon", "fastapi", "flask", "gradio", "grpc",
    "litserve",
    "litestar", "quart", "ray", "robyn", "sanic", "starlette", "streamlit", "tornado", "uvicorn",
})  # fmt: skip
_PICKLES = frozenset({"cloudpickle", "dill", "pickle"})
# What frameworks call the parts of theirs that load a model, beside those that ask for one.
_LOADERS = re.compile(
    r"\b(SentenceTransformers\w*(Embedder|Ranker)|TransformersSimilarityRanker|HuggingFaceLocal\w+"
    r"|HuggingFace(Embeddings?|Pipeline|LLM|CrossEncoder)|FastEmbed\w*|LocalWhisperTranscriber"
    r"|LlamaCpp|GPT4All)[.(]"
)
_PREDICTS = re.compile(r"\.predict(_proba)?\(")
_IMPORT = re.compile(
    r"^[ \t]*(?:import|from)[ \t]+([A-Za-z_][\w]*)((?:[ \t]*,[ \t]*\w+)*)", re.MULTILINE
)


@record(slots=False)
class Program:
    """One Python file."""

    file: Path
    text: str

    @kept
    def imports(self) -> frozenset[str]:
        """The top-level names that are imported anywhere in it."""
        found: set[str] = set()
        for one in _IMPORT.finditer(self.text):
            found.add(one[1])
            found.update(name.strip() for name in one[2].split(",") if name.strip())
        return frozenset(found)

    @property
    def holds_model(self) -> bool:
        """Whether it loads a model, by itself or by a framework, or unpickles one that predicts."""
        if self.imports & MODEL_PACKAGES or _LOADERS.search(self.text):
            return True
        return bool(self.imports & _PICKLES) and bool(_PREDICTS.search(self.text))

    @property
    def serves(self) -> bool:
        """Whether it imports what answers requests."""
        return bool(self.imports & SERVERS)

    @kept
    def tree(self) -> ast.Module | None:
        """Its syntax; None where this Python cannot parse it."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what a linted file warns of is not ours to say
                return ast.parse(self.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    def at(self, node: ast.expr | ast.stmt) -> At:
        """Where a node stands. Columns of `ast` count bytes of UTF-8."""
        start = self._index(node.lineno, node.col_offset)
        end = self._index(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
        return At(self.file, start, end)

    @kept
    def _lines(self) -> list[str]:
        return re.split(r"(?<=\n)|(?<=\r)(?!\n)", self.text)

    def _index(self, line: int, column: int) -> int:
        before = sum(len(one) for one in self._lines[: line - 1])
        return before + len(self._lines[line - 1].encode()[:column].decode(errors="ignore"))
