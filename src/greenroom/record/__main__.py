"""`python -m greenroom.record [--check] [REFERENCE…]` until `greenroom record` calls the same functions."""

from __future__ import annotations

import sys
from pathlib import Path

from greenroom import record, source
from greenroom.model import FRAMEWORKS, Module, Problem
from greenroom.problems import report
from greenroom.record.engine import Engine, Limits


def main() -> int:
    """Record, or check, the modules that the arguments name."""
    root = Path.cwd()
    modules: list[Module] = []
    problems: list[Problem] = []
    for file in sorted((root / "snippets").rglob("*.py")):
        if file.stem in FRAMEWORKS:
            path = file.relative_to(root)
            lesson = path.parent.relative_to("snippets").as_posix()
            module, found = source.scan(file.read_text(encoding="utf-8"), path.as_posix(), lesson, file.stem)
            modules.append(module)
            problems += found
    names = [name.removeprefix("snippets/").removesuffix(".py").rstrip("/") for name in sys.argv[1:] if name[0] != "-"]
    chosen = record.choose(modules, names)
    progress = record.Progress(ended=lambda run: print(f"{run.sources.module.path}  {run.seconds:.1f} s"))
    with Engine(root, Limits()) as engine:
        if "--check" in sys.argv:
            problems += record.check(engine, root, modules, chosen, progress)
        else:
            done = record.record(engine, root, "snippets", modules, chosen if names else None, progress)
            problems += done.problems
            print("written:", *done.written, "failed:", *done.failed, "removed:", *done.removed)
    lessons = {module.path for module in chosen}
    problems = [each for each in problems if each.span.path in lessons or not names]
    if problems:
        print(report(problems))
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
