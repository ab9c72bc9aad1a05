"""One world for the whole package, built once through services and rolled back at its end; each test works on a savepoint of it."""

import copy

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.test.utils import override_settings

from . import scene


@pytest.fixture(scope="package")
def _media(tmp_path_factory):
    return str(tmp_path_factory.mktemp("media"))


@pytest.fixture(autouse=True)
def _surroundings(_media):
    """As everywhere, but with one media folder, because the world's documents outlive a test."""
    with _quick(_media):
        yield


def _quick(media):
    return override_settings(
        MEDIA_ROOT=media,
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ALLOWED_HOSTS=[*django_settings.ALLOWED_HOSTS, "testserver"],
        DEBUG=False,
        REFUSED_ACTS_AN_HOUR=0,
        STAFF_SECOND_FACTOR=False,
        ACCOUNT_REAUTHENTICATION_TIMEOUT=86400,  # the walk may take longer than a password counts
    )


@pytest.fixture(scope="package")
def _scene(django_db_setup, django_db_blocker, _media):
    with django_db_blocker.unblock(), _quick(_media), transaction.atomic():
        yield scene.build()
        transaction.set_rollback(True)


@pytest.fixture(scope="package")
def _start(_scene, django_db_blocker):
    with django_db_blocker.unblock():
        return scene.fingerprint()


@pytest.fixture
def watch(_start, world):
    """What has changed since the test began, which begins with the scene as it was built."""
    return scene.Watch(_start)


@pytest.fixture
def world(_scene, db):
    """The scene; what a test does to it is rolled back to the savepoint that `db` sets inside the package's transaction.

    Cookies too: a session that was rotated in one test is not in the database of the next.
    """
    held = {name: copy.deepcopy(client.cookies) for name, client in _scene.clients.items()}
    yield _scene
    for name, client in _scene.clients.items():
        client.cookies = held[name]
