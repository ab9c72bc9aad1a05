"""What `check --deploy` refuses beside Django's own list: secrets that everybody could know (P40)."""

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import Error, Tags, register


@register(Tags.security, deploy=True)
def secrets_are_own(app_configs, **_options) -> list[Error]:
    """The secret key is not the published default, and documents and personal values have keys that seal."""
    found = []
    if settings.SECRET_KEY.startswith("insecure-default"):
        found.append(Error("SECRET_KEY is not set: links in mails could be computed by anybody.", id="kernel.E001"))
    if not settings.DATA_KEYS:
        found.append(Error("DATA_KEYS is empty: papers and personal values cannot be sealed.", id="kernel.E002"))
    elif not all(_seals(key) for key in settings.DATA_KEYS):
        found.append(Error("DATA_KEYS holds something that is not a Fernet key.", id="kernel.E003"))
    return found


def _seals(key: str) -> bool:
    try:
        return bool(Fernet(key))
    except ValueError:
        return False
