"""Demo log-ins: staff and the people of the demo firms. Passwords come from the installation's own secret, none is built in."""

import base64
import hashlib
import hmac
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from accounts.models import User

STAFF = [
    ("reviewer", "审核 周宁", ["reviewer"]),
    ("service", "客服 何敏", ["customer service"]),
    ("finance", "财务 林雪", ["finance"]),
    ("finance2", "财务 孙倩", ["finance"]),  # what one of them proposes, the other approves
]
SURNAMES = "陈李王张刘杨黄赵周吴徐孙马朱胡郭何林罗高"
GIVEN = ["立", "娜", "磊", "敏", "静", "涛", "雪", "强", "洁", "鹏", "婷", "波", "颖", "健", "岚", "宁", "帆", "琪", "航", "悦"]


@dataclass
class Logins:
    """One password for all demo log-ins of this installation, and its hash made once (scrypt is slow on purpose)."""

    password: str
    hashed: str


def demo_logins() -> Logins:
    digest = hmac.new(settings.SECRET_KEY.encode(), b"demo log-ins", hashlib.sha256).hexdigest()
    password = f"demo-{digest[:10]}"
    return Logins(password, make_password(password))


def add_person(name: str, email: str, logins: Logins, **fields) -> User:
    """A person whose e-mail address is confirmed."""
    user = User.objects.create(username=email, email=email, display_name=name, password=logins.hashed, **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def add_staff(logins: Logins) -> dict[str, User]:
    """Reviewer, customer service, finance; the superuser is for operators."""
    staff = {}
    for key, name, groups in STAFF:
        staff[key] = add_person(name, f"{key}@evenhand.example", logins, is_staff=True)
        staff[key].groups.set(Group.objects.filter(name__in=groups))
    staff["admin"] = add_person("运维", "admin@evenhand.example", logins, is_staff=True, is_superuser=True)
    for user in staff.values():
        TOTP.activate(user, demo_secret(user.email))
    return staff


def demo_secret(email: str) -> str:
    """The secret of a demo log-in's one-time codes: the same whenever this installation is seeded, none is built in."""
    made = hmac.new(settings.SECRET_KEY.encode(), f"demo second factor of {email}".encode(), hashlib.sha1).digest()
    return base64.b32encode(made).decode("ascii")


def otpauth(user: User) -> str:
    """What an authenticator app is shown to make a demo log-in's codes."""
    return get_adapter().build_totp_url(user, demo_secret(user.email))


def person_name(n: int) -> str:
    return SURNAMES[n % len(SURNAMES)] + GIVEN[(n * 7 + n // 20) % len(GIVEN)]
