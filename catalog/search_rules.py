"""Pure rules of search: how texts and questions are cut into tokens."""

import re
import unicodedata
from collections.abc import Iterable

HAN = "㐀-鿿豈-﫿"
RUN = re.compile(f"[{HAN}]+|[0-9]+(?:\\.[0-9]+)?|[^\\W\\d_{HAN}]+")
MAX_TOKENS = 400


def tokens(text: str) -> list[str]:
    """Cut a text into search tokens, in order: words and numbers as they are, Chinese into pairs plus each run's last character."""
    found: list[str] = []
    for run in RUN.findall(unicodedata.normalize("NFKC", text or "").lower()):
        if re.match(f"[{HAN}]", run):
            found += [run[i : i + 2] for i in range(len(run) - 1)] + [run[-1]]
        else:
            found.append(run[:40])
    return found[:MAX_TOKENS]


def vector(weighted: Iterable[tuple[str, str]]) -> str:
    """Write a tsvector literal from (text, weight A–D) pairs."""
    parts, position = [], 0
    for text, weight in weighted:
        for token in tokens(text):
            position = min(position + 1, 16383)
            parts.append(f"'{token}':{position}{weight}")
    return " ".join(parts)


def query(text: str) -> str:
    """Write a tsquery: every word must occur, words may go on (`pap` finds paper); empty when the text holds no word."""
    wanted: list[str] = []
    for run in RUN.findall(unicodedata.normalize("NFKC", text or "").lower())[:12]:
        if re.match(f"[{HAN}]", run):
            wanted += [f"'{run[i : i + 2]}'" for i in range(len(run) - 1)] or [f"'{run}':*"]
        else:
            wanted.append(f"'{run[:40]}'" if run[0].isdigit() else f"'{run[:40]}':*")
    return " & ".join(dict.fromkeys(wanted))
