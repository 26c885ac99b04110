from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.runner.engines.conftest import Library, Refusal, Serve, make

PROGRAM = """
import json
import torch
from PIL import Image
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    BertConfig, BertForMaskedLM, BertForSequenceClassification, BertModel, LlamaConfig,
    LlamaForCausalLM, PreTrainedTokenizerFast, ViTConfig, ViTForImageClassification,
    ViTImageProcessor, pipeline,
)

torch.manual_seed(0)
words = ["[PAD]", "[UNK]", "[MASK]", "[CLS]", "[SEP]", "what", "a", "lovely", "day", "bad"]
whole = Tokenizer(models.WordLevel({word: at for at, word in enumerate(words)}, "[UNK]"))
whole.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=whole, pad_token="[PAD]", unk_token="[UNK]", mask_token="[MASK]",
    cls_token="[CLS]", sep_token="[SEP]", model_max_length=32,
)
small = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32)
bert = dict(vocab_size=len(words), max_position_embeddings=32, **small)
texts = ["a lovely day", "what a bad day", "day", "a a a a a a a"]
masked = [f"{text} [MASK]" for text in texts]
expected = {"texts": texts, "masked": masked}

labels = {0: "no", 1: "yes", 2: "entailment"}
bert.update(id2label=labels, label2id={label: at for at, label in labels.items()})
for name, kind in (("classify", BertForSequenceClassification), ("fill", BertForMaskedLM),
                   ("vector", BertModel)):
    model = kind(BertConfig(**bert)).eval()
    model.save_pretrained(name)
    tokenizer.save_pretrained(name)
classify = pipeline("text-classification", model="classify", device="cpu")
expected["classify"] = [classify(text)[0] for text in texts]
fill = pipeline("fill-mask", model="fill", device="cpu")
expected["fill"] = [fill(text) for text in masked]
vector = pipeline("feature-extraction", model="vector", device="cpu")
expected["vector"] = [vector(text) for text in texts]
zero = pipeline("zero-shot-classification", model="classify", device="cpu")
expected["zero"] = zero("a lovely day", candidate_labels=["lovely", "bad"], multi_label=True)

see = ViTConfig(image_size=32, patch_size=16, id2label=labels, label2id=bert["label2id"], **small)
ViTForImageClassification(see).save_pretrained("see")
ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained("see")
image = Image.effect_mandelbrot((50, 40), (-2, -1, 1, 1), 20)
image.save("image.png")
expected["see"] = pipeline("image-classification", model="see", device="cpu")(image.convert("RGB"))

letters = sorted(pre_tokenizers.ByteLevel.alphabet())
bytes_ = Tokenizer(models.BPE(vocab={letter: at for at, letter in enumerate(letters)}, merges=[]))
bytes_.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
bytes_.decoder = decoders.ByteLevel()
LlamaForCausalLM(
    LlamaConfig(vocab_size=len(letters), bos_token_id=0, eos_token_id=None, pad_token_id=None,
                **small)
).save_pretrained("chat")
byte_tokenizer = PreTrainedTokenizerFast(tokenizer_object=bytes_)
byte_tokenizer.chat_template = "{% for m in messages %}{{ m.content }}{% endfor %}"
byte_tokenizer.save_pretrained("chat")
told = dict(max_new_tokens=5, do_sample=False)
chat = pipeline("text-generation", model="chat", device="cpu")
expected["chat"] = [chat(text, **told) for text in texts]
expected["messages"] = chat([{"role": "user", "content": "day"}], **told)
json.dump(expected, open("expected.json", "w"))
"""


@pytest.fixture(scope="module")
def library(torch_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Library:
    return make(torch_python, tmp_path_factory.mktemp("transformers"), PROGRAM)


def near(answer: Any) -> Any:
    """Numbers as near as padding in a batch leaves them."""
    if isinstance(answer, dict):
        return {key: near(value) for key, value in answer.items()}
    if isinstance(answer, list):
        return [near(item) for item in answer]
    return pytest.approx(answer, rel=1e-4, abs=1e-5) if isinstance(answer, float) else answer


@pytest.mark.parametrize(("name", "rows"), [("classify", "texts"), ("fill", "masked")])
def test_the_task_is_inferred_and_answers_are_the_librarys_own(
    served: Serve, library: Library, name: str, rows: str
) -> None:
    replica = served("transformers", library, name)
    texts, expected = library.expected(rows), near(library.expected(name))
    assert [replica.ask(text) for text in texts] == expected
    assert replica.post({"inputs": texts}).json() == {"outputs": expected}
    answer = replica.post({"input": 3})
    assert (answer.status_code, answer.json()["detail"]) == (422, "$.input: expected str, got int")


def test_vectors_of_a_bare_model(served: Serve, library: Library) -> None:
    replica = served("transformers", library, "vector")
    texts, expected = library.expected("texts"), near(library.expected("vector"))
    assert [replica.ask(text) for text in texts] == expected


def test_text_is_generated_from_texts_and_messages(served: Serve, library: Library) -> None:
    arguments = {"max_new_tokens": 5, "do_sample": False}
    replica = served("transformers", library, "chat", options={"arguments": arguments})
    texts, expected = library.expected("texts"), library.expected("chat")
    assert [replica.ask(text) for text in texts] == expected
    assert replica.post({"inputs": texts}).json() == {"outputs": expected}
    assert replica.ask([{"role": "user", "content": "day"}]) == library.expected("messages")


def test_another_task_and_arguments_can_be_asked_for(served: Serve, library: Library) -> None:
    options: dict[str, Any] = {
        "task": "zero-shot-classification",
        "arguments": {"multi_label": True},
        "dtype": "float32",
    }
    replica = served("transformers", library, "classify", options=options)
    asked = {"text": "a lovely day", "labels": ["lovely", "bad"]}
    assert replica.ask(asked) == near(library.expected("zero"))
    missing = replica.post({"input": {"text": "a lovely day"}})
    assert missing.json()["detail"] == "$.input: object missing required field labels"


def test_an_image_is_the_body_and_never_an_address(served: Serve, library: Library) -> None:
    replica = served("transformers", library, "see")
    image = (library.folder / "image.png").read_bytes()
    answer = replica.post(content=image, content_type="image/png")
    assert answer.json() == {"output": near(library.expected("see"))}
    address = replica.post({"input": str(library.folder / "image.png")})
    assert address.status_code == 422
    broken = replica.post(content=b"nothing", content_type="image/png")
    assert broken.json()["detail"].startswith("UnidentifiedImageError: ")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"device": "cuda"}, "options.device 'cuda' cannot be used: Torch not compiled with CUDA"),
        ({"task": "fil-mask"}, "options.task 'fil-mask' is none of text-classification, "),
        ({"arguments": 3}, "options.arguments must be a mapping like {top_k: 3}"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    refusal: Refusal, library: Library, options: Any, expected: str
) -> None:
    weights = library.folder / "classify"
    assert expected in refusal("transformers", library.python, weights, options=options)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("model.onnx", "", "is no folder with config.json: did you mean `engine: onnx`?"),
        ("w/README.md", "", "w has no config.json: save the model with its save_pretrained"),
        ("w/config.json", "{", "json cannot read config.json: Expecting property name"),
        ("w/config.json", "{}", "config.json names nothing, which says no task: write `options"),
        (
            "w/config.json",
            json.dumps({"architectures": ["BertForMaskedLM"], "model_type": "bert"}),
            "transformers cannot read w: ",
        ),
    ],
)
def test_a_folder_that_lacks_something_is_refused(
    refusal: Refusal, torch_python: Path, tmp_path: Path, name: str, content: str, expected: str
) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(content)
    weights = file if file.parent == tmp_path else file.parent
    assert expected in refusal("transformers", torch_python, weights)


def test_a_missing_package_is_named(refusal: Refusal, graph_python: Path, library: Library) -> None:
    reason = refusal("transformers", graph_python, library.folder / "classify")
    assert "needs transformers, which is not installed: add it to requirements.txt" in reason
