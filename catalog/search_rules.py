"""Pure rules of search: how texts are cut into tokens, and how a question becomes a tsquery."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

HAN = "〇々㐀-鿿豈-﫿\U00020000-\U0003ffff"
RUN = re.compile(f"[{HAN}]+|[0-9]+(?:\\.[0-9]+)?|[^\\W\\d_{HAN}]+")
IS_HAN = re.compile(f"[{HAN}]")
MAX_RUNS = 12  # of a question
SHORT = 200  # signs of a text that may come again
MAX_TERM = 10  # signs or words of a synonym
LONGEST_WORD = 40
PLACES = {"A": "1A", "B": "2B", "C": "3C", "D": "4D"}
_english = snowballstemmer.stemmer("english")


def runs(text: str) -> list[str]:
    """Cut a text into runs of Chinese, numbers and words, in order, width and case folded."""
    return RUN.findall(unicodedata.normalize("NFKC", text or "").lower())


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """What is left of an English word without its endings (valves → valv); numbers and words of other scripts stay as they are."""
    return _english.stemWord(word) if word.isascii() and word.isalpha() else word


def _cut(run: str) -> list[str]:
    """The tokens of a run: Chinese in pairs and single signs, a word with its stem."""
    if IS_HAN.match(run):
        return [*(token for i in range(len(run) - 1) for token in (run[i : i + 2], run[i])), run[-1]]
    word = run[:LONGEST_WORD]
    return [word] if stem(word) == word else [word, stem(word)]


def tokens(text: str) -> list[str]:
    """Cut a text into search tokens, in order: words with their stems, Chinese into pairs and single signs."""
    return [token for run in runs(text) for token in _cut(run)]


@lru_cache(maxsize=20_000)
def token_set(text: str, least: int = 1) -> frozenset[str]:
    """The tokens of a short text that have so many signs at least; the same goods are compared on every page of a member."""
    return frozenset(token for token in tokens(text) if len(token) >= least)


def vector(weighted: Iterable[tuple[str, str]], facets: Iterable[str] = ()) -> str:
    """Write a tsvector literal from (text, weight A–D) pairs and from facet tokens, which have no weight.

    No question asks for words beside each other, so a place says nothing but the weight that the database keeps with it.
    """
    parts = [_kept_text(text, weight) if len(text) <= SHORT else _text(text, weight) for text, weight in weighted]
    return " ".join([*filter(None, parts), *map(_quoted, facets)])


class _Weighted(dict):
    """The tokens of each run met so far, as a tsvector literal has them at one weight; long runs and long numbers are made anew."""

    def __init__(self, weight: str):
        super().__init__()
        self.place = PLACES[weight]

    def __missing__(self, run: str) -> str:
        if run[0].isdigit():
            made, most = f"'{run[:LONGEST_WORD]}':{self.place}", 4
        else:
            made, most = " ".join([f"'{token}':{self.place}" for token in dict.fromkeys(_cut(run))]), LONGEST_WORD
        if len(run) <= most:
            if len(self) >= 20_000:
                self.clear()
            self[run] = made
        return made


_WEIGHTED = {weight: _Weighted(weight).__getitem__ for weight in PLACES}


def _text(text: str, weight: str) -> str:
    return " ".join(map(_WEIGHTED[weight], runs(text)))


_kept_text = lru_cache(maxsize=4_000)(_text)  # categories, companies and places come with every offer


@lru_cache(maxsize=4_000)
def facet(kind: str, value: str) -> str:
    """The token of a facet's value; no text is ever cut into one, since it begins with a sign that is part of no word."""
    return f"={kind}:{unicodedata.normalize('NFKC', value).lower()[:60]}"


def facet_values(listing, category_codes: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The facets of a listing as (kind, value): its categories upwards, place, what it wants, and attributes as `a.<code>`."""
    yield from (("c", code) for code in category_codes)
    yield "p", listing.place
    yield from (("w", code) for code in listing.want_categories)
    for code, value in (getattr(listing, "attributes", None) or {}).items():
        yield from ((f"a.{code}", str(one)) for one in (value if isinstance(value, list) else [value]))


def one_of(facets: Iterable[str]) -> str:
    """Write a tsquery that any of these facet tokens answers."""
    return " | ".join(_quoted(token) for token in facets)


def _quoted(token: str) -> str:
    return "'" + token.replace("\\", "\\\\").replace("'", "''").replace("\0", "") + "'"


# ---------- questions ----------


def term_key(term: str) -> str:
    """What a synonym is looked up by: its runs, English ones stemmed; empty when it holds no word."""
    return " ".join(stem(run) for run in runs(term))


def term_keys(text: str) -> list[str]:
    """Every key that a synonym in this question could have: up to five runs in a row, and pieces of Chinese runs."""
    cut = runs(text)[:MAX_RUNS]
    found = [" ".join(stem(run) for run in cut[i : i + n]) for n in range(1, 6) for i in range(len(cut) - n + 1)]
    for run in cut:
        if IS_HAN.match(run):
            found += [run[i : i + n] for n in range(2, MAX_TERM + 1) for i in range(len(run) - n + 1)]
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Question:
    """A question as tsqueries: `direct` for the words themselves, `full` with what means the same; both empty without a word."""

    direct: str = ""
    full: str = ""

    def __bool__(self):
        return bool(self.full)


def question(
    text: str, synonyms: Mapping[str, Sequence[str]] | None = None, *, weights: str = "", common: frozenset[str] = frozenset()
) -> Question:  # fmt: skip
    """Every word must occur, itself or by a synonym ({key: texts that mean the same}); the last may go on (`pap` finds paper).

    `weights` (A–D) narrows both to parts of the text. A word that is `common` by itself is taken to be whole.
    """
    cut = runs(text)[:MAX_RUNS]
    direct = [_run(run, weights, last=n == len(cut) and stem(run) not in common) for n, run in enumerate(cut, 1)]
    full, i = [], 0
    while i < len(cut):
        n, alternatives = _longest(cut, i, synonyms or {})
        here = _all(direct[i : i + n])
        if alternatives:
            full.append("(" + " | ".join(dict.fromkeys([here, *(_written(text, weights) for text in alternatives)])) + ")")
        else:
            full.append(_within(cut[i], here, synonyms or {}, weights))
        i += n
    return Question(_all(direct), _all(full))


def only_token(text: str) -> str:
    """The token that a question of one word, or of one or two signs, looks for; empty for any other question."""
    cut = runs(text)[:2]
    if len(cut) != 1 or (IS_HAN.match(cut[0]) and len(cut[0]) > 2):
        return ""
    return cut[0] if IS_HAN.match(cut[0]) else stem(cut[0][:LONGEST_WORD])


def query(text: str) -> str:
    """The tsquery of the words of a text, without synonyms."""
    return question(text).full


def _longest(cut: list[str], start: int, synonyms: Mapping[str, Sequence[str]]) -> tuple[int, Sequence[str]]:
    for n in range(min(5, len(cut) - start), 0, -1):
        if found := synonyms.get(" ".join(stem(run) for run in cut[start : start + n])):
            return n, found
    return 1, ()


def _within(run: str, direct: str, synonyms: Mapping[str, Sequence[str]], weights: str) -> str:
    """A Chinese run that holds a synonym inside: as it stands, or with the piece replaced and the rest beside it."""
    if IS_HAN.match(run):
        for n in range(min(MAX_TERM, len(run) - 1), 1, -1):
            for i in range(len(run) - n + 1):
                if alternatives := synonyms.get(run[i : i + n]):
                    piece = "(" + " | ".join(dict.fromkeys(_written(text, weights) for text in alternatives)) + ")"
                    rest = [_run(side, weights) for side in (run[:i], run[i + n :]) if side]
                    return f"({direct} | {_all([piece, *rest])})"
    return direct


def _written(text: str, weights: str) -> str:
    return _all([_run(run, weights) for run in runs(text)[:MAX_RUNS]])


def _run(run: str, weights: str, *, last: bool = False) -> str:
    """One run as a tsquery: Chinese by its pairs, numbers exactly, words by their stem; the last, from three letters on, as a beginning.

    A beginning makes the index join the lists of many words, so that only what may still be typed is one.
    """
    suffix = f":{weights}" if weights else ""
    if IS_HAN.match(run):
        return _all([f"'{run[i : i + 2]}'{suffix}" for i in range(len(run) - 1)] or [f"'{run}'{suffix}"])
    word = run[:LONGEST_WORD]
    if run[0].isdigit() or len(word) < 3 or not last:
        return f"'{stem(word)}'{suffix}"
    return f"'{word}':*{weights}" if stem(word) == word else f"('{word}':*{weights} | '{stem(word)}'{suffix})"


def _all(parts: Iterable[str]) -> str:
    found = list(dict.fromkeys(parts))
    return found[0] if len(found) == 1 else "(" + " & ".join(found) + ")" if found else ""
