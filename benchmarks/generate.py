"""Writes the decks that the benchmarks measure: stacks of four slides, each with a heading, four bullets that appear
one by one, twelve lines of Python and a formula; or every other one with a walk through twelve lines instead.

Usage: generate.py SLIDES FILE.md
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

SLIDE = """\
### Slide {n}: a layer of {units} units

* It has its own weights {n} <!-- .element: class="fragment" -->
* They are made at the *first call* <!-- .element: class="fragment" -->
* `tf.function` traces it once <!-- .element: class="fragment" -->
* Its **losses** are summed <!-- .element: class="fragment" -->

```python
class Linear{n}(tf.keras.layers.Layer):
    \"\"\"y = w.x + b\"\"\"

    def __init__(self, units={units}):
        super().__init__()
        self.units = units

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], self.units))

    def call(self, inputs):
        return inputs @ self.w + {n}.0  # every row
```

$$\\frac{{\\partial c_{{{n}}}}}{{\\partial a}} = \\sum_{{i=1}}^{{{units}}} \\frac{{a_i}}{{\\sqrt{{a_i^2 + b_i^2}}}}$$
"""


LAYER = """\
class Linear{n}:
    \"\"\"y = w.x + b\"\"\"

    def __init__(self, units={units}):
        super().__init__()
        self.units = units

    def build(self, shape):
        self.w = [[0.1] * self.units for _ in range(shape)]

    def call(self, inputs):
        return [sum(inputs) * w[0] + {n}.0 for w in self.w]  # every row
"""

WALK = """\
### Slide {n}: a walk through {units} units

```python {info}
{code}```
"""

STEPS = (
    'steps="all | __init__ | build | call" captions='
    '"A layer of {units} units | It knows how many | Its weights come later | And it is called"'
)


def talk(slides: int) -> str:
    """Markdown in reveal-md's dialect with so many slides, a multiple of four."""
    return _joined([SLIDE.format(n=n, units=8 + n % 57) for n in range(slides)])


def project(slides: int, *, steps: bool) -> dict[str, str]:
    """The files of a project whose talk shows a snippet on every other slide, with or without a walk through it."""
    cells: dict[str, list[str]] = {}
    for n in range(1, slides, 2):
        cells.setdefault(_lesson(n), []).append(f"# %% layer{n}\n{_layer(n)}")

    def fence(n: int) -> tuple[str, str]:
        return f'snippet="{_lesson(n)}:layer{n}" {STEPS.format(units=8 + n % 57) if steps else ""}'.rstrip(), ""

    return {
        "mkdocs.yml": "site_name: Generated\nplugins:\n  - greenroom\n",
        "docs/index.md": "# Generated\n",
        **{f"snippets/{lesson}/python.py": "\n\n".join(own) for lesson, own in cells.items()},
        "slides/talk.md": _walks(slides, fence).replace("```python\n", '```python illustrative="generated"\n'),
    }


def _lesson(n: int) -> str:
    """The lesson with what the slide shows: those of eighty slides have one."""
    return f"layers{n // 80}"


def walks(slides: int) -> str:
    """The same talk in reveal-md's dialect, with steps by number and without captions."""
    return _walks(slides, lambda n: ("[1-12|4-6|8-9|11-12]", _layer(n)))


def _walks(slides: int, fence: Callable[[int], tuple[str, str]]) -> str:
    pages = [SLIDE.format(n=n, units=8 + n % 57) for n in range(slides)]
    for n in range(1, slides, 2):
        info, code = fence(n)
        pages[n] = WALK.format(n=n, units=8 + n % 57, info=info, code=code)
    return _joined(pages)


def _layer(n: int) -> str:
    return LAYER.format(n=n, units=8 + n % 57)


def _joined(pages: list[str]) -> str:
    stacks = ["\n----\n\n".join(pages[first : first + 4]) for first in range(0, len(pages), 4)]
    return "---\ntitle: Generated\n---\n\n" + "\n---\n\n".join(stacks)


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(talk(int(sys.argv[1])), encoding="utf-8")
