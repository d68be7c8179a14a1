"""The talk that the project is for, and the page that tells what its draft got wrong."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from greenroom import build
from greenroom.model import Fence, Listing, Slide, Talk

ROOT = Path(__file__).parents[1]
FIGURES = {
    "workflows": "python-plane-1.svg",
    "growth-of-pytorch": "python-share-1.svg",
    "which-library": "python-game-1.svg",
    "tensors": "python-ranks-1.svg",
    "small-graph": "tf2-hypotenuse-1.svg",
    "example-graph-output": "tf2-digits-1.svg",
    "we-can-go-crazy": "tf2-branches-1.svg",
    "summary": "python-making-1.svg",
    "tensorflow-training": "python-training-1.svg",
}
OF_ONE_FRAMEWORK = {"model_graphs", "tracing", "draft/gradients"}
"""Lessons about what one framework does."""

LONG = 8
"""Lines, from which on a listing is too much to be taken in at once."""


@pytest.fixture(scope="module")
def project() -> build.Project:
    return build.load(ROOT)


@pytest.fixture(scope="module")
def talk(project: build.Project) -> Talk:
    return project.talks[0]


def listings(fences: tuple[Fence, ...]) -> list[Listing]:
    return [listing for fence in fences for listing in fence.listings]


def words(slide: Slide) -> str:
    return " ".join(token.content for token in slide.notes if token.type == "inline")


def test_it_has_the_stacks_of_the_draft_in_their_order(talk: Talk) -> None:
    assert [stack.slides[0].id for stack in talk.stacks] == [
        "title",
        "deep-learning",
        "software-perspective",
        "deep-learning-library-gold-rush",
        "basics",
        "tensors",
        "variables",
        "gradients",
        "gradients-in-pytorch",
        "tf-engine-module",
        "layer-class",
        "tensorflow-build",
        "nesting",
        "training-tf2x-pytorch",
        "tensorflow-nuggets",
        "model-class",
        "functional-models",
        "sequential-models",
        "datasets",
        "what-we-covered",
        "summary",
    ]


def test_every_slide_has_notes_that_can_be_read_as_prose(talk: Talk) -> None:
    short = [slide.id for slide in talk.slides if len(re.findall(r"[.?!](?:\s|$)", words(slide))) < 2]
    assert short == []


def test_notes_do_not_point_at_places_that_only_the_slide_has(talk: Talk) -> None:
    place = re.compile(r"\b(?:on the (?:left|right)|(?:next|last|previous) slides?)\b", re.IGNORECASE)
    assert [slide.id for slide in talk.slides if place.search(words(slide))] == []


def test_a_slide_without_a_heading_has_an_id_of_its_own(talk: Talk) -> None:
    text = (ROOT / talk.path).read_text(encoding="utf-8")
    assert [slide.id for slide in talk.slides if not slide.title and f'.slide: id="{slide.id}"' not in text] == []


def test_every_fence_is_a_snippet(talk: Talk) -> None:
    fences = [fence for slide in talk.slides for fence in slide.fences]
    assert len(fences) > 60
    assert [fence.span for fence in fences if not fence.listings] == []


def test_what_is_shown_of_one_framework_is_shown_of_the_other(talk: Talk) -> None:
    shown: dict[str, set[str]] = {}
    for slide in talk.slides:
        for listing in listings(slide.fences):
            shown.setdefault(listing.reference.lesson, set()).add(listing.framework)
    one_sided = {lesson for lesson, frameworks in shown.items() if len(frameworks & {"tf2", "pytorch"}) == 1}
    assert one_sided == OF_ONE_FRAMEWORK


def test_a_long_listing_is_walked_through_or_grows_from_slide_to_slide(talk: Talk) -> None:
    slides = talk.slides
    growing = {place for place, slide in enumerate(slides) if "data-morph" in dict(slide.attributes)}
    long = {
        (place, slide.id)
        for place, slide in enumerate(slides)
        for fence in slide.fences
        for listing in fence.listings
        if fence.option("echo") != "false" and len(listing.numbers) > LONG and not listing.steps
    }
    assert {name for place, name in long if not {place, place + 1} & growing} == set()


def test_what_grows_is_of_the_same_frameworks_before_and_after(talk: Talk) -> None:
    for before, after in pairwise(talk.slides):
        if "data-morph" in dict(after.attributes):
            pair = [[listing.framework for listing in listings(slide.fences)] for slide in (before, after)]
            assert pair[0] == pair[1], after.id


def test_steps_have_names_and_captions_that_are_read_at_a_glance(talk: Talk) -> None:
    steps = [(slide.id, step) for slide in talk.slides for listing in listings(slide.fences) for step in listing.steps]
    assert len(steps) > 150
    assert {name for name, step in steps if not step.caption or len(step.caption.split()) > 9} == set()
    assert [fence.option("steps") for slide in talk.slides for fence in slide.fences if by_number(fence)] == []


def by_number(fence: Fence) -> bool:
    return any(re.fullmatch(r"[\d\s,-]+", step) for step in (fence.option("steps") or "").split("|"))


def test_outputs_stand_in_every_place_there_is(talk: Talk) -> None:
    places = {fence.output for slide in talk.slides for fence in slide.fences}
    assert places == {"below", "column", "column-fragment", "fragment", "slide", "none"}


def test_the_nine_pictures_are_drawn_and_described(talk: Talk) -> None:
    figures = {
        slide.id: figure
        for slide in talk.slides
        for listing in listings(slide.fences)
        for output in listing.outputs
        for figure in output.figures
    }
    assert {slide: figure.name for slide, figure in figures.items()} == FIGURES
    assert all(figure.data.startswith(b"<?xml") and len(figure.alt) > 100 for figure in figures.values())


def test_it_needs_nothing_from_elsewhere(talk: Talk) -> None:
    assert "://" not in (ROOT / talk.path).read_text(encoding="utf-8")


def test_every_mistake_of_the_draft_is_told(project: build.Project) -> None:
    page = (ROOT / "docs" / "draft.md").read_text(encoding="utf-8")
    cells = {
        f"{module.lesson}/{module.framework}:{cell.name}"
        for module in project.modules.values()
        for cell in module.cells
        if module.lesson.startswith("draft/") and cell.name
    }
    assert len(cells) > 40
    assert {cell for cell in cells if f'snippet="{cell}"' not in page} == set()


def test_the_counts_of_the_draft_add_up() -> None:
    page = (ROOT / "docs" / "draft.md").read_text(encoding="utf-8")
    counts = [int(count) for count in re.findall(r"(?m)^\| (\d+) \|", page)]
    total = re.search(r"each of its (\d+) code fences", page)
    assert total
    assert sum(counts) == int(total[1])
