"""The colours keep their contrast, and the file that ships is the one the script writes."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tokens():
    spec = importlib.util.spec_from_file_location("design_tokens", ROOT / "docs/design/tokens.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_pair_of_tokens_reads_in_light_and_dark(tokens):
    assert tokens.too_low() == []


def test_a_pale_ink_would_be_noticed(tokens):
    assert tokens.contrast("#8a9a9e", "#ffffff") < tokens.TEXT


def test_the_shipped_tokens_are_the_generated_ones(tokens):
    assert tokens.TARGET.read_text(encoding="utf-8") == tokens.css()
