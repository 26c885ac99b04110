"""A PyTorch model with its code inside: TorchScript, or a program of `torch.export`.

Weights: a .pt or .pth file of `torch.jit.save`, or a .pt2 file of `torch.export.save`. A file of
`torch.save` alone is no model: it lacks the code; give it to the engine `python` with a `code`
folder.

In: one row of every input, without the batch dimension; an object by name where there are several.
An exported program says what they are, and its batch is the first dimension where that was exported
as dynamic. TorchScript does not say: write `inputs` under `options`. Without them a row is nested
lists of any shape, taken as float32, and only rows of one shape are computed together.

Out: what `forward` returns: a tensor; several as `output_0`, `output_1` …; a mapping by its keys.

The default requirement is `torch` as the package index has it, on Linux the build with CUDA, which
is large. The build for CPUs is elsewhere: name its index or folder with `--extra-index-url` or
`--find-links` in the requirements.txt of a `code` folder.
"""

# zip has no `strict` on Python 3.8.
# ruff: noqa: B905

from __future__ import annotations

from typing import Any

from argosy_runner.engines import python
from argosy_runner.worker import equivalence, faults, packages, weights
from argosy_runner.worker.tensors import DEFAULT_ROWS, TYPES, Tensor, TensorModel, seen, zeros

REQUIREMENTS = ("torch", "numpy")
OPTIONS = {
    "device": "`cpu` (the default), `cuda`, `cuda:1` … A device that is not there is a failure, "
    "and a GPU that is there and not asked for a warning.",
    "inputs": "TorchScript: name, type and shape of one row of each input, `null` where a size is "
    "free: `[{name: x, type: float32, shape: [3, 224, 224]}]`.",
}
SUFFIXES = (".pt", ".pth", ".pt2")


def load(place: Any) -> Any:
    """Read the model, move it to its device, and learn what goes in and out."""
    torch = packages.need("torch", "torch")
    packages.need("numpy", "numpy")
    file = weights.file(place, "torch", SUFFIXES)
    if threads := packages.threads():
        torch.set_num_threads(threads)
    device = device_of(torch, place.options)
    read = exported if weights.suffix(file) == ".pt2" else scripted
    loaded = read(torch, place, file, device)
    loaded.warning = idle_gpu(torch, place.options)
    return loaded


def device_of(torch: Any, options: dict[str, Any]) -> Any:
    """The device, tried: what cannot be used here is a failure and never the CPU instead."""
    name = options.get("device", "cpu")
    if not isinstance(name, str):
        raise faults.CannotLoad(f"options.device must be cpu, cuda, cuda:1 …, not {name!r}")
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except Exception as error:  # torch raises AssertionError, RuntimeError and others here
        reason = faults.first_line(error)
        if name.startswith("cuda") and not (torch.version.cuda or torch.version.hip):
            reason += f": torch {torch.__version__} is a build for CPUs"
        raise faults.CannotLoad(f"options.device {name!r} cannot be used: {reason}") from error
    return device


def idle_gpu(torch: Any, options: dict[str, Any]) -> str:
    """The warning that nobody chose the CPU beside a GPU, or nothing."""
    if "device" in options or not torch.cuda.device_count():
        return ""
    return (
        "runs on the CPU beside a GPU: write `options: {device: cuda}`, or `device: cpu` to mean it"
    )


def tolerance_of(torch: Any, device: Any, tensors: Any) -> float | None:
    """How coarsely a model with these weights computes, for the proof of its batches.

    A GPU computes convolutions of 32 bits in TF32, and chooses its way by the number of rows.
    """
    if any(tensor.dtype in {torch.float16, torch.bfloat16} for tensor in tensors):
        return equivalence.COARSE
    return None if device.type == "cpu" else equivalence.RELATIVE


def scripted(torch: Any, place: Any, file: str, device: Any) -> Any:
    """TorchScript: rows are what the options say, or any nested lists."""
    try:
        module = torch.jit.load(file, map_location=device).eval()
    except (RuntimeError, ValueError) as error:
        if "constants.pkl" in str(error):
            raise faults.CannotLoad(
                "the weights hold no TorchScript: write them with torch.jit.save, or with "
                "torch.export.save as a .pt2 file; what torch.save wrote needs `engine: python`"
            ) from error
        raise weights.unreadable(file, "torch", error) from error
    names = arguments_of(module)
    run = runner(torch, device, module)
    if "inputs" not in place.options:
        return python.Loaded(Lists(torch, run, names, place.rows), python.Loop(), place.rows)
    inputs = declared(place.options["inputs"], names)
    arrays = zeros(inputs, 2)
    try:
        answers = named(run(arrays))
    except Exception as error:  # whatever the model raises
        reason = str(error).strip().splitlines()[-1:] or [type(error).__name__]
        raise faults.CannotLoad(
            f"the model cannot compute zeros of shapes {[array.shape for array in arrays]}, "
            f"as options.inputs says: {reason[0]}"
        ) from error
    free = any(None in tensor.shape for tensor in inputs)
    outputs = [seen(name, array_of(torch, each), 2, free) for name, each in answers]
    tolerance = tolerance_of(torch, device, [*module.parameters(), *module.buffers()])
    return TensorModel(inputs, outputs, computing(torch, run), place.rows, tolerance)


def arguments_of(module: Any) -> list[str]:
    """The names of the tensors that `forward` must be given."""
    names = []
    for argument in module.forward.schema.arguments[1:]:
        if argument.has_default_value():
            break
        if str(argument.type) != "Tensor":
            raise faults.CannotLoad(
                f"forward takes {argument.name}: {argument.type}, and only tensors can be sent"
            )
        names.append(argument.name)
    return names


def declared(inputs: Any, names: list[str]) -> list[Tensor]:
    """The tensors that options.inputs describes, checked."""
    if not isinstance(inputs, list) or not all(isinstance(each, dict) for each in inputs):
        raise faults.CannotLoad("options.inputs must be a list: [{name: x, shape: [3]}]")
    tensors = []
    for at, each in enumerate(inputs):
        kind = each.get("type", "float32")
        shape = each.get("shape")
        sizes = shape if isinstance(shape, list) else [""]
        if kind not in TYPES - {"string"}:
            raise faults.CannotLoad(f"options.inputs[{at}].type is {kind!r}, which torch lacks")
        if any(size is not None and type(size) is not int for size in sizes):
            raise faults.CannotLoad(
                f"options.inputs[{at}].shape must be a list of sizes like [3, null], not {shape!r}"
            )
        tensors.append(Tensor(str(each.get("name", "")), kind, [None, *sizes]))
    if [tensor.name for tensor in tensors] != names:
        wanted = ", ".join(names) or "no tensor"
        raise faults.CannotLoad(f"options.inputs must describe, in this order: {wanted}")
    return tensors


class Lists:
    """What the engine `python` asks for TorchScript whose inputs nobody describes."""

    def __init__(self, torch: Any, run: Any, names: list[str], most_rows: int | None) -> None:
        self.max_batch = most_rows or DEFAULT_ROWS
        self._torch = torch
        self._run = run
        self._names = names

    def predict(self, inputs: Any) -> list[Any]:
        """Rows of one shape are stacked; of several shapes, or where rows mix, one by one."""
        torch, stacks = self._torch, []
        for name in self._names:
            rows = [item if len(self._names) == 1 else item[name] for item in inputs]
            stacks.append([torch.tensor(row, dtype=torch.float32) for row in rows])
        shapes = {tuple(row.shape for row in rows) for rows in zip(*stacks)}
        if len(shapes) == 1:
            answers = named(self._run([torch.stack(rows) for rows in stacks]))
            if all(each.dim() and len(each) == len(inputs) for _, each in answers):
                return [by_name(answers, at) for at in range(len(inputs))]
        return [
            by_name(named(self._run([row.unsqueeze(0) for row in rows])), None)
            for rows in zip(*stacks)
        ]


def by_name(answers: Any, at: int | None) -> Any:
    """Row ``at`` of the answers to a stack, or all there is of the answers to one row."""
    found = {}
    for name, each in answers:
        if at is None:
            found[name] = each[0] if each.dim() and len(each) == 1 else each
        else:
            found[name] = each[at]
    return found if len(found) > 1 else next(iter(found.values()))


def exported(torch: Any, place: Any, file: str, device: Any) -> TensorModel:
    """A program of torch.export, which describes itself."""
    weights.refuse_untrusted_pickle(place, "a .pt2 file")  # torch falls back on pickle within it
    try:
        program = torch.export.load(file)
    except Exception as error:  # a file of another kind raises anything
        raise weights.unreadable(file, "torch", error) from error
    if {device.type, *kinds_of_devices(torch, program)} != {"cpu"}:
        passes = packages.need("torch.export.passes", "torch")
        program = passes.move_to_device_pass(program, str(device))
    nodes = {node.name: node.meta.get("val") for node in program.graph.nodes}
    given = program.graph_signature.user_inputs
    inputs = [described(torch, name, nodes[name]) for name in given if name in nodes]
    (answer,) = [node for node in program.graph.nodes if node.op == "output"]
    values = [each.meta["val"] for each in answer.args[0]]
    unflatten = packages.need("torch.utils._pytree", "torch").tree_unflatten
    spec = program.call_spec
    outputs = [
        described(torch, name, values[at])
        for name, at in named(unflatten(range(len(values)), spec.out_spec))
    ]
    module = program.module()
    types = [nodes[name].dtype for name in given if name in nodes]

    def forward(*tensors: Any) -> Any:
        cast = iter([tensor.to(kind) for tensor, kind in zip(tensors, types)])
        flat = [next(cast) if name in nodes else name for name in given]
        positional, keywords = unflatten(flat, spec.in_spec)
        return module(*positional, **keywords)

    most = largest_batch(program, [nodes[name] for name in given if name in nodes])
    rows = min(place.rows or DEFAULT_ROWS, most or DEFAULT_ROWS)
    tolerance = tolerance_of(torch, device, program.state_dict.values())
    run = runner(torch, device, forward)
    return TensorModel(inputs, outputs, computing(torch, run), rows, tolerance)


def kinds_of_devices(torch: Any, program: Any) -> set[str]:
    """Where an exported program was, or makes, its tensors."""
    values = [node.meta.get("val") for node in program.graph.nodes]
    values += program.state_dict.values()
    return {value.device.type for value in values if isinstance(value, torch.Tensor)}


def described(torch: Any, name: str, value: Any) -> Tensor:
    """A tensor of the exported program. bfloat16 travels as float32."""
    if not isinstance(value, torch.Tensor):
        raise faults.CannotLoad(f"{name!r} is a {type(value).__name__}; only tensors can be served")
    kind = str(value.dtype).replace("torch.", "").replace("bfloat16", "float32")
    if kind not in TYPES:
        raise faults.CannotLoad(f"{name!r} is of type {kind}, which cannot be served")
    return Tensor(name, kind, [size if isinstance(size, int) else None for size in value.shape])


def largest_batch(program: Any, inputs: list[Any]) -> int | None:
    """The most rows that the program was exported for; None without an upper bound."""
    found = []
    for value in inputs:
        size = value.shape[0] if value.dim() else 1
        bounds = None if isinstance(size, int) else program.range_constraints.get(size.node.expr)
        if bounds is None:
            continue
        if bounds.lower > 1:
            raise faults.CannotLoad(
                f"the program was exported for batches of at least {bounds.lower}, and a request "
                "may come alone: export it again with a dimension that begins at 1"
            )
        if str(bounds.upper).isdigit():  # else it is infinity
            found.append(int(bounds.upper))
    return min(found) if found else None


def runner(torch: Any, device: Any, forward: Any) -> Any:
    """``forward``, given arrays or tensors, on the device and without gradients."""

    def run(arrays: list[Any]) -> Any:
        tensors = [
            array.to(device) if isinstance(array, torch.Tensor) else torch.tensor(array).to(device)
            for array in arrays
        ]
        with torch.inference_mode():
            return forward(*tensors)

    return run


def computing(torch: Any, run: Any) -> Any:
    """Arrays in, a list of arrays out."""
    return lambda arrays: [array_of(torch, each) for _, each in named(run(arrays))]


def named(answer: Any) -> list[tuple[str, Any]]:
    """What `forward` returned, by the names that the outputs get."""
    if hasattr(answer, "items"):
        return [(str(name), each) for name, each in answer.items()]
    if hasattr(answer, "_fields"):
        return list(zip(answer._fields, answer))
    if isinstance(answer, (tuple, list)):
        if len(answer) == 1:
            return [("output", answer[0])]
        return [(f"output_{at}", each) for at, each in enumerate(answer)]
    return [("output", answer)]


def array_of(torch: Any, value: Any) -> Any:
    """numpy's array, which has no bfloat16."""
    if not isinstance(value, torch.Tensor):
        raise faults.CannotLoad(
            f"forward returns a {type(value).__name__} where tensors can be served"
        )
    return (value.float() if value.dtype == torch.bfloat16 else value).cpu().numpy()
