"""A model of Hugging Face's Transformers, asked as the `pipeline` of its task.

Weights: a folder as `save_pretrained` writes it: config.json, the weights, the tokenizer. Nothing
is downloaded, and no code of the folder is run. The task is the one that the architecture in
config.json is made for, or `task` under `options`.

In, by task: a text (`text-classification`, `token-classification`, `fill-mask`,
`feature-extraction`); a text or a list of chat messages (`text-generation`); `{text, labels}`
(`zero-shot-classification`); an image file as the body of the request (`image-classification`,
`object-detection`, `image-feature-extraction`, which take `pillow` in requirements.txt). Out: what
the pipeline returns. Models of other tasks are written for `engine: python`.

The default requirements bring `torch` as the package index has it; how to get the smaller build for
CPUs stands at the engine `torch`.
"""

# pathlib costs a start.
# ruff: noqa: PTH110, PTH112, PTH118, PTH208, PTH123

from __future__ import annotations

import json
import os
import typing
from typing import Any

from argosy_runner.engines import python
from argosy_runner.engines.torch import device_of, idle_gpu
from argosy_runner.worker import equivalence, faults, packages, weights

REQUIREMENTS = ("transformers", "torch", "numpy")
OPTIONS = {
    "task": "The task of the pipeline, where config.json does not say it or another is meant.",
    "device": "`cpu` (the default), `cuda`, `cuda:1` … A device that is not there is a failure, "
    "and a GPU that is there and not asked for a warning.",
    "dtype": "The type of the weights in memory: `float32`, `bfloat16`, `float16` or `auto`. "
    "Without it, as the installed Transformers decides.",
    "arguments": "Given to the pipeline with every call: `{top_k: 3}`, `{max_new_tokens: 64}`.",
}
DEFAULT_ROWS = 8

# What comes in for each task that is served.
TASKS = {
    "text-classification": "text",
    "token-classification": "text",
    "fill-mask": "text",
    "feature-extraction": "text",
    "text-generation": "chat",
    "zero-shot-classification": "labels",
    "image-classification": "image",
    "object-detection": "image",
    "image-feature-extraction": "image",
}

# How the class in config.json ends, and the task that it is made for.
ARCHITECTURES = {
    "ForSequenceClassification": "text-classification",
    "ForTokenClassification": "token-classification",
    "ForMaskedLM": "fill-mask",
    "ForCausalLM": "text-generation",
    "LMHeadModel": "text-generation",
    "ForImageClassification": "image-classification",
    "ForObjectDetection": "object-detection",
    "Model": "feature-extraction",
}

Labelled = typing.TypedDict("Labelled", {"text": str, "labels": typing.List[str]})
HINTS: dict[str, Any] = {
    "text": typing.List[str],
    "chat": typing.List[typing.Union[str, typing.List[typing.Dict[str, Any]]]],
    "labels": typing.List[Labelled],
    "image": typing.List[bytes],
}


def load(place: Any) -> python.Loaded:
    """Make the pipeline of the folder's task, and ask it as the engine `python` asks a model."""
    # Whoever wants a download says so where it can be pinned; a model's name is no folder.
    os.environ.update({"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"})
    folder, config = read_config(place)
    task = task_of(place.options, config)
    arguments = place.options.get("arguments", {})
    if not isinstance(arguments, dict):
        raise faults.CannotLoad("options.arguments must be a mapping like {top_k: 3}")
    transformers = packages.need("transformers", "transformers")
    torch = packages.need("torch", "torch")
    if threads := packages.threads():
        torch.set_num_threads(threads)
    refuse_pickles(place, folder)
    try:
        pipeline = transformers.pipeline(
            task,
            model=folder,
            device=device_of(torch, place.options),
            trust_remote_code=False,
            **dtype_of(place.options, transformers.__version__),
        )
    except faults.CannotLoad:
        raise
    except Exception as error:  # the libraries raise anything for a folder that lacks something
        raise weights.unreadable(folder, "transformers", error) from error
    model = Asked(pipeline, task, arguments, place.rows or DEFAULT_ROWS)
    loaded = python.Loaded(model, python.Loop(), place.rows)
    loaded.warning = idle_gpu(torch, place.options)
    return loaded


def read_config(place: Any) -> Any:
    """The folder and its config.json."""
    folder = place.weights
    if not folder:
        raise faults.CannotLoad("engine transformers needs `weights`: a folder with config.json")
    if not os.path.isdir(folder):
        raise faults.CannotLoad(
            f"{folder} is no folder with config.json{weights.other_engine(folder, 'transformers')}"
        )
    path = os.path.join(folder, "config.json")
    if not os.path.exists(path):
        raise faults.CannotLoad(
            f"{folder} has no config.json: save the model with its save_pretrained"
        )
    try:
        with open(path, encoding="utf-8") as file:
            config = json.load(file)
    except ValueError as error:
        raise weights.unreadable(path, "json", error) from error
    if not isinstance(config, dict):
        raise faults.CannotLoad(f"{path} holds no object")
    return folder, config


def task_of(options: dict[str, Any], config: dict[str, Any]) -> str:
    """The task that the options name, or the one that the architecture is made for."""
    task = options.get("task")
    if task is None:
        for architecture in config.get("architectures") or ():
            for ending, task in ARCHITECTURES.items():
                if architecture.endswith(ending):
                    return task
        made_for = ", ".join(config.get("architectures") or ["nothing"])
        raise faults.CannotLoad(
            f"config.json names {made_for}, which says no task: write `options: {{task: …}}`"
        )
    if task not in TASKS:
        raise faults.CannotLoad(f"options.task {task!r} is none of {', '.join(TASKS)}")
    return str(task)


def dtype_of(options: dict[str, Any], version: str) -> dict[str, Any]:
    """The argument of `pipeline` for the type of the weights, which got another name in 4.56."""
    if "dtype" not in options:
        return {}
    release = tuple(int(part) for part in version.split(".")[:2])
    return {"dtype" if release >= (4, 56) else "torch_dtype": options["dtype"]}


def refuse_pickles(place: Any, folder: str) -> None:
    """Weights without safetensors are pickles, which older versions of torch run."""
    files = os.listdir(folder)
    if any(name.endswith(".safetensors") for name in files):
        return
    for name in sorted(files):
        if name.endswith((".bin", ".pt", ".pth")):
            weights.refuse_untrusted_pickle(place, name)


class Asked:
    """What the engine `python` asks: inputs of the task's kind, outputs of the pipeline."""

    def __init__(self, pipeline: Any, task: str, arguments: dict[str, Any], rows: int) -> None:
        self.max_batch = rows
        short = str(pipeline.model.dtype) in {"torch.float16", "torch.bfloat16"}
        self.tolerance = equivalence.COARSE if short else None
        self._pipeline = pipeline
        self._task = task
        self._arguments = arguments
        self._kind = TASKS[task]
        tokenizer = getattr(pipeline, "tokenizer", None)
        # Texts of unequal length are padded to one tensor, which needs a token to pad with.
        padless = tokenizer is not None and tokenizer.pad_token_id is None
        self._together = 1 if padless else rows
        self.examples = self._examples(tokenizer)

        def predict(inputs: Any) -> list[Any]:
            return self._answers(inputs)

        predict.__annotations__ = {"inputs": HINTS[self._kind]}
        self.predict = predict

    def _answers(self, inputs: Any) -> list[Any]:
        if self._kind == "labels":
            return [
                self._pipeline(item["text"], candidate_labels=item["labels"], **self._arguments)
                for item in inputs
            ]
        if self._kind == "image":
            inputs = [opened(item) for item in inputs]
        answers = self._pipeline(list(inputs), batch_size=self._together, **self._arguments)
        # The pipeline of fill-mask gives the answer to a list of one without its list.
        if self._task == "fill-mask" and len(inputs) == 1:
            answers = [answers]
        return list(answers)

    def _examples(self, tokenizer: Any) -> list[Any]:
        """One question that every model of the task can answer."""
        if self._task == "fill-mask":
            return [f"a {tokenizer.mask_token}"]
        if self._kind in {"text", "chat"}:
            return ["a"]
        if self._kind == "labels":
            return [{"text": "a", "labels": ["b", "c"]}]
        import io

        buffer = io.BytesIO()
        packages.need("PIL.Image", "pillow").new("RGB", (32, 32)).save(buffer, "PNG")
        return [buffer.getvalue()]


def opened(body: bytes) -> Any:
    """The image that was sent. A text would be taken for a path or address, and never gets here."""
    import io

    return packages.need("PIL.Image", "pillow").open(io.BytesIO(body)).convert("RGB")
