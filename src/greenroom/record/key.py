"""The key of a recording: a digest of all that decides what running a module gives.

That is the module's code, the files of the project that it imports, directly or through others, the data files that
its cells declare, and the settings. Comments, formatting, the order of imports and the module's docstring do not count,
nor do options of a header that only say how an output is compared or described. A line that the recorded outputs show,
as errors and warnings do, counts with its number and its text.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from greenroom import syntax
from greenroom.memo import remembered
from greenroom.model import Attributes, Cell, Module, Output, Problem, Recording, Span
from greenroom.problems import Code
from greenroom.record import settings

Read = Callable[[str], bytes | None]
"""Gives the content of a file of the project by its path, or None if there is no such file."""

Place = tuple[str, int]
"""A file of the project and the number of a line in it."""

_OPTIONS = frozenset({"parity", "raises", "data"})
"""Options of a cell's header that bear on what running it gives."""

_UNSEEN = frozenset({"ctx", "kind", "type_comment"})
"""Fields of the syntax tree that do not change what the code does."""

_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")
"""Fields of statements that are statements, or have some."""


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
    lines = [node.lineno for node in _body(code[module.path], code.values())]
    cells = tuple(cell for cell in module.cells if cell.name or any(cell.first <= line <= cell.last for line in lines))
    return Sources(module, code, data, tuple(sorted(imports)), cells), problems


def key(sources: Sources, shown: Iterable[Place] = ()) -> str:
    """The key.

    Args:
        sources: What `trace` found.
        shown: The lines that the outputs show.
    """
    path = sources.module.path
    parts = [repr((settings_of(sources.module.framework), cells(sources)))]
    for other, code in sorted(sources.code.items()):
        if other != path:
            lines = normalized(code).split(b"\n")
            parts.append(repr((other, [_code(node, lines) for node in _body(code, sources.code.values())])))
    parts += (repr((other, digest(data))) for other, data in sorted(sources.data.items()))
    parts += (repr((place, _line(sources.code[place[0]], place[1]))) for place in shown if place[0] in sources.code)
    return digest("\0".join(parts).encode())


def cells(sources: Sources) -> Attributes:
    """The names of the cells, with a digest of the code and of the header's options of each."""
    content = sources.code[sources.module.path]
    body, lines = _body(content, sources.code.values()), normalized(content).split(b"\n")
    own = {part.removesuffix(".py") for path in sources.code for part in path.split("/")}
    found = []
    for cell in sources.cells:
        options = sorted((name, value) for name, value in cell.options if name in _OPTIONS)
        code = _statements([node for node in body if cell.first <= node.lineno <= cell.last], lines, own)
        found.append((cell.name, digest(repr((options, code)).encode())))
    return tuple(found)


def settings_of(framework: str) -> Attributes:
    """The form of recordings, the seed, and the environment variables that modules of a framework run with."""
    variables = {**settings.ENVIRONMENT, "KERAS_BACKEND": settings.KERAS_BACKEND[framework]}
    environment = " ".join(f"{name}={value}" for name, value in sorted(variables.items()))
    return (("environment", environment), ("format", str(settings.FORMAT)), ("seed", str(settings.SEED)))


def shown(outputs: Iterable[Output], paths: Iterable[str]) -> tuple[Place, ...]:
    """The lines of the given files that outputs show, as errors and warnings do."""
    names = "|".join(map(re.escape, sorted(paths)))
    place = re.compile(rf'(?<![\w/.-])({names})(?:", line |:)(\d+)')
    found = {(match[1], int(match[2])) for output in outputs for match in place.finditer(output.text)}
    return tuple(sorted(found))


def unchanged(recording: Recording, read: Read, framework: str) -> bool:
    """Whether the recorded key surely still holds, without computing it: the same files, and none in between."""
    folder = posixpath.dirname(recording.path)
    return (
        recording.settings == settings_of(framework)
        and same(recording.sources, read)
        and not any(found for name in recording.imports for found in _files(name, folder, read))
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
    return content is not None and any(digest(form(content)) == recorded for form in (normalized, bytes))


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


def _body(content: bytes, readers: Iterable[bytes]) -> list[ast.stmt]:
    """A module's statements, without its docstring, unless there is code that reads docstrings."""
    tree = _parse(content)
    read = any(b"__doc__" in each for each in readers)
    return tree.body[1:] if ast.get_docstring(tree) and not read else tree.body


def _parse(content: bytes) -> ast.Module:
    """A module's syntax tree."""
    try:
        return syntax.parse(normalized(content))
    except (SyntaxError, ValueError):
        # Told by whoever runs it; it counts byte by byte.
        place = {"lineno": 1, "col_offset": 0, "end_lineno": content.count(b"\n") + 1, "end_col_offset": 0}
        return ast.Module([ast.Expr(ast.Constant(content), **place)], [])


def _imported(content: bytes, path: str) -> Iterator[tuple[str, list[str]]]:
    """The full names of the modules that the code imports, each with those that may be modules below it.

    `path` is relative to the folder that is searched, and decides what the dots of `from . import` stand for.
    """
    package = path.split("/")[:-1]
    for node in _all(_parse(content).body):
        if isinstance(node, ast.Import):
            yield from ((alias.name, []) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base = [*base, *(node.module.split(".") if node.module else ())]
            yield ".".join(base), [".".join([*base, alias.name]) for alias in node.names]


def _all(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Statements, and those inside them."""
    for node in body:
        yield node
        for name in _BODIES:
            yield from _all(getattr(node, name, ()))


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


def _statements(body: Iterable[ast.stmt], lines: Sequence[bytes], own: Iterable[str]) -> list[str]:
    """Statements as text, imports that follow each other sorted: tools that tidy code reorder them.

    What the project's own modules do when they are imported may depend on what was imported before: they stay.

    Args:
        body: The statements.
        lines: Those of their file.
        own: The names of the project's modules and packages.
    """
    found: list[str] = []
    imports: list[str] = []
    for node in body:
        names = _foreign(node, own)
        if names is None:
            found += [*sorted(imports), _code(node, lines)]
            imports = []
        imports += names or []
    return [*found, *sorted(imports)]


def _foreign(node: ast.stmt, own: Iterable[str]) -> list[str] | None:
    """The names that an import of what is not the project's takes, one by one; None for any other statement."""
    if isinstance(node, ast.Import):
        modules, origin = [alias.name for alias in node.names], ""
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level and node.module != "__future__":
        modules, origin = [node.module], node.module
    else:
        return None
    if not {part for module in modules for part in module.split(".")}.isdisjoint(own):
        return None
    return [f"{origin} {_normal(alias)}" for alias in node.names]


def _line(content: bytes, number: int) -> tuple[int, Sequence[str]]:
    """What the place of a line stands for: how much code comes before it, and the statement's text from there on."""
    lines = normalized(content).decode(errors="replace").split("\n")
    ends = [
        node.end_lineno or number
        for node in ast.walk(_parse(content))
        if isinstance(node, ast.stmt) and not hasattr(node, "body") and node.lineno <= number <= (node.end_lineno or 0)
    ]
    before = sum(1 for line in lines[: number - 1] if line.strip() and not line.lstrip().startswith("#"))
    return before, lines[number - 1 : max(ends, default=number)]


def _code(node: ast.stmt, lines: Sequence[bytes]) -> str:
    """A statement of a file with these lines, as `_normal` gives it."""
    first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
    return _known(tuple(lines[first - 1 : node.end_lineno]), (node.col_offset, node.end_col_offset), node)


@remembered(lambda lines, columns, *_: (lines, columns))
def _known(lines: Sequence[bytes], columns: tuple[int, int | None], node: ast.stmt) -> str:  # noqa: ARG001
    return _normal(node)


def _normal(node: ast.AST) -> str:
    """The syntax tree as text that all versions of Python give alike: without the fields that are empty."""
    parts = [type(node).__name__]
    for name in node._fields:
        value = getattr(node, name, None)
        if value is not None and value != [] and name not in _UNSEEN:
            parts.append(f"{name}={_normal_field(value)}")
    return f"({' '.join(parts)})"


def _normal_field(value: object) -> str:
    if isinstance(value, ast.AST):
        return _normal(value)
    if isinstance(value, list):
        return f"[{' '.join(map(_normal_field, value))}]"
    return repr(value)
