"""What publishes talks, here and in other projects, is of the right form and names what there is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
import yaml

from greenroom.cli import main

ROOT = Path(__file__).parents[1]
WORKFLOW = ROOT / ".github" / "workflows" / "talk.yml"
BLOCKS = re.findall(r"(?ms)^```yaml[^\n]*\n(.*?)^```", (ROOT / "docs" / "publish.md").read_text(encoding="utf-8"))
WORKFLOWS = {"this repository": WORKFLOW.read_text(encoding="utf-8"), "docs/publish.md": BLOCKS[0]}


def check_command(line: str) -> None:
    """Make sure that a command of greenroom and its options exist."""
    command: click.Command = main
    words = shlex.split(line)[1:]
    while isinstance(command, click.Group):
        command = command.commands[words.pop(0)]
    command.make_context(command.name, words)


def steps(workflow: dict) -> list[dict]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("place", WORKFLOWS)
def test_the_commands_of_a_workflow_exist(place):
    workflow = yaml.safe_load(WORKFLOWS[place])
    lines = [line.strip() for step in steps(workflow) for line in step.get("run", "").splitlines()]
    ours = [line for line in lines if Path(line.split()[0]).name == "greenroom"]
    assert any("rehearse --junit" in line for line in ours)
    for line in ours:
        check_command(line)
    for line in lines:
        if line.startswith("python scripts/"):
            assert (ROOT / line.split()[1]).is_file()


@pytest.mark.parametrize("place", WORKFLOWS)
def test_a_workflow_takes_official_actions_and_gives_each_job_what_it_needs(place):
    workflow = yaml.safe_load(WORKFLOWS[place])
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", action) for action in used)
    assert {"actions/upload-pages-artifact", "actions/deploy-pages"} <= {action.partition("@")[0] for action in used}
    jobs = workflow["jobs"]
    assert workflow["permissions"] == {"contents": "read"}
    assert {name: job.get("permissions") for name, job in jobs.items()} == {
        "check": None,
        "pages": {"pages": "write", "id-token": "write"},
        "notebooks": {"contents": "write"},
    }
    assert all(job["if"] == "github.ref == 'refs/heads/main'" for job in jobs.values() if "needs" in job)
    assert {job["needs"] for job in jobs.values() if "needs" in job} == {"check"}


def test_both_workflows_publish_alike():
    own, other = (yaml.safe_load(text)["jobs"] for text in WORKFLOWS.values())
    assert (own["pages"], own["notebooks"]) == (other["pages"], other["notebooks"])


def test_the_hook_of_pre_commit_runs_a_command_that_exists():
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (local,) = next(yaml.safe_load(block)["repos"][0]["hooks"] for block in BLOCKS if "repos:" in block)
    check_command(hook["entry"])
    assert hook["language"] == "python"
    same = ("id", "name", "entry", "pass_filenames", "always_run")
    assert [hook[key] for key in same] == [local[key] for key in same]
