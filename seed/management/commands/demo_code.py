import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from seed.people import demo_secret, otpauth


class Command(BaseCommand):
    help = "The one-time code of a demo log-in, for this half minute; there are none outside a seeded demo."

    def add_arguments(self, parser):
        parser.add_argument("log_in", help="reviewer@evenhand.example, or the part before the @")
        parser.add_argument("--app", action="store_true", help="print the address for an authenticator app as well")

    def handle(self, *args, **options):
        email = options["log_in"] if "@" in options["log_in"] else f"{options['log_in']}@evenhand.example"
        user = User._default_manager.filter(email=email, is_staff=True).first()
        if user is None or not email.endswith("@evenhand.example"):
            raise CommandError("No such demo member of staff.")
        if options["app"]:
            self.stdout.write(otpauth(user))
        self.stdout.write(format_hotp_value(hotp_value(demo_secret(email), int(time.time()) // 30)))
