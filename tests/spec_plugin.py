"""pytest plugin of `./dev spec`: each SPEC id with the tests that prove it, and the ids that are still open.

A test carries its ids: `@pytest.mark.spec("H21")`; `thin=True` marks a thin proof, which counts as open.
"""

from collections import defaultdict
from pathlib import Path

import pytest

IDS = Path(__file__).resolve().parent.parent / "docs/spec_ids.txt"


def pytest_addoption(parser):
    parser.addoption("--spec", default="", help="print SPEC ids and their tests: all, or ids joined by commas")


def spec_ids() -> dict[str, str]:
    return dict(line.split(" ", 1) for line in IDS.read_text(encoding="utf-8").splitlines() if line)


def proofs(items) -> dict[str, dict[str, bool]]:
    """Test names by SPEC id; the value says whether the proof is whole."""
    found = defaultdict(dict)
    for item in items:
        for mark in item.iter_markers("spec"):
            for spec_id in mark.args:
                name = item.nodeid.split("[")[0]
                whole = not mark.kwargs.get("thin", False)
                found[spec_id][name] = found[spec_id].get(name, False) or whole
    return found


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session):
    wanted = session.config.getoption("--spec")
    if not wanted:
        return
    texts, found = spec_ids(), proofs(session.items)
    lines, done = [], 0
    for spec_id in texts if wanted == "all" else wanted.upper().split(","):
        tests = found.get(spec_id, {})
        state = "proved" if any(tests.values()) else "thin" if tests else "open"
        done += state == "proved"
        lines.append(f"{spec_id}  {state:6}  {texts.get(spec_id, 'no such id in docs/spec_ids.txt')}")
        lines += [f"      {name}{'' if whole else '  (thin)'}" for name, whole in sorted(tests.items())]
    lines += [f"{spec_id}  unknown id, used by {', '.join(found[spec_id])}" for spec_id in sorted(found.keys() - texts.keys())]
    shown = len(texts) if wanted == "all" else len(wanted.split(","))
    print("\n".join([*lines, f"{done} of {shown} proved; thin and open count as open"]))
    session.items.clear()  # the report is all there is to say
