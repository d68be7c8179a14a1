"""What a reference, a step and an output option mean, and which mistakes in them are told."""

import textwrap

import pytest

from greenroom import talk
from greenroom.model import Cell, Fence, Figure, Listing, Output, Parity, Problem, Raised, Recording, Span, Step
from greenroom.problems import Code, report
from greenroom.resolve import expand, resolve, select
from greenroom.source import scan

TF2 = '''\
"""Doc."""
import tensorflow as tf

# %% tape
# Recorded.
with tf.GradientTape() as tape:
    # region square
    y = x**2
    # endregion

print(tape)

# %% layer
class Linear:
    def __init__(self):
        super().__init__()

    @property
    def size(self):
        # --8<-- [start:inside]
        if self:

            return 1
        # --8<-- [end:inside]

    def call(self, x):
        return x

layer = Linear()

# %% share alt="Two lines"
share = 1

# %%
NAMELESS = 1
'''
PYTORCH = """\
# %% tape
y = x**2
y.backward()

# %% layer
class Linear:
    def __init__(self):
        super().__init__()

    def forward(self, x):
        return x

# %% only
z = 1
"""
PYTHON = """\
# %% one
def first(): ...

# %% two
def f(): ...
def two(): ...

# %% other
# region f
f = 1
# endregion
a = 1
if a:
    def g(): ...
else:
    def g(): ...
"""


def modules(**texts):
    """Modules by lesson and framework, of texts by `lesson__framework`, `/` written as `_in_`."""
    found = {}
    for key, text in texts.items():
        lesson, framework = key.replace("_in_", "/").split("__")
        found[lesson, framework], _ = scan(text, f"snippets/{lesson}/{framework}.py", lesson, framework)
    return found


MODULES = modules(gradients__tf2=TF2, gradients__pytorch=PYTORCH, layers_in_build__python=PYTHON, layers__tf2=TF2)
HERE = Span("slides/a.md", 3, 5)


def listings(reference, given=MODULES) -> tuple[Listing, ...]:
    found, problems = select(reference, HERE, given)
    assert problems == ()
    return found


def mistake(reference, given=MODULES) -> Problem:
    found, problems = select(reference, HERE, given)
    assert found == ()
    assert len(problems) == 1
    assert problems[0].span == HERE
    return problems[0]


def fence(info: str, code: str = "") -> Fence:
    """The fence in line 3 of a talk."""
    parsed, problems = talk.parse(f"## A\n\n```python {info}\n{code}```\n", "slides/a.md")
    assert problems == ()
    return parsed.slides[0].fences[0]


def expanded(info: str, recordings=()) -> Fence:
    found, problems = expand(fence(info), MODULES, {recording.path: recording for recording in recordings})
    assert report(problems) == ""
    return found


def told(info: str, recordings=(), code: str = "") -> list[tuple[str, str, str]]:
    """The code of each problem, the text at its place, its fact and hint."""
    line = f"```python {info}"
    _, problems = expand(fence(info, code), MODULES, {recording.path: recording for recording in recordings})
    for problem in problems:
        assert (problem.span.path, problem.span.line) == ("slides/a.md", 3)
    return [(each.code, line[each.span.col - 1 :], f"{each.fact}; {each.hint}") for each in sorted(set(problems))]


# --- references -----------------------------------------------------------------------------------------------------


def test_a_lesson_means_every_framework_that_has_the_selector():
    assert [(each.path, str(each.reference)) for each in listings("gradients:tape")] == [
        ("snippets/gradients/tf2.py", "gradients/tf2:tape"),
        ("snippets/gradients/pytorch.py", "gradients/pytorch:tape"),
    ]
    assert [each.framework for each in listings("gradients:only")] == ["pytorch"]
    assert [each.framework for each in listings("gradients/tf2:tape")] == ["tf2"]


def test_lessons_lie_in_folders():
    assert [each.path for each in listings("layers/build:one")] == ["snippets/layers/build/python.py"]
    assert [each.path for each in listings("layers/build/python:one")] == ["snippets/layers/build/python.py"]


def test_a_lesson_named_like_a_framework_is_taken_as_it_is_there():
    given = modules(a_in_tf2__python=PYTHON)
    assert [each.path for each in listings("a/tf2:one", given)] == ["snippets/a/tf2/python.py"]
    given |= modules(a__tf2=TF2)
    problem = mistake("a/tf2:one", given)
    assert problem.code == Code.NAME_AMBIGUOUS
    assert problem.fact == "`a/tf2` is a lesson, and `tf2` is a framework of the lesson `a`"


def test_a_cell_is_shown_without_its_markers():
    (listing,) = listings("gradients/tf2:tape")
    expected = "# Recorded.\nwith tf.GradientTape() as tape:\n    y = x**2\n\nprint(tape)"
    assert (listing.code, listing.numbers) == (expected, (5, 6, 8, 10, 11))


def test_a_region_is_shown_at_the_margin():
    (listing,) = listings("gradients/tf2:inside")
    assert (listing.code, listing.numbers) == ("if self:\n\n    return 1", (21, 22, 23))


def test_a_method_is_shown_at_the_margin():
    (listing,) = listings("gradients/tf2:Linear.size")
    assert listing.code == "@property\ndef size(self):\n    if self:\n\n        return 1"
    assert listing.numbers == (18, 19, 21, 22, 23)


def test_a_value_is_shown_where_nothing_else_has_its_name():
    assert listings("gradients/tf2:NAMELESS")[0].code == "NAMELESS = 1"
    (listing,) = listings("gradients/tf2:share")
    assert isinstance(next(cell for cell in MODULES["gradients", "tf2"].cells if cell.name == "share"), Cell)
    assert listing.numbers == (32,)


def test_a_lesson_alone_is_the_whole_module():
    (listing,) = listings("gradients/pytorch")
    shown = [line for line in PYTORCH.splitlines() if not line.startswith("# %%")]
    assert listing.code.split("\n") == shown
    assert len(listing.numbers) == len(shown)


def test_tabs_and_form_feeds_are_kept():
    text = "# %% a\nif x:\n\tif y:\n\t\t# region r\n\t\tz = '\ta'\n\x0c\n\t\tif z:\n\t\t\tpass\n\t\t# endregion\n"
    given = modules(a__python=text)
    assert listings("a:r", given)[0].code == "z = '\ta'\n\nif z:\n\tpass"


def test_the_text_of_a_string_does_not_hold_the_code_from_the_margin():
    text = '''class A:
    def f(self):
        """Doc.

        More.
        """
        return """
  a
b {
""" + f"""
c {self
        .x} d
"""
'''
    (listing,) = listings("a:A.f", modules(a__python=text))
    assert (
        listing.code
        == '''def f(self):
    """Doc.

    More.
    """
    return """
  a
b {
""" + f"""
c {self
    .x} d
"""'''
    )


@pytest.mark.parametrize(
    ("reference", "code", "hint"),
    [
        ("gradient:tape", Code.LESSON_UNKNOWN, "did you mean `gradients`?"),
        ("gradient/tf2:tape", Code.LESSON_UNKNOWN, "did you mean `gradients`?"),
        ("layers/biuld:one", Code.FRAMEWORK_UNKNOWN, "did you mean `build`?"),
        ("zebra/python", Code.LESSON_UNKNOWN, "there are: `gradients`, `layers`, `layers/build`"),
        ("gradients/torch:tape", Code.FRAMEWORK_UNKNOWN, "did you mean `pytorch`?"),
        ("gradients/python:tape", Code.FRAMEWORK_UNKNOWN, "did you mean `pytorch`?"),
        ("gradients:tap", Code.SELECTOR_UNKNOWN, "did you mean `tape`?"),
        ("gradients:Linear.cal", Code.SELECTOR_UNKNOWN, "did you mean `Linear.call`?"),
        ("gradients/tf2:only", Code.SELECTOR_UNKNOWN, None),
        ("layers/build:two.f", Code.SELECTOR_UNKNOWN, None),
        ("gradients:", Code.REFERENCE_SYNTAX, None),
        (":tape", Code.REFERENCE_SYNTAX, None),
        ("", Code.REFERENCE_SYNTAX, None),
        ("gradients: tape", Code.REFERENCE_SYNTAX, None),
        ("gradients:a:b", Code.REFERENCE_SYNTAX, None),
        ("gradients/tf2.py:tape", Code.REFERENCE_SYNTAX, None),
        ("gradients//tf2", Code.REFERENCE_SYNTAX, None),
        ("gradients/", Code.REFERENCE_SYNTAX, None),
        ("../gradients:tape", Code.REFERENCE_OUTSIDE, None),
        ("gradients/../../x", Code.REFERENCE_OUTSIDE, None),
        ("..", Code.REFERENCE_OUTSIDE, None),
        ("/etc/passwd", Code.REFERENCE_OUTSIDE, None),
        ("~/x:y", Code.REFERENCE_OUTSIDE, None),
        (r"C:\x", Code.REFERENCE_OUTSIDE, None),
        (r"..\x", Code.REFERENCE_OUTSIDE, None),
    ],
)
def test_a_wrong_reference_is_told(reference, code, hint):
    problem = mistake(reference)
    assert problem.code == code
    assert hint in (problem.hint, None)


@pytest.mark.parametrize(
    ("reference", "fact"),
    [
        ("two", "`two` is a cell (snippets/layers/build/python.py:5) and a symbol (snippets/layers/build/python.py:6)"),
        ("f", "`f` is a region (snippets/layers/build/python.py:10) and a symbol (snippets/layers/build/python.py:5)"),
        ("g", "`g` is a symbol (snippets/layers/build/python.py:14) and a symbol (snippets/layers/build/python.py:16)"),
    ],
)
def test_a_name_that_could_be_two_is_refused_with_both_places(reference, fact):
    problem = mistake(f"layers/build:{reference}")
    assert (problem.code, problem.fact) == (Code.NAME_AMBIGUOUS, fact)


def test_what_is_wrong_with_a_module_is_not_told_again():
    given = modules(a__tf2="# %% a\n\n# %% b\n# region r\nx = (\n", b__tf2="")
    assert select("a:Linear", HERE, given) == ((), ())  # not valid Python: its symbols are not known
    assert select("a:a", HERE, given) == ((), ())  # empty
    assert select("b", HERE, given) == ((), ())
    assert [each.code for each in listings("a:r", given)] == ["x = ("]  # does not end


def test_two_cells_of_one_name_are_told_by_their_module_alone():
    given = modules(a__tf2="# %% a\nx = 1\n# %% a\nx = 2\n")
    assert [each.code for each in listings("a:a", given)] == ["x = 1"]


# --- steps ----------------------------------------------------------------------------------------------------------


def steps(info: str) -> list[list[tuple[int, ...]]]:
    """The lines of each step, a list for each framework."""
    return [[step.lines for step in listing.steps] for listing in expanded(f'{info} output="none"').listings]


@pytest.mark.parametrize(
    ("step", "lines"),
    [
        ("all", ()),
        ("2", (2,)),
        ("1-3", (1, 2, 3)),
        ("4, 1 - 2,4", (1, 2, 4)),
        ("square", (3,)),
        ("tape", (2, 5)),
        ("with tf", (2,)),
        ("y = x**2", (3,)),
        ("Recorded.", (1,)),
    ],
)
def test_a_step_of_a_cell(step, lines):
    assert steps(f'snippet="gradients/tf2:tape" steps="{step}"') == [[lines]]


@pytest.mark.parametrize(
    ("step", "lines"),
    [
        ("Linear", tuple(range(1, 13))),
        ("Linear.__init__", (2, 3)),
        ("__init__", (2, 3)),
        ("size", tuple(range(5, 10))),
        ("inside", (7, 8, 9)),
        ("self", (2, 6, 7, 11)),
        ("return", (9, 12)),
    ],
)
def test_a_step_of_a_class(step, lines):
    assert steps(f'snippet="gradients/tf2:Linear" steps="{step}"') == [[lines]]


def test_a_symbol_that_is_not_whole_in_the_listing_is_a_text():
    text = "# %% a\n# region r\nclass A:\n    def f(self):\n        A.x = 1\n    # endregion\n    def g(self): ...\n"
    found, problems = expand(fence('snippet="a:r" steps="A | f"'), modules(a__tf2=text), {})
    assert problems == ()
    assert [step.lines for step in found.listings[0].steps] == [(1, 3), (2, 3)]


def test_a_step_names_something_in_every_framework():
    assert steps('snippet="gradients:layer" steps="__init__ | call || forward | super"') == [
        [(2, 3), (11, 12), (3,)],
        [(2, 3), (5, 6), (3,)],
    ]
    assert steps('snippet="gradients:layer" steps="size || all"') == [[tuple(range(5, 10))], [()]]
    ((code, place, _),) = told('snippet="gradients:layer" output="none" steps="__init__ | forward"')
    assert (code, place) == (Code.STEP_UNKNOWN, 'forward"')


def test_an_alternative_that_nobody_takes_is_stale():
    (found,) = told('snippet="gradients:layer" output="none" steps="__init__ || build"')
    assert found[:2] == (Code.STEP_UNKNOWN, '__init__ || build"')
    assert found[2].startswith("no framework that is shown takes the alternative `build`")


def test_reveals_own_steps_are_taken():
    assert steps('[1|3-4,5] snippet="gradients/tf2:tape"') == [[(1,), (3, 4, 5)]]
    assert steps('[712: |2] snippet="gradients/tf2:tape"') == [[(), (2,)]]
    ((code, place, fact),) = told('[1|3-6] snippet="gradients/tf2:tape" output="none"')
    assert (code, place) == (Code.STEP_UNKNOWN, '3-6] snippet="gradients/tf2:tape" output="none"')
    assert fact.endswith("its lines are 1 to 5")


def test_a_step_may_be_nothing():
    steps = 'steps="all | none | 2" captions="a | b | c"'
    (listing,) = expanded(f'snippet="gradients/tf2:tape" output="none" {steps}').listings
    assert [(step.lines, step.nothing, step.ranges, step.caption) for step in listing.steps] == [
        ((), False, "", "a"),
        ((), True, "0", "b"),
        ((2,), False, "2", "c"),
    ]
    (listing,) = expanded('[|0|2] snippet="gradients/tf2:tape" output="none"').listings
    assert [step.nothing for step in listing.steps] == [False, True, False]


STEPPED = """\
```python snippet="gradients:layer" steps="__init__ | all | none"
```

```python [1|2] illustrative="x"
```

```python snippet="gradients/tf2:tape" steps="1 | 2" echo="false"
```

Note[4]: the last
"""


def test_the_steps_of_a_slide_are_counted_over_its_listings():
    parsed, _ = talk.parse(STEPPED, "slides/talk.md")
    resolved, problems = resolve(parsed, MODULES, {})
    assert problems == ()
    assert resolved.slides[0].walk == ((0, 0), (0, 1), (0, 2), (1, 1))


@pytest.mark.parametrize("number", [0, 5, 12345])
def test_a_note_belongs_to_a_step_that_is_there(number):
    parsed, _ = talk.parse(STEPPED.replace("Note[4]", f"Note[{number}]"), "slides/talk.md")
    _, problems = resolve(parsed, MODULES, {})
    assert [(each.code, each.span.line, each.hint) for each in problems] == [
        (Code.NOTE_STEP, 10, "its steps are 1 to 4")
    ]


def test_a_note_is_not_blamed_for_steps_that_were_not_found():
    parsed, _ = talk.parse(STEPPED.replace("all", "nowhere"), "slides/talk.md")
    assert [each.code for each in resolve(parsed, MODULES, {})[1]] == [Code.STEP_UNKNOWN] * 2


def test_steps_are_given_once():
    ((code, place, _),) = told('[1] snippet="gradients/tf2:tape" output="none" steps="2"')
    assert (code, place[:2]) == (Code.OPTION_TWICE, "1]")


@pytest.mark.parametrize(
    "step",
    ["0", "6", "1-99999999999999", "9" * 5000, "1-6", "3-2", "1,", "1-", "-", "1--2", "taep", "gradient(", "Linear"],
)
def test_a_step_that_matches_nothing_is_told_with_its_place(step):
    ((code, place, _),) = told(f'snippet="gradients/tf2:tape" output="none" steps="all |  {step}"')
    assert (code, place) == (Code.STEP_UNKNOWN, f'{step}"')


def test_an_empty_step_is_told_with_its_place():
    found = told('snippet="gradients/tf2:tape" output="none" steps="all | | 1"')
    assert [(code, place) for code, place, _ in found] == [(Code.STEP_UNKNOWN, '| 1"')]


def test_the_nearest_step_is_suggested():
    ((_, _, text),) = told('snippet="gradients/tf2:tape" output="none" steps="GradientTap("')
    assert text.endswith("did you mean `tf.GradientTape`?")


def test_a_step_that_could_be_two_is_refused():
    given = modules(a__tf2="# %% a\nclass A:\n    def f(self): ...\nclass B:\n    def f(self): ...\n")
    parsed = fence('snippet="a:a" output="none" steps="A.f | f"')
    _, problems = expand(parsed, given, {})
    assert [(each.code, each.span.col) for each in problems] == [(Code.NAME_AMBIGUOUS, 52)]


def test_each_step_has_its_caption():
    found = expanded('snippet="gradients/tf2:tape" output="none" steps="1 | 2" captions="First, this. | Then *that*."')
    assert found.listings[0].steps == (Step((1,), "First, this."), Step((2,), "Then *that*."))


@pytest.mark.parametrize("info", ['captions="a"', 'steps="1" captions="a | b"', 'steps="1 | 2" captions="a"'])
def test_there_are_as_many_captions_as_steps(info):
    ((code, place, _),) = told(f'snippet="gradients/tf2:tape" output="none" {info}')
    assert code == Code.CAPTIONS_COUNT
    assert place.startswith("a")


# --- outputs --------------------------------------------------------------------------------------------------------


def recording(framework: str, *outputs: Output) -> Recording:
    return Recording(f"snippets/gradients/{framework}.py", "key", ((framework, "1.0"),), outputs)


TAPE = Output("tape", stdout="<tape>\n")
LAYER = Output("layer")
SHARE = Output("share", figures=(Figure("tf2-share-1.svg", "as it was", b"<svg/>"),))
NAMELESS = Output("", value="1")
ALL = recording("tf2", Output(""), TAPE, LAYER, SHARE, NAMELESS)


def shown(info: str, *recordings: Recording) -> tuple[str, list[list[str]]]:
    """Where the output stands, and the cells of each framework whose output is shown."""
    found = expanded(info, recordings)
    return found.output, [[output.cell for output in listing.outputs] for listing in found.listings]


@pytest.mark.parametrize(
    ("info", "output", "cells"),
    [
        ('snippet="gradients/tf2:tape"', "below", ["tape"]),
        ('snippet="gradients/tf2:tape" output="column"', "column", ["tape"]),
        ('snippet="gradients/tf2:tape" output="none"', "none", []),
        ('snippet="gradients/tf2:square"', "none", []),
        ('snippet="gradients/tf2:square" output="slide"', "slide", ["tape"]),
        ('snippet="gradients/tf2:square" echo="false"', "below", ["tape"]),
        ('snippet="gradients/tf2:NAMELESS" output="fragment"', "fragment", [""]),
        ('snippet="gradients/tf2:layer"', "none", []),
        ('snippet="gradients/tf2"', "below", ["tape", "share", ""]),
    ],
)
def test_the_output_of_the_cells_that_are_shown(info, output, cells):
    assert shown(info, ALL) == (output, [cells])


def test_an_error_or_a_parity_is_an_output():
    raised = Output("tape", raised=Raised("E", "m", 6, "E: m"))
    agreed = Output("tape", parity=(Parity("y", ("tf2", "pytorch"), 0, 0, 0),))
    for output in (raised, agreed):
        assert shown('snippet="gradients/tf2:tape" output="below"', recording("tf2", output)) == ("below", [["tape"]])


def test_a_framework_may_be_silent_unless_the_output_is_asked_for():
    silent = recording("pytorch", Output("tape"))
    assert shown('snippet="gradients:tape"', ALL, silent) == ("below", [["tape"], []])
    ((code, place, fact),) = told('snippet="gradients:tape" output="below"', (ALL, silent))
    assert (code, place) == (Code.OUTPUT_NOTHING, 'below"')
    assert fact.startswith("`gradients/pytorch:tape` prints nothing")


def test_the_versions_that_made_an_output_are_shown():
    assert expanded('snippet="gradients/tf2:tape"', (ALL,)).listings[0].versions == (("tf2", "1.0"),)
    assert expanded('snippet="gradients/tf2:layer"', (ALL,)).listings[0].versions == ()


def test_what_is_not_recorded_shows_nothing_and_is_told_by_who_reads_the_recordings():
    for recordings in ((), (recording("tf2", LAYER),)):
        assert shown('snippet="gradients/tf2:tape" output="below"', *recordings) == ("none", [[]])


def test_a_figure_is_described_by_its_cell_as_it_is_now():
    (listing,) = expanded('snippet="gradients/tf2:share"', (ALL,)).listings
    assert [figure.alt for figure in listing.outputs[0].figures] == ["Two lines"]


def test_a_figure_that_is_shown_says_what_it_shows():
    drawn = recording("tf2", Output("tape", figures=SHARE.figures))
    _, problems = expand(fence('snippet="gradients/tf2:tape"'), MODULES, {drawn.path: drawn})
    assert [(each.code, str(each.span)) for each in problems] == [(Code.FIGURE_ALT, "snippets/gradients/tf2.py:4:1")]
    assert told('snippet="gradients/tf2:tape" output="none"', (drawn,)) == []


def test_a_fence_does_not_contradict_itself():
    ((code, place, _),) = told('snippet="gradients/tf2:tape" echo="false" output="none"')
    assert (code, place) == (Code.OPTION_VALUE, 'false" output="none"')
    ((code, place, _),) = told('snippet="gradients/tf2:tape" output="none"', code="x = 1\n")
    assert (code, place[:3]) == (Code.FENCE_BODY, "```")


# --- talks ----------------------------------------------------------------------------------------------------------


def test_every_fence_of_a_talk_is_resolved_and_every_mistake_told():
    text = textwrap.dedent("""\
        ```python snippet="gradients/tf2:tape"
        ```

        ----

        ```python
        plain = 1
        ```

        > * ```python snippet="gradients/tf2:lyer"
        >   ```

        Note: aside

        ```python snippet="graduents:layer"
        ```
        """)
    parsed, problems = talk.parse(text, "slides/a.md")
    assert problems == ()
    found, problems = resolve(parsed, MODULES, {ALL.path: ALL})
    fences = [fence for slide in found.slides for fence in slide.fences]
    assert [len(fence.listings) for fence in fences] == [1, 0, 0, 0]
    assert report(problems).splitlines()[::2] == [
        "slides/a.md:10:24: error[selector-unknown]: `gradients/tf2` has no cell, region or symbol `lyer`",
        "slides/a.md:15:20: error[lesson-unknown]: there is no lesson `graduents`",
    ]
