"""The real frameworks in the engine. All of these tests share one import of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from greenroom.record.engine import Engine, Run

if TYPE_CHECKING:
    from tests.record.conftest import Project

Runner = Callable[..., Run]

TENSORFLOW = """
import sys
import tensorflow as tf

# %% sum
@tf.function
def total(n):
    result = 0
    for i in tf.range(n):
        if i % 2 == 0:
            result += i
    return result

print(total(10))
# %% fails raises="InvalidArgumentError"
tf.ones([2, 3]) @ tf.ones([2, 3])
# %% layer
layer = tf.keras.layers.Dense(1)
y = layer(tf.ones([1, 2]))
print(layer.name, y.shape)
# %% alone
print("torch" in sys.modules, tf.keras.backend.backend())
"""

PYTORCH = """
import os
import sys
import torch

# %% sum
@torch.compile(backend="eager")
def total(n):
    return torch.arange(n)[::2].sum()

print(total(10))
# %% fails raises="RuntimeError"
torch.ones(2, 3) @ torch.ones(2, 3)
# %% lazy
layer = torch.nn.LazyLinear(1)
# %% alone
print("tensorflow" in sys.modules, os.environ["KERAS_BACKEND"])
"""


def test_tensorflow(run: Runner) -> None:
    first, second = run(TENSORFLOW, "tf2"), run(TENSORFLOW, "tf2")
    assert first.problems == ()
    assert dict(first.versions).keys() == {"python", "tensorflow"}
    assert [output.cell for output in first.outputs] == ["", "sum", "fails", "layer", "alone"]
    _, total, fails, layer, alone = first.outputs
    assert total.stdout == "tf.Tensor(20, shape=(), dtype=int32)\n"
    assert fails.raised is not None
    assert fails.raised.type == "tensorflow.python.framework.errors_impl.InvalidArgumentError"
    assert "Matrix size-incompatible" in fails.raised.message
    assert fails.raised.traceback.count("  File ") == 1
    assert layer.stdout == "dense (1, 1)\n"
    assert alone.stdout == "False tensorflow\n"
    assert [output.text for output in second.outputs][3:] == [output.text for output in first.outputs][3:]


def test_errors_in_graphs_name_the_snippet_s_lines(run: Runner) -> None:
    (problem,) = run(
        """
        import tensorflow as tf
        # %% graph
        @tf.function
        def f(x):
            return x @ x
        f(tf.ones([2, 3]))
        """,
        "tf2",
    ).problems
    assert problem.span.line == 6
    assert "line 5, in f" in problem.fact
    assert "/site-packages/" not in problem.fact


def test_pytorch(run: Runner) -> None:
    done = run(PYTORCH, "pytorch")
    assert done.problems == ()
    assert dict(done.versions).keys() == {"python", "torch"}
    assert "+" not in dict(done.versions)["torch"]
    _, total, fails, lazy, alone = done.outputs
    assert total.stdout == "tensor(20)\n"
    assert fails.raised is not None
    assert fails.raised.type == "RuntimeError"
    assert lazy.stdout == "" or lazy.stdout.startswith("torch/")
    assert alone.stdout == "False torch\n"


@pytest.mark.parametrize(
    ("framework", "text"),
    [
        (
            "tf2",
            """
            import tensorflow as tf
            # %% values parity="a, b, c, d, e"
            a = tf.Variable([0.6, 0.8])
            b = tf.constant([[True]])
            c = [tf.constant(1.0), 2.0]
            d = tf.constant(3, dtype=tf.int64)
            e = tf.cast(tf.constant(0.5), tf.bfloat16)
            """,
        ),
        (
            "pytorch",
            """
            import torch
            # %% values parity="a, b, c, d, e"
            a = torch.nn.Parameter(torch.tensor([0.6, 0.8]))
            b = torch.tensor([[True]])
            c = [torch.tensor(1.0, requires_grad=True), 2.0]
            d = torch.tensor(3)
            e = torch.tensor(0.5, dtype=torch.bfloat16)
            """,
        ),
    ],
)
def test_tensors_are_taken_as_arrays(run: Runner, framework: str, text: str) -> None:
    done = run(text, framework)
    assert done.problems == ()
    values = {value.name: (value.dtype, value.shape, value.data) for value in done.outputs[-1].values}
    assert values["a"] == ("float32", (2,), (0.6, 0.8))
    assert values["b"] == ("bool", (1, 1), (True,))
    assert values["c"][1:] == ((2,), (1.0, 2.0))
    assert values["d"] == ("int64", (), (3,))
    assert values["e"] == ("float32", (), (0.5,))


def test_frameworks_run_side_by_side_each_in_its_own_process(engine: Engine, shared: Project) -> None:
    texts = {"tf2": "import os, tensorflow as tf\n", "pytorch": "import os, torch\n"}
    modules = [shared.write(f"{text}print(os.getppid(), os.getpid())\n", name) for name, text in texts.items()]
    modules += [shared.write(f"{text}print(os.getppid(), os.getpid())\n", name) for name, text in texts.items()]
    runs = list(engine.run([shared.trace(module) for module in modules]))
    assert [run.problems for run in runs] == [()] * 4
    parents = {(run.sources.module.framework, run.outputs[0].stdout.split()[0]) for run in runs}
    assert len(parents) == len({parent for _, parent in parents}) == 2
    assert len({run.outputs[0].stdout.split()[1] for run in runs}) == 4
