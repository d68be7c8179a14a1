"""What bears on every recording, apart from the code: all of it is part of the key."""

from __future__ import annotations

from collections.abc import Mapping

FORMAT = 4
"""The form of the recordings' files, and the way modules are run; raised with every change of either."""

OLDEST_FORMAT = 3
"""The first of the forms that can still be read, so that what was recorded in it is held against what is new."""

WARM: Mapping[str, tuple[str, ...]] = {
    "tf2": ("tensorflow", "keras"),
    "pytorch": ("torch",),
    "python": (),
}
"""What the parent of each framework's modules imports before the first of them is run."""

WARM_IF: Mapping[str, tuple[str, ...]] = {
    "torch.compile": ("torch._dynamo",),
    "torch.func": ("torch._dynamo",),
    "torch.export": ("torch._dynamo", "torch.export"),
    "numpy": ("numpy",),
    "matplotlib": ("numpy", "matplotlib.pyplot"),
}
"""What the parent imports as well if the text on the left occurs in one of the modules: slow to import, seldom used."""

SEED = 0
"""The seed of Python's and NumPy's random numbers; those of a framework are for learners to see, in the snippet."""

ENVIRONMENT: Mapping[str, str] = {
    # the same numbers on every run: one thread adds in one order
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TF_DETERMINISTIC_OPS": "1",
    "CUDA_VISIBLE_DEVICES": "-1",
    # the same text on every machine
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "MPLBACKEND": "Agg",
    "PYTHONUTF8": "1",
    "PYTHONIOENCODING": "utf-8:backslashreplace",
    "PYTHONWARNINGS": "",
    "PYTHON_COLORS": "0",
    "NO_COLOR": "1",
    "TERM": "dumb",
    "COLUMNS": "80",
    "LINES": "24",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
}
"""The environment variables that a module runs with, whatever they are outside."""

KERAS_BACKEND: Mapping[str, str] = {"tf2": "tensorflow", "pytorch": "torch", "python": "numpy"}
"""Keras computes with the framework that the module is about."""
