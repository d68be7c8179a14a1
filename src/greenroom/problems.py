"""The mistakes an author can make, and how they are told: `path:line:col: error[code]: fact`, then a `hint:`."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from enum import StrEnum

from greenroom.model import Problem


class Code(StrEnum):
    """One member a kind of mistake; its comment says what it means."""

    CONFIG = "config"  # mkdocs.yml is not valid YAML, or one of greenroom's options in it is unknown or wrong
    MKDOCS = "mkdocs"  # MkDocs found a mistake in its configuration, the navigation, or a link
    ENCODING = "encoding"  # a file cannot be read, or is not UTF-8
    FRONT_MATTER = "front-matter"  # the front matter is not valid YAML, or an option in it has a wrong value
    MATH = "math"  # a formula is not LaTeX that can be set
    OPTION_UNKNOWN = "option-unknown"  # a fence or a cell header has an option that does not exist
    OPTION_VALUE = "option-value"  # an option's value is not one of those it may have
    OPTION_TWICE = "option-twice"  # an option is given twice
    FRAMEWORK_NAME = "framework-name"  # a file of a lesson is not named after a framework
    MODULE_SYNTAX = "module-syntax"  # a snippet module is not valid Python
    CELL_HEADER = "cell-header"  # a cell's header is not `# %% name key="value"`
    CELL_EMPTY = "cell-empty"  # a cell has no lines
    CELL_PROSE = "cell-prose"  # a cell of prose has code in it
    CELL_CROSSED = "cell-crossed"  # a statement or a region goes on past the header of the next cell
    REGION_MARKER = "region-marker"  # a region's marker is not one that can be read
    REGION_EMPTY = "region-empty"  # a region has no lines
    REGION_UNCLOSED = "region-unclosed"  # a region does not end
    REGION_END = "region-end"  # a region's end has no start
    NAME_TWICE = "name-twice"  # two cells, or two regions, of a module have the same name
    REFERENCE_SYNTAX = "reference-syntax"  # a reference is not `lesson:selector` or `lesson/framework:selector`
    REFERENCE_OUTSIDE = "reference-outside"  # a reference or a link leaves the project
    LESSON_UNKNOWN = "lesson-unknown"  # there is no such lesson
    FRAMEWORK_UNKNOWN = "framework-unknown"  # the lesson has no such framework
    SELECTOR_UNKNOWN = "selector-unknown"  # the module has no such cell, region or symbol
    NAME_AMBIGUOUS = "name-ambiguous"  # a name could be two things
    FENCE_BODY = "fence-body"  # a fence with a snippet has lines of its own, which would not be shown
    STEP_UNKNOWN = "step-unknown"  # a step names nothing in the listing
    STEP_UNRECORDED = "step-unrecorded"  # it is not recorded what a step means, so nobody would see it slide
    STEP_MOVED = "step-moved"  # a step no longer means the lines that it was recorded for
    CAPTIONS_COUNT = "captions-count"  # there are not as many captions as steps
    NOTE_STEP = "note-step"  # a note belongs to a step that the slide doesn't have, or that has a note already
    MORPH = "morph"  # a slide is to morph, and no earlier version of its code is there
    RECORDING_MISSING = "recording-missing"  # a module has no recording, so there is no output to show
    OUTPUT_NOTHING = "output-nothing"  # an output is asked for, and there is none
    FIGURE_ALT = "figure-alt"  # a figure that is shown has no alternative text
    THEME_UNKNOWN = "theme-unknown"  # there is no theme of this name
    RESOURCE_REMOTE = "resource-remote"  # a picture or another file that a talk shows lies on another host
    RESOURCE_MISSING = "resource-missing"  # a picture or another local file that a talk shows does not exist
    FENCE_UNKNOWN = "fence-unknown"  # nothing proves what a fence shows, and it does not say that it is illustrative
    RUN_IMPORT = "run-import"  # a module imports what is not installed
    RUN_RAISED = "run-raised"  # a cell raised an exception that its header does not declare
    RUN_NOT_RAISED = "run-not-raised"  # a cell did not raise what its header declares
    RUN_TIME = "run-time"  # a module ran for longer than it may
    RUN_OUTPUT = "run-output"  # a cell printed more than it may
    RUN_MEMORY = "run-memory"  # a cell took more memory than it may
    RUN_EXIT = "run-exit"  # a cell ended the process
    RUN_KILLED = "run-killed"  # the process was killed in a cell: a segmentation fault, or from outside
    RUN_REFUSED = "run-refused"  # the system refused what running a module needs: the disk is full
    RUN_LOST = "run-lost"  # the machines that a module was given to were lost, each in its turn
    RUN_CHANGED = "run-changed"  # a module was changed, or removed, while it ran
    RUN_INPUT = "run-input"  # a cell waits for input
    DATA_MISSING = "data-missing"  # a file that a cell declares as data is not there
    DATA_UNDECLARED = "data-undeclared"  # a module read a file of the project that no cell declares
    RECORDING_STALE = "recording-stale"  # a recording was made from other code than the module now has
    RECORDING_DAMAGED = "recording-damaged"  # a recording was edited by hand, or cut short
    RECORDING_ORPHAN = "recording-orphan"  # a file among the recordings belongs to no module
    RECORDING_UNWRITTEN = "recording-unwritten"  # a recording cannot be written: the disk is full, or read-only
    RECORDING_DIFFERS = "recording-differs"  # running a module again gave something else than was recorded
    PARITY_ALONE = "parity-alone"  # a value that frameworks should agree on is named in one of them only
    PARITY_VALUE = "parity-value"  # what `parity` names is not a number or an array, not defined, or too large
    PARITY_SHAPE = "parity-shape"  # a value has another shape, or another kind of number, in another framework
    PARITY_DIFFERS = "parity-differs"  # a value is another one in another framework


def report(problems: Iterable[Problem], kind: str = "error") -> str:
    """All problems in the order of their places, each once, as the terminal and the presenter show them.

    Args:
        problems: The problems.
        kind: What they are: an `error`, or a `note` of what fails nothing here.
    """
    return "\n".join(
        f"{problem.span}: {kind}[{problem.code}]: {problem.fact}\n  hint: {problem.hint}"
        for problem in sorted(set(problems))
    )


def nearest(name: str, names: Iterable[str]) -> str:
    """A hint that names what the author may have meant, or else all that there is."""
    known = sorted(set(names))
    close = get_close_matches(name, known, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    return f"there are: {', '.join(f'`{each}`' for each in known)}" if known else "there are none"
