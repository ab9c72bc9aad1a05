"""What `check --deploy` refuses of tracking: a simulated carrier beside real trades, a feed without its keys, a salt to be guessed."""

from django.conf import settings
from django.core.checks import Error, Tags, register

FEEDS = ("", "sandbox", "kuaidi100")


@register(Tags.security, deploy=True)
def tracking_is_real(app_configs, **_options) -> list[Error]:
    """Signatures that a sandbox invents start clocks which pay real money."""
    found = []
    if settings.TRACKING_FEED == "sandbox":
        found.append(Error("TRACKING_FEED is the sandbox: it signs for goods that nobody has delivered.", id="orders.E001"))
    elif settings.TRACKING_FEED not in FEEDS:
        found.append(Error(f"TRACKING_FEED must be one of {FEEDS}.", id="orders.E002"))
    elif settings.TRACKING_FEED == "kuaidi100" and not (settings.TRACKING_CUSTOMER and settings.TRACKING_KEY):
        found.append(Error("TRACKING_FEED needs TRACKING_CUSTOMER and TRACKING_KEY.", id="orders.E003"))
    if 0 < len(settings.TRACKING_PUSH_SALT) < 16:
        found.append(Error("TRACKING_PUSH_SALT is shorter than 16 characters: pushes could be forged.", id="orders.E004"))
    return found
