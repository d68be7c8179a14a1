"""Changes of files are noticed: soon, once, and also where events of the file system are lost."""

import shutil
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from greenroom.serve import watch
from greenroom.serve.watch import Watch, fingerprint

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "slides").mkdir()
    (tmp_path / "slides" / "talk.md").write_text("# A\n")
    (tmp_path / "mkdocs.yml").write_text("site_name: A\n")
    return tmp_path


async def noticed(folder: Path, change: Callable[[], object], *, listening: bool = True) -> float:
    """The seconds until a change is noticed."""
    watched = Watch(lambda: [folder / "slides", folder / "mkdocs.yml"])
    async with anyio.create_task_group() as tasks:
        if listening:
            tasks.start_soon(watched.listen)
            await anyio.sleep(0.2)
        changes = watched.changes()

        async def later() -> None:
            await anyio.sleep(0.05)
            change()

        tasks.start_soon(later)
        start = anyio.current_time()
        with anyio.fail_after(10):
            await anext(changes)
        seconds = anyio.current_time() - start - 0.05
        tasks.cancel_scope.cancel()
    return seconds


def rename_over(path: Path, text: str) -> None:
    path.with_suffix(".tmp").write_text(text)
    path.with_suffix(".tmp").replace(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "slides" / "talk.md").write_text("# B\n"),
        lambda folder: rename_over(folder / "slides" / "talk.md", "# B\n"),
        lambda folder: rename_over(folder / "mkdocs.yml", "site_name: B\n"),
        lambda folder: (folder / "slides" / "new").mkdir() or (folder / "slides" / "new" / "a.png").write_bytes(b"1"),
        lambda folder: (folder / "slides" / "talk.md").unlink(),
        lambda folder: shutil.rmtree(folder / "slides"),
    ],
    ids=["written", "renamed", "a single file", "a new folder", "deleted", "the folder deleted"],
)
async def test_a_change_is_noticed(folder, change):
    await noticed(folder, lambda: change(folder))


async def test_without_an_event_it_is_noticed_all_the_same(folder):
    await noticed(folder, lambda: (folder / "slides" / "talk.md").write_text("# B\n"), listening=False)


async def test_what_was_not_there_at_first_is_noticed(folder):
    """The folder may be gone when it is looked at first, and back when it is looked at again."""
    changes = Watch(lambda: [folder / "slides"]).changes({})
    with anyio.fail_after(5):
        await anext(changes)


async def test_events_count_again_when_all_was_gone(folder, monkeypatch):
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.2)
    root = folder / "project"
    watched = Watch(lambda: [root / "slides"])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watched.listen)
        await anyio.sleep(0.3)
        (root / "slides").mkdir(parents=True)
        await anyio.sleep(0.6)
        monkeypatch.setattr(watch, "LOOK_SECONDS", 60)
        changes = watched.changes(fingerprint([root / "slides"]))

        async def later() -> None:
            await anyio.sleep(0.05)
            (root / "slides" / "talk.md").write_text("# A\n")

        tasks.start_soon(later)
        with anyio.fail_after(5):
            await anext(changes)
        tasks.cancel_scope.cancel()


async def test_a_folder_that_came_back_is_watched_again(folder):
    """A version control system that changes branches takes folders away and brings them back."""
    watched = Watch(lambda: [folder / "slides"])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watched.listen)
        await anyio.sleep(0.2)
        changes = watched.changes()
        with anyio.fail_after(20):
            for count in range(1, 4):
                tasks.start_soon(_made_anew, folder / "slides", "# B\n" * count)
                await anext(changes)
                while not (folder / "slides" / "talk.md").exists():
                    await anext(changes)
        tasks.cancel_scope.cancel()
    seconds = await noticed(folder, lambda: (folder / "slides" / "talk.md").write_text("# C\n"))
    assert seconds < watch.LOOK_SECONDS


async def _made_anew(folder: Path, text: str) -> None:
    shutil.rmtree(folder)
    await anyio.sleep(0.1)
    folder.mkdir()
    (folder / "talk.md").write_text(text)


async def test_a_file_that_is_empty_for_a_moment_is_not_shown_so(folder, monkeypatch):
    """An editor that empties a file before it writes it."""
    monkeypatch.setattr(watch, "HALF_WRITTEN_SECONDS", 5.0)
    talk = folder / "slides" / "talk.md"
    watched = Watch(lambda: [folder / "slides"])
    seen = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watched.listen)
        await anyio.sleep(0.2)
        changes = watched.changes()

        async def see() -> None:
            await anext(changes)
            seen.append(talk.read_text())

        tasks.start_soon(see)
        await anyio.sleep(0.05)
        talk.write_text("")
        await anyio.sleep(0.3)
        assert seen == []
        talk.write_text("# B\n")
        with anyio.fail_after(10):
            while not seen:
                await anyio.sleep(0.01)
        tasks.cancel_scope.cancel()
    assert seen == ["# B\n"]


def test_what_is_hidden_does_not_count(folder):
    before = fingerprint([folder / "slides"])
    (folder / "slides" / ".talk.md.swp").write_text("…")
    (folder / "slides" / "__pycache__").mkdir()
    (folder / "slides" / "__pycache__" / "a.pyc").write_text("…")
    assert fingerprint([folder / "slides"]) == before
