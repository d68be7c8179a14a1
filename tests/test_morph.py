"""What stays from one version of a listing to the next, and which slides morph."""

import random
import time
from dataclasses import replace
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from greenroom import deck, morph, resolve, source, talk
from greenroom.problems import Code

LOOP = """\
for epoch in range(10):
    with tf.GradientTape() as tape:
        loss = mse(model(x), y)
    grads = tape.gradient(loss, model.trainable_weights)
    optimizer.apply_gradients(zip(grads, model.trainable_weights))
print(loss)"""

TRACED = """\
@tf.function
def step(x, y):
    with tf.GradientTape() as tape:
        prediction = model(x)
        loss = mse(prediction, y)
    grads = tape.gradient(loss, model.trainable_weights)
    optimizer.apply_gradients(zip(grads, model.trainable_weights))
    return loss


for epoch in range(10):
    loss = step(x, y)
print(loss)"""


def kept(old, new, **languages):
    """The text of each run, which is the same in both versions, and covers nothing twice."""
    runs = morph.same(old, new, **languages)
    before, after = (text.encode("utf-16-le") for text in (old, new))
    texts = []
    for i, j, length in runs:
        assert before[2 * i : 2 * (i + length)] == after[2 * j : 2 * (j + length)]
        texts.append(after[2 * j : 2 * (j + length)].decode("utf-16-le"))
    for side in (0, 1):
        places = [place for run in runs for place in range(run[side], run[side] + run[2])]
        assert len(places) == len(set(places))
    return texts


def test_the_same_code_is_one_run():
    assert kept(LOOP, LOOP) == [LOOP]


def test_nothing_in_common_is_no_run():
    assert kept("a = 1", "print(b)") == []


def test_new_lines_part_what_stays():
    lines = LOOP.split("\n")
    assert kept(LOOP, "\n".join([*lines[:3], "        loss += sum(model.losses)", *lines[3:]])) == [
        "\n".join(lines[:3]),
        "\n".join(lines[3:]).strip(),
    ]


def test_in_a_line_that_changed_its_tokens_stay():
    assert kept("loss = mse(model(x), y)", "loss = mse(model(x), y) + penalty") == ["loss = mse(model(x), y)"]
    assert kept("a = tf.Variable(4.0)", "w = tf.Variable(5.0)") == ["= tf.Variable(", ")"]


def test_a_name_stays_a_name_only():
    assert "add" not in kept("add = 1", 'label = "add"')


def test_a_function_that_moved_moves_as_a_block():
    f, g = "def f(x):\n    y = x + 1\n    return y", "def g(a, b):\n    c = a @ b\n    d = c * 2\n    return c + d"
    assert sorted(kept(f"{f}\n\n\n{g}", f"{g}\n\n\n{f}")) == [f, g]


def test_a_block_that_was_indented_keeps_its_lines():
    texts = kept("a = load()\nb = a.mean()\nprint(b)", "with timer():\n    a = load()\n    b = a.mean()\n    print(b)")
    assert texts == ["a = load()", "b = a.mean()", "print(b)"]


def test_what_went_into_a_line_of_its_own_is_carried_along():
    texts = kept(LOOP, TRACED)
    assert "model(x)" in texts
    assert "for epoch in range(10):" in texts
    assert "print(loss)" in texts
    assert "with tf.GradientTape() as tape:" in texts


def test_a_call_over_several_lines_keeps_its_arguments():
    texts = kept("layer = Dense(units, activation, bias)", "layer = Dense(\n    units,\n    activation,\n    bias,\n)")
    assert texts == ["layer = Dense(", "units,", "activation,", "bias"]


def test_punctuation_does_not_fly():
    old = "x = call(\n    1,\n)\n" + "\n".join(f"old_{n} = {n}" for n in range(20))
    new = "\n".join(f"new_{n} = {n}" for n in range(50, 70)) + "\ny = other(\n    777,\n)"
    assert kept(old, new) == []


def test_places_are_counted_as_browsers_count():
    old, new = 'f = "😀" + a\nb = 1', 'x = 0\nf = "😀" + a\nb = 2'
    assert morph.same(old, new) == ((0, 6, 16),)
    assert kept(old, new) == ['f = "😀" + a\nb =']


def test_any_language_and_none_morph():
    assert kept("let a = 1;", "const a = 1;", old_language="js", new_language="js") == ["a = 1;"]
    assert kept("one two", "zero one two", old_language="", new_language="") == ["one two"]


@pytest.mark.parametrize("seed", range(20))
def test_runs_hold_whatever_was_changed(seed):
    chosen = random.Random(seed)
    lines = TRACED.split("\n")
    for _ in range(chosen.randrange(1, 8)):
        place = chosen.randrange(len(lines))
        change = chosen.randrange(4)
        if change == 0:
            del lines[place]
        elif change == 1:
            lines.insert(place, chosen.choice(TRACED.split("\n")))
        elif change == 2:
            lines[place] = f"    {lines[place]}"
        else:
            lines[place] = lines[place].replace("loss", "error").replace("(", "(😀, ", 1)
    kept(TRACED, "\n".join(lines))


def test_long_listings_take_no_time():
    lines = Path(morph.__file__).read_text(encoding="utf-8").split("\n")
    versions = [
        "\n".join(lines[:200]),
        "\n".join(lines[100:300]),
        "\n".join(line.replace("old", "earlier") for line in lines[:200]),
        "\n".join(f"value_{n} = call({n})" for n in range(200)),
    ]
    for version in versions:
        morph.same(versions[0], version)  # highlighting is the deck's work
    start = time.process_time()
    for version in versions:
        morph.same(versions[0], version)
    assert time.process_time() - start < 1


# --- slides ---------------------------------------------------------------------------------------------------------


def slides(*bodies):
    """A resolved talk of slides below each other, with a lesson in two frameworks."""
    modules = {}
    for framework, name in (("tf2", "tf"), ("pytorch", "torch")):
        text = f"# %% one\na = {name}.one()\n\n# %% two\nb = 0\na = {name}.one()\n"
        modules["lesson", framework], problems = source.scan(
            text, f"snippets/lesson/{framework}.py", "lesson", framework
        )
        assert not problems
    parsed, problems = talk.parse("\n----\n".join(bodies), "slides/talk.md")
    resolved, unresolved = resolve.resolve(parsed, modules, {})
    assert not (*problems, *unresolved)
    return resolved


def fence(reference, options=""):
    return f'```python snippet="lesson{reference}"{options}\n```\n'


MORPH = "<!-- .slide: data-morph -->\n"


def test_a_talk_that_does_not_morph_stays_as_it_is():
    parsed = slides("# A\n\n" + fence(":one"), "# B\n\n" + fence(":two"))
    assert morph.morph(parsed) == (parsed, ())
    assert "data-morph" not in deck.render(parsed)


def test_panes_belong_together_by_framework():
    made, problems = morph.morph(slides(fence(":one"), MORPH + fence("/pytorch:two") + fence("/tf2:two")))
    assert not problems
    earlier, later = made.slides
    assert [listing.morphs_as for listing in earlier.fences[0].listings] == [1, 0]
    assert [(each.listings[0].framework, each.listings[0].morph) for each in later.fences] == [
        ("pytorch", morph.Morph(0, ((0, 6, 15),))),
        ("tf2", morph.Morph(1, ((0, 6, 12),))),
    ]


def test_what_has_no_earlier_version_just_comes():
    made, problems = morph.morph(slides(fence("/tf2:one"), MORPH + fence(":two")))
    assert not problems
    assert [bool(listing.morph) for listing in made.slides[1].fences[0].listings] == [True, False]


def test_other_listings_belong_together_in_order():
    one, two = "```python\na = 1\n```\n\n", "```python\nb = 2\n```\n\n"
    made, problems = morph.morph(slides(one + two, MORPH + one + two))
    assert not problems
    assert [(each.morphs_as, each.morph) for each in made.slides[0].fences] == [(0, None), (1, None)]
    assert [each.morph.runs for each in made.slides[1].fences] == [((0, 0, 5),)] * 2


def test_one_framework_becomes_the_other():
    made, problems = morph.morph(slides(fence("/tf2:one"), MORPH + fence("/pytorch:one")))
    assert not problems
    assert made.slides[1].fences[0].listings[0].morph


def test_slides_go_on_from_stack_to_stack_and_from_slide_to_slide():
    body = "```python\na = 1\n```\n"
    parsed, _ = talk.parse(f"{body}\n---\n{MORPH}{body}\n---\n{MORPH}{body}", "slides/talk.md")
    made, problems = morph.morph(parsed)
    assert not problems
    assert [(bool(each.fences[0].morph), each.fences[0].morphs_as) for each in made.slides] == [
        (False, 0), (True, 0), (True, None)
    ]  # fmt: skip


def test_the_deck_says_what_stays():
    made, _ = morph.morph(slides("# A\n\n" + fence("/tf2:one"), MORPH + "# B\n\n" + fence("/tf2:two")))
    earlier, later = LexborHTMLParser(deck.render(made)).css("section > section code")
    assert earlier.attributes["data-morphs-as"] == "0"
    assert (later.attributes["data-morph-pair"], later.attributes["data-morph"]) == ("0", "0 6 12")
    assert later.text()[6 : 6 + 12] == earlier.text()[:12]


def test_a_slide_that_is_not_shown_is_not_between():
    body = "```python\na = 1\n```\n"
    made, problems = morph.morph(slides(body, '<!-- .slide: data-visibility="hidden" -->\n# No\n', MORPH + body))
    assert not problems
    assert made.slides[2].fences[0].morph


def test_an_output_with_a_slide_of_its_own_stands_between():
    parsed = slides(fence("/tf2:one"), MORPH + fence("/tf2:two"))
    first, second = parsed.slides
    (shown,) = first.fences
    first = replace(first, fences=(replace(shown, output="slide"),))
    _, (problem,) = morph.morph(replace(parsed, stacks=(replace(parsed.stacks[0], slides=(first, second)),)))
    assert problem.code == Code.MORPH
    assert "the output" in problem.fact


def test_what_is_wrong_already_is_told_once():
    parsed, _ = talk.parse(f"{fence(':one')}\n----\n{MORPH}{fence(':two')}", "slides/talk.md")
    resolved, problems = resolve.resolve(parsed, {}, {})
    assert problems
    assert morph.morph(resolved) == (resolved, ())


@pytest.mark.parametrize(
    ("earlier", "later", "fact"),
    [
        (None, "```python\na = 1\n```", "there is no slide before this one"),
        ("# No code", "```python\na = 1\n```", "the slide before (`no-code`) shows no code"),
        ("```python\na = 1\n```", "# No code", "the slide shows no code"),
        ("```python\na = 1\n```", "```python\nprint(b)\n```", "nothing in common"),
        ("```python\na = 1\n```", "Note:\n\n```python\na = 1\n```", "the slide shows no code"),
        (fence("/tf2:one"), fence("/tf2:one", ' echo="false"'), "the slide shows no code"),
        (
            "<!-- .slide: data-auto-animate -->\n```python\na = 1\n```",
            "<!-- .slide: data-auto-animate -->\n```python\na = 1\n```",
            "`data-auto-animate`",
        ),
    ],
)
def test_a_slide_that_cannot_morph_is_a_mistake(earlier, later, fact):
    made = slides(*([earlier] if earlier else []), MORPH + later)
    resolved, (problem,) = morph.morph(made)
    assert resolved == made
    assert problem.code == Code.MORPH
    assert problem.span.line == (1 if earlier is None else earlier.count("\n") + 3)
    assert fact in problem.fact
