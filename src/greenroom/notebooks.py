"""Snippet modules and talks → Jupyter notebooks, with what was recorded as their outputs.

A module's notebook is the module: its cells, its prose, and before them a cell that installs what is missing, sets the
seeds, and writes the files that the program reads, so that the notebook needs nothing beside it.

A talk's notebook has the talk's prose in its order, and each slide's code in one framework. Programs know nothing of
each other, so none may see another's names: where the code of another one begins, the magic `%program` clears them all.
What a cell needs of its own program comes before it, also cells that no slide shows, and once more where the talk comes
back to a program that it had left.

The files are made here, as nbformat 4.5 describes them. jupytext reads the same cells in a module, but a build that has
scanned it already would wait longer for jupytext's import than for all notebooks of a talk.
"""

from __future__ import annotations

import ast
import base64
import json
import posixpath
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import chain
from typing import TYPE_CHECKING, Any

from greenroom.memo import remembered, same
from greenroom.model import FRAMEWORKS, LIBRARIES, Cell, Figure, Listing, Module, Output, Recording, Slide, Talk
from greenroom.plain_markdown import Writer, escaped, fenced

if TYPE_CHECKING:
    from markdown_it.token import Token

Json = dict[str, Any]

PACKAGES: Mapping[str, str] = {
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "PIL": "pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "PyYAML",
}
"""What is installed under another name than it is imported."""

_SETTINGS = ("TF_CPP_MIN_LOG_LEVEL", "TF_ENABLE_ONEDNN_OPTS", "KERAS_BACKEND")
"""The variables of the environment that TensorFlow and Keras read, and that decide what is printed."""

_IMPORTED = ("matplotlib.pyplot", "numpy", "tensorflow", "torch")
"""What may say things of the machine when it is imported, so that it says them first; and what has seeds."""

_FIGURES = '{"bbox_inches": None, "metadata": {"Date": None, "Creator": None}}'
"""How figures are drawn: as large as their program says, and the same each time."""

_ASYNCIO = """\
# A notebook runs in an event loop, so that `asyncio.run` has to begin its own in another thread.
import asyncio


def run(main, *, begin=asyncio.run, **options):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as executor:
        return executor.submit(begin, main, **options).result()


asyncio.run = run
del asyncio, run"""

MEDIA = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
}
"""The kinds of pictures that a notebook can hold, by the endings of their files."""

_PROSE = re.compile(r"#\s*%%\s*(?:[^\s=\[\"]+\s+)?\[(?P<kind>\w+)\].*")
_PLAIN_PATH = re.compile(r"[\w./-]+")
_LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class Script:
    """A module, with all that its notebook has to bring along.

    Attributes:
        recording: What running it produced; None if that is not known.
        files: The files of the project that it imports and reads, by their paths.
    """

    module: Module
    recording: Recording | None
    files: tuple[tuple[str, bytes], ...] = ()

    @property
    def packages(self) -> set[str]:
        """What it imports from elsewhere and is not Python's own."""
        imports = self.recording.imports if self.recording else ()
        return {name.partition(".")[0] for name in imports} - sys.stdlib_module_names

    @property
    def is_placed(self) -> bool:
        """Whether it has to know where it is."""
        return bool(self.files) or any("__file__" in line for line in self.module.lines)


@remembered(lambda script: (same(script.module), same(script.recording), script.files))
def of_module(script: Script) -> str:
    """The notebook of a module."""
    module = script.module
    title = f"{module.lesson}: {FRAMEWORKS[module.framework]}"
    book = _Notebook(title)
    docstring, parts = _parts(script)
    book.markdown("title", "\n\n".join(filter(None, [f"# {escaped(title)}", docstring, _origin(script)])))
    _prepare_module(book, script)
    for part in parts:
        book.add(part, part.name)
    return book.text([script])


def of_talk(talk: Talk, framework: str, scripts: Mapping[tuple[str, str], Script], files: Mapping[str, bytes]) -> str:
    """The notebook of a talk in a framework.

    Args:
        talk: The talk, resolved.
        framework: The framework. What is shown in no framework but Python is there, too; other code is shown only.
        scripts: The modules, by lesson and framework.
        files: The pictures that the talk shows, by the author's addresses.
    """
    return _TalkNotebook(talk, framework, scripts, files).text()


# --- what a notebook consists of ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """A cell of a module, as a notebook has it: code that runs, or prose.

    Attributes:
        cell: The module's cell; None for prose.
        kind: `code`, `markdown` or `raw`.
    """

    kind: str
    source: str
    cell: Cell | None = None
    output: Output | None = None

    @property
    def name(self) -> str:
        """What it is called in the notebook."""
        return (self.cell.name or "begin") if self.cell else "prose"


@dataclass(slots=True)
class _Notebook:
    """A notebook that is being written."""

    title: str
    cells: list[Json] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    count: int = 0

    def markdown(self, name: str, text: str, attachments: Json | None = None) -> None:
        """Add prose."""
        extra = {"attachments": attachments} if attachments else {}
        self.cells.append({"cell_type": "markdown", "id": self._id(name), "metadata": {}, "source": text, **extra})

    def code(self, name: str, source: str, outputs: Sequence[Json] = (), metadata: Json | None = None) -> None:
        """Add code that runs."""
        self.count += 1
        numbered = [
            {**each, "execution_count": self.count} if each["output_type"] == "execute_result" else each
            for each in outputs
        ]
        self.cells.append(
            {
                "cell_type": "code",
                "execution_count": self.count,
                "id": self._id(name),
                "metadata": metadata or {},
                "outputs": numbered,
                "source": source,
            }
        )

    def add(self, part: _Part, name: str, *, hidden: bool = False, again: bool = False) -> None:
        """Add a part of a module.

        Args:
            part: The part.
            name: What its id is made from.
            hidden: Whether the code is folded away.
            again: Whether it was there before, so that its outputs are folded away as well.
        """
        if part.cell is None:
            self.cells.append({"cell_type": part.kind, "id": self._id(name), "metadata": {}, "source": part.source})
            return
        metadata: Json = dict(part.cell.options)
        if part.cell.name:
            metadata["title"] = part.cell.name
        if part.cell.option("raises"):
            metadata["tags"] = ["raises-exception"]
        if hidden or again:
            metadata["jupyter"] = {"source_hidden": True} | ({"outputs_hidden": True} if again else {})
        self.code(name, part.source, list(_outputs(part.output)) if part.output else (), metadata)

    def text(self, scripts: Iterable[Script]) -> str:
        """The file."""
        language: Json = {
            "codemirror_mode": {"name": "ipython", "version": 3},
            "file_extension": ".py",
            "mimetype": "text/x-python",
            "name": "python",
            "nbconvert_exporter": "python",
            "pygments_lexer": "ipython3",
        }
        if version := _versions(scripts).get("python"):
            language["version"] = version
        cells = [{**cell, "source": _lines(cell["source"])} for cell in self.cells]
        book = {
            "cells": cells,
            "metadata": {
                "jupytext": {"text_representation": {"extension": ".py", "format_name": "percent"}},
                "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
                "language_info": language,
                "title": self.title,
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        return json.dumps(book, ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    def _id(self, name: str) -> str:
        """A cell's id: its name, made fit and unique."""
        plain = re.sub(r"[^a-zA-Z0-9_-]+", "-", name).strip("-")[: _LONGEST_ID - 4] or "cell"
        found, count = plain, 1
        while found in self.ids:
            count += 1
            found = f"{plain}-{count}"
        self.ids.add(found)
        return found


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _outputs(output: Output) -> Iterator[Json]:
    """What a cell produced, in the words of nbformat."""
    if output.stdout:
        yield _stream(output.stdout)
    for figure in output.figures:
        yield _figure(figure)
    if output.value:
        yield {"data": {"text/plain": _lines(output.value)}, "metadata": {}, "output_type": "execute_result"}
    if output.raised:
        yield {
            "ename": output.raised.type,
            "evalue": output.raised.message,
            "output_type": "error",
            "traceback": output.raised.traceback.split("\n"),
        }


def _stream(text: str) -> Json:
    return {"name": "stdout", "output_type": "stream", "text": _lines(text)}


def _figure(figure: Figure) -> Json:
    """A picture, with its alternative text wherever something might look for it."""
    kind = MEDIA[posixpath.splitext(figure.name)[1]]
    if kind == "image/svg+xml":
        described = f'<svg role="img" aria-label="{escape(figure.alt)}" ' if figure.alt else "<svg "
        content = figure.data.decode().replace("<svg ", described, 1)
    else:
        content = base64.b64encode(figure.data).decode()
    metadata = {kind: {"alt": figure.alt}} if figure.alt else {}
    data = {kind: content, "text/plain": _lines(figure.alt or figure.name)}
    return {"data": data, "metadata": metadata, "output_type": "display_data"}


# --- a module -------------------------------------------------------------------------------------------------------


@remembered(lambda script: (same(script.module), same(script.recording)))
def _parts(script: Script) -> tuple[str, list[_Part]]:
    """A module's docstring, and its parts in order, each cell with what was recorded of it."""
    module = script.module
    tree = ast.parse("\n".join(module.lines))
    docstring = "" if "__doc__" in "\n".join(module.lines) else ast.get_docstring(tree) or ""
    statements = tree.body[1:] if docstring else tree.body
    own = range(tree.body[0].lineno, (tree.body[0].end_lineno or 0) + 1) if docstring else range(0)
    waiting: dict[str, list[Output]] = {}
    for output in script.recording.outputs if script.recording else ():
        waiting.setdefault(output.cell, []).append(output)

    found: list[_Part] = []
    done = 0
    for cell in module.cells:
        found += _prose(module, range(done + 1, cell.header or cell.first))
        done = cell.last
        numbers = [number for number in range(cell.first, cell.last + 1) if number not in {*module.hidden, *own}]
        source = "\n".join(module.lines[number - 1] for number in numbers).strip("\n")
        if cell.name or any(cell.first <= node.lineno <= cell.last for node in statements):
            outputs = waiting.get(cell.name)
            found.append(_Part("code", source, cell, outputs.pop(0) if outputs else None))
        elif source.strip():
            found.append(_Part("markdown", _uncommented(source)))
    found += _prose(module, range(done + 1, len(module.lines) + 1))
    return docstring, found


def _prose(module: Module, numbers: Iterable[int]) -> Iterator[_Part]:
    """The cells of prose in these lines."""
    lines: list[str] = []
    kind = "markdown"
    for line in [*(module.lines[number - 1] for number in numbers), "# %% [md]"]:
        if header := _PROSE.fullmatch(line):
            text = _uncommented("\n".join(lines))
            if text:
                yield _Part(kind, text)
            lines, kind = [], "raw" if header["kind"] == "raw" else "markdown"
        else:
            lines.append(line)


def _uncommented(text: str) -> str:
    """Prose that is written as comments, or as a string."""
    text = text.strip()
    if text.startswith("#"):
        return re.sub(r"(?m)^#[ \t]?", "", text)
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return str(value).strip()


def _origin(script: Script) -> str:
    recorded = script.recording.versions if script.recording else ()
    versions = ", ".join(f"{LIBRARIES.get(name, name)} {version}" for name, version in recorded)
    return f"`{script.module.path}`" + (f", recorded with {versions}." if versions else "")


# --- what comes first -----------------------------------------------------------------------------------------------


def _versions(scripts: Iterable[Script]) -> dict[str, str]:
    return dict(chain.from_iterable(script.recording.versions for script in scripts if script.recording))


def _prepare(book: _Notebook, scripts: Sequence[Script], last: str, *, names: Iterable[str] = ()) -> None:
    """Add the cells that come before all others: what must be installed, how it is set, and the files.

    No name of theirs is left to the programs, which might miss an import of their own.

    Args:
        book: The notebook.
        scripts: The programs that run in it.
        last: What is done at the end.
        names: The modules of Python's own that this needs.
    """
    if code := _install(scripts):
        book.code("install", f"# What is needed here. Packages that are installed stay as they are.\n{code}")
    packages = set().union(*(script.packages for script in scripts))
    variables = [f'os.environ["{name}"] = "{value}"' for name, value in _settings(scripts).items()]
    placed = any(script.is_placed for script in scripts)
    own = {*names, *["os"] * bool(variables), *["os", "tempfile"] * placed}
    others = [name for name in _IMPORTED if name.partition(".")[0] in packages]
    used = sorted({*own, *(name.partition(".")[0] for name in others)})
    parts = [
        _imports(own),
        "\n".join(variables + _config(scripts)),
        _imports(others),
        _ASYNCIO if any("asyncio" in script.recording.imports for script in scripts if script.recording) else "",
        _go(scripts) if placed else "",
        last,
        f"del {', '.join(used)}" if used else "",
    ]
    code = "\n\n".join(part.rstrip("\n") for part in parts if part)
    folded = {"jupyter": {"source_hidden": True}}
    book.code("prepare", f"# What makes the code run here as it ran for the recording\n{code}", metadata=folded)
    for path, content in sorted(dict(chain.from_iterable(script.files for script in scripts)).items()):
        book.code(f"file-{path}", *_file(path, content), metadata=folded)


def _imports(names: Iterable[str]) -> str:
    return "\n".join(f"import {name}" for name in sorted(names))


def _install(scripts: Sequence[Script]) -> str:
    versions = _versions(scripts)
    names = sorted(set().union(*(script.packages for script in scripts)))
    needs = {name: PACKAGES.get(name, name) + (f"=={versions[name]}" if name in versions else "") for name in names}
    if not needs:
        return ""
    lines = "".join(f'    "{name}": "{need}",\n' for name, need in needs.items())
    return f"""\
from importlib.util import find_spec

needs = {{
{lines}}}
missing = " ".join(needs[name] for name in needs if not find_spec(name))
if missing:
    %pip install --quiet $missing
del find_spec, needs, missing"""


def _config(scripts: Sequence[Script]) -> list[str]:
    """How values and figures are shown: as they were recorded."""
    recorded = [script.recording for script in scripts if script.recording]
    lines = []
    if any(output.value for recording in recorded for output in recording.outputs):
        lines.append("%config PlainTextFormatter.pprint = False")
    if any("matplotlib" in script.packages for script in scripts):
        lines.append('%config InlineBackend.figure_formats = ["svg"]')
        lines.append(f"%config InlineBackend.print_figure_kwargs = {_FIGURES}")
    return lines


def _settings(scripts: Iterable[Script]) -> dict[str, str]:
    """The variables that decide what is printed, as they were for the programs that import who reads them."""
    found: dict[str, str] = {}
    for script in scripts:
        text = dict(script.recording.settings).get("environment", "") if script.recording else ""
        recorded = dict(pair.split("=", 1) for pair in text.split(" ") if "=" in pair)
        if script.packages & {"tensorflow", "keras"}:
            found |= {name: recorded[name] for name in _SETTINGS if name in recorded}
    return found


def _seed(scripts: Iterable[Script]) -> str:
    return next((dict(script.recording.settings).get("seed", "0") for script in scripts if script.recording), "0")


def _go(scripts: Sequence[Script]) -> str:
    """Go to a new folder, with the folders of the files in it."""
    placed = [script for script in scripts if script.is_placed]
    paths = [path for script in placed for path, _ in script.files] + [script.module.path for script in placed]
    folders = sorted({posixpath.dirname(path) for path in paths})
    made = [folder for folder in folders if not any(other.startswith(f"{folder}/") for other in folders)]
    lines = "\n".join(f'os.makedirs("{folder}")' for folder in made)
    return f"""\
# The files that it reads go into a folder of their own, in the cells below.
os.chdir(tempfile.mkdtemp())
{lines}"""


def _prepare_module(book: _Notebook, script: Script) -> None:
    """Prepare for one program: its seeds, and where it is."""
    seed = _seed([script])
    lines = [f"random.seed({seed})", *[f"numpy.random.seed({seed})"] * ("numpy" in script.packages)]
    if script.is_placed:
        lines.append(f'__file__ = os.path.abspath("{script.module.path}")')
        lines.append("sys.path.insert(0, os.path.dirname(__file__))")
    _prepare(book, [script], "\n".join(lines), names=["random", *["sys"] * script.is_placed])


def _file(path: str, content: bytes) -> tuple[str, list[Json]]:
    """A cell that writes a file, as text that can be read wherever that comes out the same."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = ""
    plain = (
        text.endswith("\n") and not text.endswith("\n\n") and "\r" not in text and not text.startswith((">>>", "In ["))
    )
    if plain and _PLAIN_PATH.fullmatch(path):
        return f"%%writefile {path}\n{text.removesuffix(chr(10))}", [_stream(f"Writing {path}\n")]
    encoded = base64.b64encode(content).decode()
    return (
        f"# {path}\nimport base64\n\n"
        f'with open({path!r}, "wb") as file:\n    file.write(base64.b64decode("{encoded}"))\n'
        "del base64, file"
    ), []


# --- a talk ---------------------------------------------------------------------------------------------------------


class _TalkNotebook:
    """A talk's notebook, slide by slide."""

    def __init__(
        self, talk: Talk, framework: str, scripts: Mapping[tuple[str, str], Script], files: Mapping[str, bytes]
    ) -> None:
        self.talk = talk
        self.framework = framework
        self.files = files
        self.sections = {f"#/{slide.id}" for slide in talk.slides}
        fences = [fence for slide in talk.slides for fence in slide.fences]
        shown = [listing for fence in fences if (listing := self._own(fence.listings))]
        self.scripts = {key: scripts[key] for key in dict.fromkeys(map(_key, shown))}
        self.parts = {key: [part for part in _parts(script)[1] if part.cell] for key, script in self.scripts.items()}
        self.book = _Notebook(f"{talk.title}: {FRAMEWORKS[framework]}")
        self.program: tuple[str, str] | None = None
        self.done = 0
        self.seen: set[tuple[tuple[str, str], int]] = set()
        self.pending: list[str] = []
        self.attachments: Json = {}
        self.nested: list[Listing] = []
        self.slide = ""

    def text(self) -> str:
        """The file."""
        scripts = list(self.scripts.values())
        about = " · ".join(
            str(self.talk.meta[key]) for key in ("subtitle", "author", "date") if self.talk.meta.get(key)
        )
        versions = _versions(scripts)
        recorded = ", ".join(f"{LIBRARIES.get(name, name)} {version}" for name, version in versions.items())
        words = [
            f"# {escaped(self.talk.title)}",
            escaped(about),
            f"The code of this talk with {FRAMEWORKS[self.framework]}, recorded with {recorded}. "
            "Each program begins with `%program`, which clears the names of the one before. Folded cells are there "
            "for those that follow.",
        ]
        self.book.markdown("title", "\n\n".join(filter(None, words)))
        _prepare(self.book, scripts, _magic(scripts))
        for stack in self.talk.stacks:
            for slide in stack.slides:
                self._slide(slide, 2 if slide is stack.slides[0] else 3)
        return self.book.text(scripts)

    def _own(self, listings: Sequence[Listing]) -> Listing | None:
        """The listing that runs here: the framework's, or plain Python's if no framework is compared with it."""
        by_framework = {listing.framework: listing for listing in listings}
        alone = by_framework.get("python") if len(by_framework) == 1 else None
        return by_framework.get(self.framework) or alone

    def _slide(self, slide: Slide, level: int) -> None:
        self.slide = slide.id
        writer = self._writer(slide, level)
        rest: list[Token] = []
        for token in _shown(slide, self.talk):
            if token.type == "fence" and not token.level and slide.fences[token.meta["fence"]].listings:
                self._write(writer, rest)
                rest = []
                fence = slide.fences[token.meta["fence"]]
                self._fence(fence.listings, hidden=fence.option("echo") == "false")
                captions = [step.caption for step in fence.listings[0].steps if step.caption]
                self.pending += ["\n".join(f"{n}. {escaped(text)}" for n, text in enumerate(captions, 1))]
            else:
                rest.append(token)
        self._write(writer, rest)
        for note in slide.step_notes:
            self._write(writer, note.tokens)
        self._write(writer, slide.notes)
        self._flush()

    def _write(self, writer: Writer, tokens: Sequence[Token]) -> None:
        """Add prose, then the code of listings that stand within it."""
        if tokens:
            self.pending.append(writer.write(tokens))
        for listing in self.nested:
            self._fence([listing], hidden=False)
        self.nested = []

    def _flush(self) -> None:
        text = "\n\n".join(filter(None, self.pending))
        if re.sub(r"</?(?:div|section|span)\b[^>]*>|\s", "", text):
            self.book.markdown(f"slide-{self.slide}", text, self.attachments)
        self.pending, self.attachments = [], {}

    def _fence(self, listings: Sequence[Listing], *, hidden: bool) -> None:
        """Add what a fence shows: cells if they run here for the first time, else the code to read."""
        own = self._own(listings)
        if own is None:
            for listing in listings:
                self.pending.append(f"{FRAMEWORKS[listing.framework]}:\n\n{fenced(listing.code, 'python')}")
            return
        key = _key(own)
        parts = self.parts[key]
        places = [place for place, part in enumerate(parts) if _shows(own, part)]
        if all((key, place) in self.seen for place in places):
            self.pending.append(fenced(own.code, "python") if not hidden else "")
            return
        self._flush()
        name = f"{own.reference.lesson}-{own.framework}"
        if key != self.program:
            self.book.code(f"program-{name}", f"%program {own.path}")
            self.program, self.done = key, 0
        for place in range(self.done, max(places) + 1):
            part = parts[place]
            again = (key, place) in self.seen
            self.book.add(part, f"{name}-{part.name}", hidden=hidden or again, again=again)
            self.seen.add((key, place))
        self.done = max(places) + 1

    def _writer(self, slide: Slide, level: int) -> Writer:
        first = next((int(token.tag[1:]) for token in slide.body if token.type == "heading_open"), 1)

        def fence(token: Token) -> tuple[str, str]:
            if "fence" not in token.meta:
                return token.content, ""
            found = slide.fences[token.meta["fence"]]
            own = self._own(found.listings)
            self.nested += [own] if own else []
            shown = own or (found.listings[0] if found.listings else None)
            return (shown.code, "python") if shown else (found.code, found.language)

        def link(address: str) -> str:
            return address if "://" in address or address.startswith("mailto:") else ""

        def picture(address: str) -> str:
            content = self.files.get(address)
            if content is None:
                return link(address)
            name = posixpath.basename(address)
            self.attachments[name] = {_media(name): base64.b64encode(content).decode()}
            return f"attachment:{name}"

        def inline(address: str) -> str:
            content = self.files.get(address)
            if content is None:
                return address
            return f"data:{_media(address)};base64,{base64.b64encode(content).decode()}"

        return Writer(lambda own: min(level + max(own - first, 0), 6), fence, link, picture, inline)


def _key(listing: Listing) -> tuple[str, str]:
    return listing.reference.lesson, listing.framework


def _shows(listing: Listing, part: _Part) -> bool:
    return part.cell is not None and any(part.cell.first <= number <= part.cell.last for number in listing.numbers)


def _shown(slide: Slide, talk: Talk) -> Sequence[Token]:
    """What a slide shows; the title is there already."""
    if slide is talk.slides[0] and slide.title == talk.title and slide.body and slide.body[0].type == "heading_open":
        return slide.body[3:]
    return slide.body


def _media(name: str) -> str:
    return MEDIA.get(posixpath.splitext(name.partition("?")[0])[1].lower(), "application/octet-stream")


_STARTS: Mapping[str, tuple[str, str]] = {
    "numpy": ("import numpy", "numpy.random.seed({seed})"),
    "tensorflow": ("import tensorflow", "tensorflow.keras.utils.clear_session()"),
    "torch": ("import torch", "torch.manual_seed(torch_seed)"),
    "matplotlib": ("import matplotlib.pyplot", 'matplotlib.pyplot.close("all")\n    matplotlib.pyplot.rcdefaults()'),
}
"""What makes a package as it was at the start of a program, by its name: how it is imported, and what is done."""


def _magic(scripts: Sequence[Script]) -> str:
    """The magic `%program`.

    It leaves names that begin with `__`: torch.compile puts some there, and takes them away itself.
    """
    packages = set().union(*(script.packages for script in scripts))
    starts = [_STARTS[name] for name in _STARTS if name in packages]
    imports = "".join(f"    {line}\n" for line, _ in starts)
    done = "".join(f"    {line}\n" for _, line in starts).replace("{seed}", _seed(scripts))
    torch = "torch" in packages
    placed = any(script.is_placed for script in scripts)
    parameters = ["path", *["root=os.getcwd()"] * placed, *["torch_seed=torch.initial_seed()"] * torch]
    return f"""\
from IPython.core.magic import register_line_magic


@register_line_magic
def program({", ".join(parameters)}):
    \"\"\"Begin a program as a process of its own does: no names of the one before, and all seeds as at the start.\"\"\"
    import os
    import random
    import sys
{imports}
    names, kept = get_ipython().user_ns, get_ipython().user_ns_hidden
    for name in [name for name in names if name not in kept and name != "_" and not name.startswith("__")]:
        del names[name]
    random.seed({_seed(scripts)})
{done}{_WHERE if placed else ""}

del program, register_line_magic"""


_WHERE = """\
    os.chdir(root)
    sys.path[:] = [os.path.dirname(os.path.join(root, path)), *(each for each in sys.path if not each.startswith(root))]
    for name, module in list(sys.modules.items()):
        if name != "__main__" and (getattr(module, "__file__", None) or "").startswith(root):
            del sys.modules[name]
    names["__file__"] = os.path.join(root, path)
"""
"""Where a program is, and that it imports its own modules, which may be called like those of another one."""
