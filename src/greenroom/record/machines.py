"""More than one machine: what they must have in common, and how those of a cluster are reached.

A job takes the project's files with it, so machines need not share any. What it finds there is Python, greenroom, and
the packages that it imports. They must be the same on all of them: a recording names one version of each.
"""

from __future__ import annotations

import logging
import platform
import sys
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from importlib import metadata, util
from itertools import chain
from typing import TYPE_CHECKING

import greenroom
from greenroom.model import Attributes
from greenroom.record import settings

if TYPE_CHECKING:
    from distributed import Client

GREENROOM = f"{greenroom.__version__} (format {settings.FORMAT})"
"""The greenroom that is here: jobs and results can be read by the same one."""

Survey = tuple[str, Attributes]
"""A machine's name, and its versions of some packages, "" for what is not there."""

CONNECT_SECONDS = 10
"""How long the scheduler may take to answer."""

JOIN_SECONDS = 30
"""How long the first worker may take to join it."""


class MachineError(Exception):
    """The machines cannot run the modules, whichever these are.

    Attributes:
        fact: What is wrong.
        hint: What to do about it.
    """

    def __init__(self, fact: str, hint: str) -> None:
        super().__init__(fact, hint)
        self.fact = fact
        self.hint = hint


def here() -> str:
    """The name of this machine, and the folder of its Python, for people."""
    return f"{platform.node()} ({sys.prefix})"


def agree(versions: Attributes, machine: str, known: dict[str, tuple[str, str]]) -> None:
    """Hold a machine's versions against those of others.

    Args:
        versions: Names and versions of packages; "" stands for one that is not there.
        machine: The machine's name.
        known: Each package's version, and the machine where it was found first; what is new is added.

    Raises:
        MachineError: A version is another one.
    """
    for name, version in versions:
        first, where = known.setdefault(name, (version, machine))
        if version != first:
            one, other = (f"`{name}` {each}" if each else f"no `{name}`" for each in (first, version))
            fact = f"the machines differ: {where} has {one}, {machine} has {other}"
            raise MachineError(fact, "install the same versions on all of them: a recording names one of each")


def survey(packages: Iterable[str]) -> Survey:
    """This machine's name, and its versions of Python, greenroom and the packages, "" for what is not there.

    Imports none of them. One that is distributed under another name is left out: its version comes with the results.
    """
    versions = {"python": platform.python_version(), "greenroom": GREENROOM}
    for name in packages:
        if util.find_spec(name) is None:
            versions[name] = ""
        else:
            with suppress(metadata.PackageNotFoundError):
                versions[name] = metadata.version(name).partition("+")[0]
    return here(), tuple(versions.items())


@contextmanager
def cluster(address: str, frameworks: Collection[str], packages: Iterable[str]) -> Iterator[Executor]:
    """An executor that runs jobs on the cluster of a dask.distributed scheduler, once its machines are seen to do.

    A job whose worker is lost is run again by another worker; of one that lost several in this way, dask gives up.

    Args:
        address: The scheduler's, `tcp://host:8786`.
        frameworks: The frameworks whose modules are to be run.
        packages: What the modules import.

    Raises:
        MachineError: There is no such cluster, or its machines will not do.
    """
    try:
        from distributed import Client
        from distributed.comm.addressing import get_address_host_port
        from distributed.versions import VersionMismatchWarning
    except ModuleNotFoundError as error:
        hint = 'install it: `pip install "greenroom[dask]"`, here and on all machines of the cluster'
        raise MachineError("a cluster is reached with dask.distributed, which is not installed", hint) from error
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what goes wrong is told once, by us
    try:
        get_address_host_port(address)  # a client that has none would wait at its end for what it never had
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VersionMismatchWarning)  # what has to be the same is seen to below
            client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        hint = "`dask scheduler` starts one, and prints its address: `tcp://host:8786`"
        raise MachineError(f"there is no scheduler at `{address}`: {error}", hint) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=JOIN_SECONDS)
        except TimeoutError as error:
            hint = f"`dask worker {address}`, on a machine with greenroom and the frameworks, starts one"
            raise MachineError(f"no worker has joined the scheduler at `{address}`", hint) from error
        needed = sorted({"distributed", *packages, *chain.from_iterable(settings.WARM[each] for each in frameworks)})
        found = client.run(survey, needed, on_error="return")
        workers = {f"the worker {worker}": found[worker] for worker in sorted(found)}
        _examine({"the scheduler": _of_scheduler(client), **workers}, frameworks)
        yield client.get_executor(pure=False)  # to run a module again is to run it, and not to look up what it gave


def _of_scheduler(client: Client) -> Survey | Exception:
    """What the scheduler says in a survey: it reads the jobs, too, and hands them on."""
    try:
        machine, versions = client.run_on_scheduler(survey, ["distributed"])
    except Exception as error:  # noqa: BLE001, whatever it was there
        return error
    return machine, tuple((name, version) for name, version in versions if name != "python")


def _examine(found: Mapping[str, Survey | Exception], frameworks: Iterable[str]) -> None:
    """Hold what all said in a survey against what they need, against each other, and against what is here."""
    own = dict(survey(["distributed"])[1])
    known = {name: (own[name], "this machine") for name in ("distributed", "greenroom")}
    for process, answer in found.items():
        if isinstance(answer, Exception):
            fact = f"{process} cannot load the greenroom that is here: {answer}"
            raise MachineError(fact, 'install it there, in the same version: `pip install "greenroom[dask]"`')
        machine, versions = answer
        for framework in frameworks:
            for name in settings.WARM[framework]:
                if dict(versions).get(name) == "":
                    hint = f'install it there: `pip install "greenroom[{framework}]"`'
                    raise MachineError(f"`{name}` is not installed on {machine}", hint)
        agree(versions, machine, known)
