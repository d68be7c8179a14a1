"""Recordings on disk: written only when they change, noticed when they are not as they were written."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from greenroom.model import Cell, Figure, Meaning, Module, Output, Passage, Raised, Recording, Value
from greenroom.record import settings, store

CELLS = (Cell("", 1, 1), Cell("tape", 3, 4, 2, (("alt", "A line"),)), Cell("eager", 6, 7, 5))
MODULE = Module("snippets/deep/gradients/tf2.py", "deep/gradients", "tf2", ("x",), CELLS)
RECORDING = Recording(
    MODULE.path,
    "0123",
    (("python", "3.11.7"), ("tensorflow", "2.21.0")),
    (
        Output(""),
        Output(
            "tape",
            stdout="one\n\n  two é\n",
            value="array([1.0,\n       2.0])",
            figures=(Figure("tf2-tape-1.svg", "A line", b"<svg/>"), Figure("tf2-tape-2.svg", "A line", b"<svg></svg>")),
            seconds=0.123,
            values=(
                Value("flag", "bool", (2,), (True, False)),
                Value("n", "int64", (), (9007199254740993,)),
                Value("x", "float32", (2, 2), (0.1, 1e-8, math.inf, -0.0)),
                Value("z", "complex64", (1,), ("(1+2j)",)),
            ),
        ),
        Output("eager", raised=Raised("ValueError", "no\nway", 7, "Traceback …\nValueError: no\nway")),
    ),
    sources=((MODULE.path, "4567"),),
    imports=("tensorflow",),
    cells=(("", "89"), ("tape", "ab"), ("eager", "cd")),
    settings=(("environment", "TZ=UTC"), ("format", str(settings.FORMAT)), ("seed", "0")),
    steps=(
        Meaning(
            "Linear",
            "call",
            "symbol",
            "Linear.call",
            (
                Passage(
                    ("def call(self):", "", "> no"),
                ),
            ),
        ),
        Meaning("tape", "a || b", "text", "b", (Passage(("b = 1",), ("  a",)), Passage(("b",), (), ("# end",)))),
    ),
)
FOLDER = "snippets/deep/gradients/recordings"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with the recording in it."""
    assert store.write(tmp_path, RECORDING)
    return tmp_path


def test_what_is_written_is_read(root: Path) -> None:
    assert store.read(root, MODULE) == (RECORDING, None)
    names = ["tf2-tape-1.svg", "tf2-tape-2.svg", "tf2.json"]
    assert sorted(file.name for file in (root / FOLDER).iterdir()) == names


def test_files_that_do_not_change_are_not_touched(root: Path) -> None:
    def written() -> dict[Path, tuple[int, int]]:
        return {file: (file.stat().st_ino, file.stat().st_mtime_ns) for file in (root / FOLDER).iterdir()}

    before = written()
    assert not store.write(root, RECORDING)
    assert written() == before
    assert store.write(root, replace(RECORDING, key="89ab"))


def test_the_file_can_be_read_in_a_diff(root: Path) -> None:
    text = (root / FOLDER / "tf2.json").read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert '    "  two é",\n' in text
    assert '"data": "0.1 1e-08 inf -0.0"' in text
    assert list(json.loads(text)) == sorted(json.loads(text))


def test_there_may_be_no_recording(root: Path) -> None:
    assert store.read(root, replace(MODULE, path="snippets/deep/gradients/pytorch.py")) == (None, None)


def edit(old: str, new: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        text = (folder / "tf2.json").read_text(encoding="utf-8")
        assert old in text
        (folder / "tf2.json").write_text(text.replace(old, new), encoding="utf-8")

    return change


@pytest.mark.parametrize(
    "damage",
    [
        edit("two é", "three"),
        edit("0.1 1e-08", "0.2 1e-08"),
        edit('"key": "0123"', '"key": "0124"'),
        edit("0.123", "0.124"),
        edit('"tape ab"', '"tape ac"'),
        edit("ValueError: no", "TypeError: no"),
        edit('"cell": "tape"', '"cell": "nape"'),
        edit("snippets/deep/gradients/tf2.py", "snippets/other/tf2.py"),
        edit("{", "<<<<<<< ours\n{"),
        edit('"outputs"', '"output"'),
        edit("0.123", "NaN"),
        edit("1e-08", "one"),
        lambda folder: (folder / "tf2.json").write_bytes((folder / "tf2.json").read_bytes()[:200]),
        lambda folder: (folder / "tf2.json").write_bytes(b"\xff\xfe"),
        lambda folder: (folder / "tf2.json").write_text("[]", encoding="utf-8"),
        lambda folder: (folder / "tf2.json").write_text("", encoding="utf-8"),
        lambda folder: (folder / "tf2-tape-2.svg").write_text("<svg> </svg>", encoding="utf-8"),
        lambda folder: (folder / "tf2-tape-1.svg").unlink(),
    ],
)
def test_damage_is_noticed(root: Path, damage: Callable[[Path], object]) -> None:
    damage(root / FOLDER)
    recording, problem = store.read(root, MODULE)
    assert recording is None
    assert problem is not None
    assert (problem.code, str(problem.span)) == ("recording-damaged", f"{FOLDER}/tf2.json:1:1")
    assert "`greenroom record --accept deep/gradients/tf2`" in problem.hint


def test_a_recording_of_another_format_is_stale_and_not_damaged(root: Path) -> None:
    reformat(root, 0)
    recording, problem = store.read(root, MODULE)
    assert recording is None
    assert problem is not None
    assert problem.code == "recording-stale"


def test_a_recording_of_the_format_before_can_be_held_against_what_is_new(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "FORMAT", settings.FORMAT + 1)
    assert store.read(root, MODULE) == (RECORDING, None)


def reformat(root: Path, number: int) -> None:
    """Write the recording as a greenroom of another format would have."""
    path = root / FOLDER / "tf2.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    data["format"] = number
    data["digest"] = store._digest(data)
    path.write_text(json.dumps(data), encoding="utf-8")


def test_a_figure_is_described_as_its_cell_is_now(root: Path) -> None:
    cells = (CELLS[0], replace(CELLS[1], options=(("alt", "A curve"),)), CELLS[2])
    recording, _ = store.read(root, replace(MODULE, cells=cells))
    assert recording is not None
    assert {figure.alt for figure in recording.outputs[1].figures} == {"A curve"}


def test_who_writes_does_so_alone(root: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with store.alone(root):
            order.append("second")

    with store.alone(root):
        other = threading.Thread(target=second)
        other.start()
        other.join(0.2)
        order.append("first")
    other.join()
    assert order == ["first", "second"]


def test_a_write_that_is_cut_short_leaves_the_old_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(_: int) -> None:
        raise OSError(28, "No space left on device")

    before = {file.name: file.read_bytes() for file in (root / FOLDER).iterdir()}
    monkeypatch.setattr("os.fsync", no_space)
    with pytest.raises(OSError, match="No space"):
        store.write(root, replace(RECORDING, key="89ab"))
    assert {file.name: file.read_bytes() for file in (root / FOLDER).iterdir()} == before
    assert [file.name for file in (root / ".greenroom").iterdir()] == []


@pytest.mark.parametrize("survives", [0, 1, 2])
def test_what_a_kill_interrupts_is_brought_to_its_end(
    root: Path, monkeypatch: pytest.MonkeyPatch, survives: int
) -> None:
    outputs = RECORDING.outputs
    figures = tuple(replace(figure, data=b"<svg>new</svg>") for figure in outputs[1].figures)
    new = replace(RECORDING, outputs=(outputs[0], replace(outputs[1], figures=figures), outputs[2]))
    moved = []

    def killed(self: Path, target: Path) -> None:
        if len(moved) == survives:
            raise KeyboardInterrupt
        moved.append(target)
        self.rename(target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            store.write(root, new)
    store.settle(root)
    assert store.read(root, MODULE) == (new, None)
    assert [file.name for file in (root / ".greenroom").iterdir()] == ["lock"]


def test_what_was_not_whole_when_a_recorder_was_killed_is_put_away(root: Path) -> None:
    (root / ".greenroom/unfinished-x").mkdir()
    (root / ".greenroom/unfinished-x/0").write_bytes(b"{")
    with store.alone(root):
        pass
    assert [file.name for file in (root / ".greenroom").iterdir()] == ["lock"]
    assert store.read(root, MODULE) == (RECORDING, None)


def test_files_that_belong_to_no_module_are_orphans(root: Path) -> None:
    recordings = {MODULE.path: RECORDING}
    assert list(store.orphans(root, "snippets", [MODULE], recordings)) == []
    for name in ("tf2-tape-3.svg", "pytorch.json"):
        (root / FOLDER / name).write_text("", encoding="utf-8")
    names = [file.name for file in store.orphans(root, "snippets", [MODULE], recordings)]
    assert names == ["pytorch.json", "tf2-tape-3.svg"]
    everything = list(store.orphans(root, "snippets", [], {}))
    assert len(everything) == 5
    store.remove(everything)
    assert not (root / FOLDER).exists()


@pytest.mark.parametrize("name", ["voice.wav", "tf2.py", "notes.json", "plan.svg", "python.json/data"])
def test_an_author_s_own_files_are_no_orphans(root: Path, name: str) -> None:
    """A lesson, or a folder of its data, may be called `recordings` as well."""
    (root / FOLDER / name).parent.mkdir(exist_ok=True)
    (root / FOLDER / name).write_text("", encoding="utf-8")
    assert list(store.orphans(root, "snippets", [MODULE], {MODULE.path: RECORDING})) == []


def test_figures_of_a_recording_that_cannot_be_read_are_no_orphans(root: Path) -> None:
    assert list(store.orphans(root, "snippets", [MODULE], {})) == []
