"""Python text → the cells, regions and symbols that a talk can show.

The names of a module, by example:

    import tensorflow as tf             # before the first header: the cell "", which runs and has no name

    # %% tape parity="dc_da"            # the cell `tape`, up to the next header; a cell without a name is "", too
    # region record                     # the region `record`; regions nest, and stay inside their cell
    with tf.GradientTape() as tape:
        ...
    # endregion record                  # the name may be left out
    # --8<-- [start:result]             # pymdown's markers make a region as well
    print(tape)
    # --8<-- [end:result]

    # %% [markdown]                     # a cell of prose, which is neither run nor shown

Only comments that stand alone on their line are markers: `# %%` in a string is text.
"""

from __future__ import annotations

import ast
import math
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from greenroom import syntax
from greenroom.memo import remembered
from greenroom.model import FRAMEWORKS, Attributes, Block, Cell, Module, Problem, Span
from greenroom.problems import Code, nearest

_HEADER = re.compile(r"#\s*%%\s*(?P<name>[^\s=\[\"]+(?=\s|$))?\s*(?P<kind>\[.*?\](?=\s|$))?\s*(?P<options>.*)")
_OPTION = re.compile(r"(?P<key>[A-Za-z][\w-]*)=\"(?P<value>[^\"]*)\"(?:\s+|$)")
_FOLD = re.compile(r"#\s*(?P<kind>region|endregion)(?=\s|$)\s*(?P<name>.*)")
_SECTION = re.compile(r"#\s*-+8<-+\s*\[\s*(?P<kind>start|end)\s*:\s*(?P<name>[^\]]*)\](?P<rest>.*)", re.IGNORECASE)
_NAME = re.compile(r"[\w-]+")
_NAMES = re.compile(r"[^\W\d]\w*(?:[\s,]+[^\W\d]\w*)*")
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_PROSE = ("[markdown]", "[md]", "[raw]")

IMPORTED = {"torch": "pytorch", "tensorflow": "tf2"}
"""Files that would be imported in place of the framework when a module of their folder runs."""


@remembered(lambda *arguments: arguments)
def scan(text: str, path: str, lesson: str, framework: str) -> tuple[Module, tuple[Problem, ...]]:
    """Find the cells, regions and symbols of a snippet module.

    Args:
        text: The source, as decoded from UTF-8.
        path: The file's path, relative to the project's root.
        lesson: The folder's path below the snippets folder.
        framework: The file's stem.
    """
    lines = tuple(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n"))
    problems = list(_framework_name(path, framework))
    tree, wrong = _parse(lines, path)
    problems += wrong
    comments, inside = _tokens(lines, _ends_of_statements(tree, lines))
    headers, found = _headers(path, comments)
    problems += found
    markers, found = _markers(path, comments)
    problems += found

    hidden = {header.line for header in headers} | {marker.line for marker in markers}
    shown = {number for number, line in enumerate(lines, 1) if line.strip()} - hidden
    cells, prose, found = _cells(path, headers, len(lines), shown)
    problems += found
    hidden.update(prose)
    borders = [header.line for header in headers]
    regions, found = _regions(path, markers, borders, len(lines), shown)
    problems += found
    problems += _statements(path, tree, borders, prose)
    above = {line: comment.col for line, comment in comments.items() if comment.alone and line not in hidden}
    module = Module(
        path,
        lesson,
        framework,
        lines,
        cells,
        regions,
        symbols=tuple(sorted(_symbols(tree, "", lines, above), key=_place)),
        assignments=tuple(_assignments(tree, above)),
        hidden=frozenset(hidden),
        inside=frozenset(inside),
        parsed=not wrong,
    )
    return module, tuple(problems)


def _framework_name(path: str, framework: str) -> Iterator[Problem]:
    if framework in IMPORTED:
        fact = f"`{framework}.py` imports itself when it imports {framework}"
        yield Problem(Span(path, 1), Code.FRAMEWORK_NAME, fact, f"name it `{IMPORTED[framework]}.py`")
    elif framework not in FRAMEWORKS:
        fact = f"a lesson's files are named after their framework, and `{framework}` is none"
        yield Problem(Span(path, 1), Code.FRAMEWORK_NAME, fact, nearest(framework, FRAMEWORKS))


def _parse(lines: Sequence[str], path: str) -> tuple[ast.Module, list[Problem]]:
    try:
        tree = syntax.parse("\n".join(lines).encode())
        with syntax.untold():
            compile(tree, path, "exec", dont_inherit=True)  # finds the `return` outside a function
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = min(getattr(error, "lineno", None) or 1, len(lines))
        col = max(getattr(error, "offset", None) or 1, 1)
        fact = f"not valid Python: {getattr(error, 'msg', None) or error}"
        problem = Problem(Span(path, line, col), Code.MODULE_SYNTAX, fact, f"`python {path}` says the same")
        return ast.Module([], []), [problem]
    return tree, []


@dataclass(frozen=True, slots=True)
class _Comment:
    line: int
    col: int
    text: str
    alone: bool


def _ends_of_statements(tree: ast.Module, lines: Sequence[str]) -> Iterator[int]:
    """The lines that end a statement of the module, and begin no other one."""
    for node, after in zip(tree.body, tree.body[1:], strict=False):
        last = node.end_lineno or node.lineno
        if last < after.lineno and not lines[last - 1].endswith("\\"):
            yield last


def _tokens(lines: Sequence[str], ends: Iterable[int]) -> tuple[Mapping[int, _Comment], set[int]]:
    """The comments by their lines (there can be but one a line, at its end), and the lines that begin in a string.

    Args:
        lines: The module's.
        ends: Lines after which the text can be cut, so that only what has changed is read again.
    """
    comments: dict[int, _Comment] = {}
    inside: set[int] = set()
    start = 0
    for end in (*ends, len(lines)):
        found, within = _tokens_of(tuple(lines[start:end]))
        comments |= {start + line: replace(comment, line=start + line) for line, comment in found.items()}
        inside |= {start + line for line in within}
        start = end
    return comments, inside


@remembered(lambda lines: lines)
def _tokens_of(lines: tuple[str, ...]) -> tuple[Mapping[int, _Comment], frozenset[int]]:
    """The same of whole statements, their lines counted from 1."""
    comments: dict[int, _Comment] = {}
    inside: set[int] = set()
    source = (line.replace("\0", " ") + "\n" for line in lines)  # a null byte brings Python's own tokenizer down
    read = 0
    try:
        for token in tokenize.generate_tokens(lambda: next(source, "")):
            (line, col), (read, _) = token.start, token.end
            if token.type == tokenize.COMMENT:
                comments[line] = _Comment(line, col + 1, token.string, not lines[line - 1][:col].strip())
            elif token.string.strip():
                inside.update(range(line + 1, read + 1))
    except (tokenize.TokenError, SyntaxError):
        # After a mistake nothing tells a comment from a string's text, but most lines that begin with # are comments.
        for line, content in enumerate(lines[read:], read + 1):
            if content.lstrip().startswith("#"):
                comments[line] = _Comment(line, content.index("#") + 1, content.strip(), alone=True)
    return comments, frozenset(inside)


@dataclass(frozen=True, slots=True)
class _Header:
    line: int
    name: str
    prose: bool
    options: Attributes


def _headers(path: str, comments: Mapping[int, _Comment]) -> tuple[list[_Header], list[Problem]]:
    headers: list[_Header] = []
    problems: list[Problem] = []
    for comment in comments.values():
        match = _HEADER.fullmatch(comment.text) if comment.alone else None
        if match is None:
            continue
        span = Span(path, comment.line, comment.col)
        if comment.col > 1:
            fact = "a cell's header is indented, so editors do not see it"
            problems.append(Problem(span, Code.CELL_HEADER, fact, "move it to the start of the line"))
            continue
        name, kind = match["name"] or "", match["kind"] or ""
        options: Attributes = ()
        if name and not _NAME.fullmatch(name):
            fact = f"`{name}` is not a cell's name"
            hint = "a name is one word of letters, digits, `_` and `-`"
            problems.append(Problem(replace(span, col=1 + match.start("name")), Code.CELL_HEADER, fact, hint))
        elif kind and kind not in _PROSE:
            fact = f"`{kind}` is not a kind of cell"
            problems.append(Problem(span, Code.CELL_HEADER, fact, nearest(kind, _PROSE)))
        else:
            options, found = _options(replace(span, col=1 + match.start("options")), match["options"].rstrip())
            problems += found
        headers.append(_Header(comment.line, name, kind in _PROSE, options))
    return headers, problems


def _options(span: Span, text: str) -> tuple[Attributes, list[Problem]]:
    options: dict[str, str] = {}
    problems: list[Problem] = []
    end = 0
    while end < len(text):
        match = _OPTION.match(text, end)
        place = Span(span.path, span.line, span.col + end)
        if match is None:
            fact = f"`{text[end:]}` is not an option"
            hint = 'a header is `# %% name key="value"`: one word, then options'
            return tuple(options.items()), [*problems, Problem(place, Code.CELL_HEADER, fact, hint)]
        key, value = match["key"], match["value"]
        wanted = _EXPECTED.get(key)
        if wanted is None:
            fact = f"a cell has no option `{key}`"
            problems.append(Problem(place, Code.OPTION_UNKNOWN, fact, nearest(key, _EXPECTED)))
        elif key in options:
            problems.append(Problem(place, Code.OPTION_TWICE, f"`{key}` is given twice", "leave one of them out"))
        elif not wanted[0](value):
            place = Span(span.path, span.line, span.col + match.start("value"))
            problems.append(
                Problem(place, Code.OPTION_VALUE, f"`{value}` is no value for `{key}`", f"it is {wanted[1]}")
            )
        else:
            options[key] = value
        end = match.end()
    return tuple(options.items()), problems


def _tolerance(value: str) -> bool:
    try:
        return 0 <= float(value) < math.inf
    except ValueError:
        return False


_EXPECTED: Mapping[str, tuple[Callable[[str], object], str]] = {
    "parity": (_NAMES.fullmatch, "the names of values, with commas between them"),
    "rtol": (_tolerance, "a number, not negative, such as `1e-5`"),
    "atol": (_tolerance, "a number, not negative, such as `1e-5`"),
    "raises": (_DOTTED.fullmatch, "the name of an exception, such as `RuntimeError`"),
    "output": ("any".__eq__, "`any`: the output is recorded and not compared"),
    "alt": (str.strip, "what the figure shows, in words"),
    "data": (str.strip, "the paths of the files that the cell reads"),
}


def _cells(
    path: str, headers: Sequence[_Header], last: int, shown: set[int]
) -> tuple[tuple[Cell, ...], set[int], list[Problem]]:
    """The cells; the lines of prose; what is wrong with them."""
    cells: list[Cell] = []
    prose: set[int] = set()
    problems: list[Problem] = []
    first_header = headers[0].line if headers else last + 1
    if not shown.isdisjoint(range(1, first_header)):
        cells.append(Cell("", 1, first_header - 1))
    elif not headers:
        problems.append(Problem(Span(path, 1), Code.CELL_EMPTY, "the module is empty", "write its code, or delete it"))
    named: dict[str, int] = {}
    ends = [header.line - 1 for header in headers[1:]] + [last]
    for header, end in zip(headers, ends, strict=False):
        body = range(header.line + 1, end + 1)
        span = Span(path, header.line)
        if header.prose:
            prose.update(body)
            continue
        cells.append(Cell(header.name, header.line + 1, end, header.line, header.options))
        if shown.isdisjoint(body):
            fact = f"the cell `{header.name}` is empty" if header.name else "a cell is empty"
            problems.append(Problem(span, Code.CELL_EMPTY, fact, "write its code, or take the header out"))
        if header.name and named.setdefault(header.name, header.line) != header.line:
            fact = f"a cell `{header.name}` begins in line {named[header.name]} already"
            problems.append(Problem(span, Code.NAME_TWICE, fact, "give one of the two another name"))
    return tuple(cells), prose, problems


def _statements(path: str, tree: ast.Module, borders: Sequence[int], prose: set[int]) -> Iterator[Problem]:
    """What is wrong with how the statements lie in the cells."""
    for node in tree.body:
        first, last = node.lineno, node.end_lineno or node.lineno
        for border in borders:
            if first < border <= last:
                fact = f"the statement that begins in line {first} goes on past this header"
                hint = "begin the cell before or after the statement"
                yield Problem(Span(path, border), Code.CELL_CROSSED, fact, hint)
        text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        if first in prose and not text:
            fact = "there is code in a cell of prose, which is neither run nor shown"
            hint = "write the prose as comments, and put a header `# %% name` before the code"
            yield Problem(Span(path, first, node.col_offset + 1), Code.CELL_PROSE, fact, hint)


@dataclass(frozen=True, slots=True)
class _Marker:
    line: int
    col: int
    name: str
    start: bool
    fold: bool

    @property
    def end(self) -> str:
        """The line that ends the region."""
        return f"# endregion {self.name}" if self.fold else f"# --8<-- [end:{self.name}]"


def _markers(path: str, comments: Mapping[int, _Comment]) -> tuple[list[_Marker], list[Problem]]:
    markers: list[_Marker] = []
    problems: list[Problem] = []
    for comment in comments.values():
        fold = _FOLD.fullmatch(comment.text)
        match = fold or _SECTION.fullmatch(comment.text)
        if match is None:
            continue
        name = match["name"].strip()
        start = match["kind"].lower() in ("region", "start")
        span = Span(path, comment.line, comment.col)
        if not comment.alone:
            if fold is None:  # `x = 1  # region of interest` is a comment for editors as well
                fact = "a region's marker stands beside code"
                problems.append(Problem(span, Code.REGION_MARKER, fact, "give it a line of its own"))
        elif (not _NAME.fullmatch(name) and (name or start or not fold)) or (not fold and match["rest"].strip()):
            fact = f"`{comment.text}` is not a region's marker"
            hint = "a marker is `# region name`, its name one word; begin a plain comment with another word"
            problems.append(Problem(span, Code.REGION_MARKER, fact, hint))
        else:
            markers.append(_Marker(comment.line, comment.col, name, start, fold is not None))
    return markers, problems


def _regions(
    path: str, markers: Sequence[_Marker], borders: Sequence[int], last: int, shown: set[int]
) -> tuple[tuple[Block, ...], list[Problem]]:
    regions: list[Block] = []
    problems: list[Problem] = []
    opened: list[_Marker] = []
    named: dict[str, int] = {}
    for marker in markers:
        span = Span(path, marker.line, marker.col)
        if marker.start:
            opened.append(marker)
            if named.setdefault(marker.name, marker.line) != marker.line:
                fact = f"a region `{marker.name}` begins in line {named[marker.name]} already"
                problems.append(Problem(span, Code.NAME_TWICE, fact, "give one of the two another name"))
            continue
        begin = next((each for each in reversed(opened) if _ends(marker, each)), None)
        if begin is None:
            what = f"a region `{marker.name}`" if marker.name else "a region"
            open_names = [each.name for each in opened]
            hint = nearest(marker.name, open_names) if open_names else "take it out, or write the start"
            problems.append(Problem(span, Code.REGION_END, f"this ends {what}, and none is open", hint))
            continue
        opened.remove(begin)
        regions.append(Block(begin.name, begin.line + 1, marker.line - 1))
        border = next((line for line in borders if begin.line < line < marker.line), None)
        if border:
            fact = f"the region `{begin.name}` goes on past the header in line {border}"
            hint = "end it in its cell; a part of a module over several cells is not shown as one"
            problems.append(Problem(Span(path, begin.line, begin.col), Code.CELL_CROSSED, fact, hint))
        elif shown.isdisjoint(range(begin.line, marker.line)):
            fact = f"the region `{begin.name}` is empty"
            problems.append(Problem(Span(path, begin.line, begin.col), Code.REGION_EMPTY, fact, "take its markers out"))
    for marker in opened:
        end = next((line for line in borders if line > marker.line), last + 1)
        regions.append(Block(marker.name, marker.line + 1, end - 1))
        fact = f"the region `{marker.name}` does not end"
        hint = f"write `{marker.end}` after its last line"
        problems.append(Problem(Span(path, marker.line, marker.col), Code.REGION_UNCLOSED, fact, hint))
    return tuple(sorted(regions, key=_place)), problems


def _place(block: Block) -> tuple[int, int]:
    return block.first, -block.last


def _ends(end: _Marker, start: _Marker) -> bool:
    return end.fold == start.fold and end.name in ("", start.name)


def _symbols(tree: ast.AST, prefix: str, lines: Sequence[str], above: Mapping[int, int]) -> Iterator[Block]:
    """Functions and classes at any depth; what stands in an `if` or a `try` belongs to what is around it.

    Definitions of one name that follow each other and are one to Python are one symbol: overloads, and the accessors
    of a property.
    """
    joined: Block | None = None
    before: ast.AST | None = None
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = prefix + node.name
            first = _first_line(node, lines, above)
            if joined and _continues(node, before):
                joined = Block(name, joined.first, node.end_lineno or node.lineno)
            else:
                if joined:
                    yield joined
                joined = Block(name, first, node.end_lineno or node.lineno)
            before = node
            yield from _symbols(node, f"{name}.", lines, above)
        elif isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
            if joined:
                yield joined
            joined = before = None
            yield from _symbols(node, prefix, lines, above)
    if joined:
        yield joined


def _first_line(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, lines: Sequence[str], above: Mapping[int, int]
) -> int:
    first = node.lineno
    if node.decorator_list:
        first = node.decorator_list[0].lineno
        while not lines[first - 1].lstrip().startswith("@"):  # `@(` may stand in a line of its own
            first -= 1
    return _with_comments(first, node.col_offset, above)


def _with_comments(first: int, col_offset: int, above: Mapping[int, int]) -> int:
    """The first of the comment lines right above a statement, in its column."""
    while above.get(first - 1) == col_offset + 1:
        first -= 1
    return first


def _continues(node: ast.AST, before: ast.AST | None) -> bool:
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    if not isinstance(node, functions) or not isinstance(before, functions) or node.name != before.name:
        return False
    accessors = {f"{node.name}.{kind}" for kind in ("getter", "setter", "deleter")}
    return any(ast.unparse(each).split(".")[-1] == "overload" for each in before.decorator_list) or any(
        ast.unparse(each) in accessors for each in node.decorator_list
    )


def _assignments(tree: ast.Module, above: Mapping[int, int]) -> Iterator[Block]:
    for node in tree.body:
        targets: Sequence[ast.expr] = ()
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign) and node.value:
            targets = (node.target,)
        for target in targets:
            if isinstance(target, ast.Name):
                first = _with_comments(node.lineno, node.col_offset, above)
                yield Block(target.id, first, node.end_lineno or node.lineno)
