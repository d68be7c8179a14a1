"""An output folder is replaced in whole or left alone, and is known to be current."""

import os
import time

import pytest

from greenroom import output


def made(folder, **files):
    folder.mkdir()
    output.write(folder, files)
    output.stamp(folder, {"digest": "d"})


def test_a_folder_takes_the_place_of_the_old_one(tmp_path):
    made(tmp_path / "site", old="1")
    with output.replacing(tmp_path / "site") as fresh:
        (fresh / "new").write_text("2")
    assert [path.name for path in (tmp_path / "site").iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_an_exception_leaves_the_old_folder(tmp_path):
    made(tmp_path / "site", old="1")
    with pytest.raises(KeyboardInterrupt), output.replacing(tmp_path / "site") as fresh:
        (fresh / "new").write_text("2")
        raise KeyboardInterrupt
    assert (tmp_path / "site" / "old").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_swap_that_was_cut_is_mended(tmp_path):
    """A kill between the two renames leaves no `site`, only the old one set aside."""
    made(tmp_path / ".site-old", old="1")
    output.recover(tmp_path / "site")
    assert (tmp_path / "site" / "old").read_text() == "1"


def test_what_a_killed_build_left_behind_is_removed_and_what_one_at_work_writes_is_not(tmp_path):
    left, at_work = tmp_path / ".site-new-a", tmp_path / ".site-new-b"
    for folder in (left, at_work):
        folder.mkdir()
    hours_ago = time.time() - 2 * output.LEFTOVER_SECONDS
    os.utime(left, (hours_ago, hours_ago))
    output.recover(tmp_path / "site")
    assert [path.name for path in tmp_path.iterdir()] == [".site-new-b"]


def test_the_stamp_holds_as_long_as_the_files_do(tmp_path):
    made(tmp_path / "deck", **{"a/b": "1"})
    assert output.read_stamp(tmp_path / "deck") == {"digest": "d"}


@pytest.mark.parametrize("change", ["edit", "add", "remove"])
def test_a_changed_output_is_not_current(tmp_path, change):
    made(tmp_path / "deck", a="1", b="2")
    if change == "edit":
        (tmp_path / "deck" / "a").write_text("changed")
    elif change == "add":
        (tmp_path / "deck" / "c").write_text("3")
    else:
        (tmp_path / "deck" / "b").unlink()
    assert output.read_stamp(tmp_path / "deck") is None


def test_a_folder_of_somebody_else_is_not_ours_to_replace(tmp_path):
    (tmp_path / "mine.txt").write_text("dear to me")
    with pytest.raises(output.ForeignFilesError, match=r"mine\.txt"):
        output.own(tmp_path)


def test_a_file_put_into_our_folder_is_not_ours_to_remove(tmp_path):
    made(tmp_path / "deck", a="1")
    output.own(tmp_path / "deck")
    (tmp_path / "deck" / "mine.txt").write_text("dear to me")
    with pytest.raises(output.ForeignFilesError, match=r"mine\.txt"):
        output.own(tmp_path / "deck")


@pytest.mark.parametrize("folder", ["new", "."])
def test_a_new_or_empty_folder_may_be_written(tmp_path, folder):
    output.own(tmp_path / folder)


def test_a_digest_tells_files_by_their_content_and_options_by_their_value(tmp_path):
    file = tmp_path / "talk.md"
    file.write_text("one")
    first = output.digest([file, None])
    assert output.digest([file, None]) == first
    assert output.digest([file, ""]) != first
    file.write_text("two")
    assert output.digest([file, None]) != first
