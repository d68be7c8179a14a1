"""Writes the deck that the benchmarks measure: stacks of four slides, each with a heading, four bullets that appear one
by one, twelve lines of Python and a formula. Usage: generate.py SLIDES FILE.md
"""

from __future__ import annotations

import sys
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


def talk(slides: int) -> str:
    """Markdown in reveal-md's dialect with so many slides, a multiple of four."""
    pages = [SLIDE.format(n=n, units=8 + n % 57) for n in range(slides)]
    stacks = ["\n----\n\n".join(pages[first : first + 4]) for first in range(0, slides, 4)]
    return "---\ntitle: Generated\n---\n\n" + "\n---\n\n".join(stacks)


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(talk(int(sys.argv[1])), encoding="utf-8")
