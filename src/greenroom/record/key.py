"""The key of a recording: a digest of all that decides what running a module gives.

That is the module's code, the files of the project that it imports, directly or through others, the data files that
its cells declare, and the settings. Comments, formatting and the module's docstring do not count; the numbers of lines
count where the recorded outputs show them.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from greenroom.model import Attributes, Cell, Module, Problem, Recording, Span
from greenroom.problems import Code
from greenroom.record import settings

Read = Callable[[str], bytes | None]
"""Gives the content of a file of the project by its path, or None if there is no such file."""

_UNSEEN = frozenset({"ctx", "kind", "type_comment"})
"""Fields of the syntax tree that do not change what the code does."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The files that a module's run depends on.

    Attributes:
        code: The module and the files of the project that it imports, by path.
        data: The data files that its cells declare, by path.
        imports: The modules that it imports from elsewhere, by their full names, sorted.
        cells: The module's cells that run; a comment or a docstring before the first header is none.
    """

    module: Module
    code: Mapping[str, bytes]
    data: Mapping[str, bytes]
    imports: tuple[str, ...]
    cells: tuple[Cell, ...]

    def digests(self) -> Attributes:
        """Each file's path and digest, sorted."""
        code = {path: digest(normalized(content)) for path, content in self.code.items()}
        data = {path: digest(content) for path, content in self.data.items()}
        return tuple(sorted((code | data).items()))


def trace(module: Module, read: Read) -> tuple[Sources, tuple[Problem, ...]]:
    """Find the files that a module's run depends on."""
    folder = posixpath.dirname(module.path)
    code = {module.path: "\n".join(module.lines).encode()}
    imports: set[str] = set()
    waiting = [module.path]
    while waiting:
        path = waiting.pop()
        for base, names in _imported(code[path], posixpath.relpath(path, folder)):
            # What follows `from … import` may be a module or not: only the files can tell.
            found = {file: content for name in (base, *names) for file, content in _files(name, folder, read)}
            if not found:
                imports.add(base)
            waiting += found.keys() - code.keys()
            code.update(found)
    data, problems = _data(module, read)
    lines = [node.lineno for node in _body(code[module.path])]
    cells = tuple(cell for cell in module.cells if cell.name or any(cell.first <= line <= cell.last for line in lines))
    return Sources(module, code, data, tuple(sorted(imports)), cells), problems


def key(sources: Sources, *, lines: bool) -> str:
    """The key.

    Args:
        sources: What `trace` found.
        lines: Whether the numbers of lines count.
    """
    module = sources.module
    parts: list[str] = [repr((settings.FORMAT, sorted(settings.ENVIRONMENT.items()), module.framework))]
    body = _body(sources.code[module.path])
    for cell in sources.cells:
        parts.append(repr((cell.name, sorted(cell.options))))
        parts += (_normal(node, lines) for node in body if cell.first <= node.lineno <= cell.last)
    for path, content in sorted(sources.code.items()):
        if path != module.path:
            parts += (path, _normal(_parse(content), lines))
    for path, content in sorted(sources.data.items()):
        parts += (path, digest(content))
    return digest("\0".join(parts).encode())


def unchanged(recording: Recording, read: Read) -> bool:
    """Whether the recorded key surely still holds, without computing it: the same files, and none in between."""
    folder = posixpath.dirname(recording.path)
    return same(recording.sources, read) and not any(
        found for name in recording.imports for found in _files(name, folder, read)
    )


def same(sources: Attributes, read: Read) -> bool:
    """Whether the files still have the content that `Sources.digests` was computed from."""
    return all(_same(read(path), recorded) for path, recorded in sources)


def undeclared(sources: Sources, files: Iterable[str]) -> tuple[str, ...]:
    """Those of the files read by a run, given by their paths in the project, that the key knows nothing of."""
    return tuple(sorted(set(files) - set(sources.code) - set(sources.data)))


def digest(content: bytes) -> str:
    """A digest, short enough to be read and long enough never to be met twice."""
    return sha256(content).hexdigest()[:32]


def normalized(content: bytes) -> bytes:
    """Text as `source.scan` sees it: without byte order mark, with line feeds, with none at the end."""
    text = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return text.removesuffix(b"\n")


def _same(content: bytes | None, recorded: str) -> bool:
    return content is not None and recorded in (digest(content), digest(normalized(content)))


def _data(module: Module, read: Read) -> tuple[dict[str, bytes], tuple[Problem, ...]]:
    found: dict[str, bytes] = {}
    problems = []
    for line, path in _data_paths(module):
        inside = not path.startswith("../") and not path.startswith("/")
        content = read(path) if inside else None
        if content is None:
            fact = f"the data file `{path}` {'does not exist' if inside else 'is not in the project'}"
            hint = f"paths are relative to `{posixpath.dirname(module.path)}/`"
            problems.append(Problem(Span(module.path, line), Code.DATA_MISSING, fact, hint))
        else:
            found[path] = content
    return found, tuple(problems)


def _data_paths(module: Module) -> Iterator[tuple[int, str]]:
    """The files that the cells declare as data: the header's line, and the path relative to the project's root."""
    for cell in module.cells:
        for name in re.split(r"[\s,]+", (cell.option("data") or "").strip(" ,")):
            if name:
                yield cell.header, posixpath.normpath(posixpath.join(posixpath.dirname(module.path), name))


def _body(content: bytes) -> list[ast.stmt]:
    """The module's statements, without its docstring, unless it reads that itself."""
    tree = _parse(content)
    return tree.body[1:] if ast.get_docstring(tree) and b"__doc__" not in content else tree.body


def _parse(content: bytes) -> ast.Module:
    try:
        return ast.parse(normalized(content))
    except (SyntaxError, ValueError):
        return ast.Module([ast.Expr(ast.Constant(content))], [])  # told by whoever runs it; it counts byte by byte


def _imported(content: bytes, path: str) -> Iterator[tuple[str, list[str]]]:
    """The full names of the modules that the code imports, each with those that may be modules below it.

    `path` is relative to the folder that is searched, and decides what the dots of `from . import` stand for.
    """
    package = path.split("/")[:-1]
    for node in ast.walk(_parse(content)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, []) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base = [*base, *(node.module.split(".") if node.module else ())]
            yield ".".join(base), [".".join([*base, alias.name]) for alias in node.names]


def _files(name: str, folder: str, read: Read) -> Iterator[tuple[str, bytes]]:
    """The files of the project that importing `name` runs, its packages first; none if it is not in the project."""
    place = folder
    for part in name.split("."):
        place = f"{place}/{part}" if place else part
        for path in (f"{place}/__init__.py", f"{place}.py"):
            content = read(path)
            if content is not None:
                yield path, content
                break


def _normal(node: ast.AST, lines: bool) -> str:
    """The syntax tree as text that all versions of Python give alike: without the fields that are empty."""
    parts = [type(node).__name__]
    if lines and isinstance(node, ast.expr | ast.stmt):
        parts.append(str(node.lineno))
    for name in node._fields:
        value = getattr(node, name, None)
        if value is not None and value != [] and name not in _UNSEEN:
            parts.append(f"{name}={_normal_field(value, lines)}")
    return f"({' '.join(parts)})"


def _normal_field(value: object, lines: bool) -> str:
    if isinstance(value, ast.AST):
        return _normal(value, lines)
    if isinstance(value, list):
        return f"[{' '.join(_normal_field(each, lines) for each in value)}]"
    return repr(value)
