import pytest

pytestmark = pytest.mark.django_db


def test_scene(world):
    assert world.at("proposed.no")
