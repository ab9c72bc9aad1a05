"""Kinds of long work: a room says what one is made of, the kernel runs it part by part (docs/adr/0012-jobs.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

KINDS: dict[str, "JobKind"] = {}


@dataclass(frozen=True)
class Begun:
    """What the first step found: how much there is to do, and in how many batches."""

    total: int
    batches: int


@dataclass(frozen=True)
class RowRefused:
    """A row that was not taken: its number in the file, its cells as they came, and why, in sentences."""

    row: int
    cells: Sequence[str]
    why: Sequence[str]


@dataclass(frozen=True)
class Step:
    """What one batch did: rows dealt with (the refused ones among them), counts by name, refused rows."""

    done: int
    counts: Mapping[str, int] = field(default_factory=dict)
    refused: Sequence[RowRefused] = ()


@dataclass(frozen=True)
class Made:
    """The file that a job leaves."""

    body: bytes
    file_name: str
    content_type: str


class JobKind:
    """One kind of job; a room registers an instance with `job_kind`. Every method runs in the transaction of its step."""

    name = ""  # catalog.listing_import
    label: object = ""  # what people call it
    count_labels: Mapping[str, object] = {}  # what the counts of a step are called, in the order in which pages show them
    done_label: object = ""

    def actor(self, job) -> Any:
        """Whoever asked, read from the rows as they are now (P14)."""
        raise NotImplementedError

    def allow(self, actor) -> None:
        """Pass, or raise the Refusal that ends the job, or keeps somebody from its page."""
        raise NotImplementedError

    def begin(self, job, actor) -> Begun:
        """Look at what there is to do, and cut it into batches; raises Refusal when nothing of it can be done."""
        raise NotImplementedError

    def batch(self, job, actor, number: int) -> Step:
        """Do batch `number`, counted from 0."""
        raise NotImplementedError

    def finish(self, job, actor) -> Made | None:
        """Make what is left when all batches are done; None for no file."""
        return None

    def refused_header(self, job) -> list[str]:
        """The heads of the columns of refused rows, as the file had them."""
        return []

    def page(self, job) -> str:
        """The path of the page that the job was asked for on."""
        return "/me/jobs/"


def job_kind(cls: type[JobKind]) -> type[JobKind]:
    """Register a kind of job under its name."""
    if cls.name in KINDS:
        raise ValueError(f"job kind {cls.name} is declared twice")
    KINDS[cls.name] = cls()
    return cls
