"""Every URL of ours is declared, and every declaration names a URL."""

from tests.security.walk import ours

from .expectations import EXPECTATIONS


def test_every_url_says_who_may_open_it():
    undeclared = sorted(ours() - EXPECTATIONS.keys())

    assert undeclared == []


def test_no_declaration_outlives_its_url():
    assert sorted(EXPECTATIONS.keys() - ours() - {"styleguide"}) == []
