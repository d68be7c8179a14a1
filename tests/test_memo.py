"""What was made of the same content is not made again, and what nobody asks for is forgotten."""

from greenroom import memo, talk


def test_what_was_made_of_the_same_is_not_made_again():
    made = []

    @memo.remembered(lambda text: text)
    def length(text):
        made.append(text)
        return len(text)

    memo.turn()
    assert [length("a"), length("bc"), length("a")] == [1, 2, 1]
    memo.turn()
    assert length("a") == 1
    assert made == ["a", "bc"]


def test_what_a_round_did_not_ask_for_is_forgotten():
    made = []

    @memo.remembered(lambda text: text)
    def length(text):
        made.append(text)
        return len(text)

    length("a")
    memo.turn()
    memo.turn()
    length("a")
    assert made == ["a", "a"]


def test_what_the_whole_was_made_of_stays_with_it():
    """A part is still known when the whole has changed, though nobody but the whole has asked for it meanwhile."""
    made = []

    @memo.remembered(lambda word: word)
    def part(word):
        made.append(word)
        return word.upper()

    @memo.remembered(lambda words: words)
    def whole(words):
        return " ".join(map(part, words))

    @memo.remembered(lambda words: ("all", words))
    def everything(words):
        return whole(words)

    for words in (("a", "b"), ("a", "b"), ("a", "b"), ("a", "c")):
        memo.turn()
        assert everything(words) == " ".join(words).upper()
    assert made == ["a", "b", "c"]
    memo.turn()
    memo.turn()
    assert part("b") == "B"
    assert made == ["a", "b", "c", "b"]


def test_who_asks_once_pays_for_no_memory(monkeypatch):
    monkeypatch.setattr(memo, "_round", 0)
    made = []

    @memo.remembered(lambda _: 1 / 0)
    def length(text):
        made.append(text)
        return len(text)

    assert [length("a"), length("a")] == [1, 1]
    assert made == ["a", "a"]


def test_the_same_object_is_a_key_whatever_it_equals():
    one, other = [1], [1]
    assert memo.same(one) == memo.same(one)
    assert memo.same(one) != memo.same(other)
    assert hash(memo.same(one)) == hash(memo.same(one))


def test_a_slide_is_the_same_wherever_it_stands():
    """Tokens are kept, and places told where the slide now is."""
    memo.turn()
    slide = '## Sum\n\n$\\frac{1$\n\n```python snippet="a:b" stepz="1"\n```\n'
    (before, wrong), (after, wrong_after) = (
        talk.parse(text, "slides/a.md") for text in (f"# A\n\n---\n\n{slide}", f"# A\n\none\n\ntwo\n\n---\n\n{slide}")
    )
    assert after.stacks[1].slides is before.stacks[1].slides
    at_first, later = (each.placed[1] for each in (before, after))
    assert later.span.line == at_first.span.line + 4
    assert later.place(later.fences[0].span).line == at_first.place(at_first.fences[0].span).line + 4
    assert [(each.span.line + 4, each.span.col, each.fact) for each in wrong] == [
        (each.span.line, each.span.col, each.fact) for each in wrong_after
    ]
    assert len(wrong) == 2


def test_a_slide_is_the_same_whatever_changes_in_its_stack():
    memo.turn()
    before, after = (talk.parse(f"# A\n\n----\n\n# {title}\n", "slides/a.md")[0] for title in ("B", "C"))
    assert after.slides[0] is before.slides[0]
