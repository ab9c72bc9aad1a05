"""One settings file over a small typed environment; `check --deploy` refuses the defaults that are unsafe in production."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from .schedule import CELERY_BEAT_SCHEDULE as CELERY_BEAT_SCHEDULE

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
LOCAL = BASE_DIR / ".local"

DEBUG = env.bool("DEBUG", False)
# Without one Django refuses whatever would sign; only a developer's DEBUG gets a key that everybody knows.
SECRET_KEY = env.str("SECRET_KEY", "insecure-default-only-while-developing" if DEBUG else "")
DATA_KEYS = env.list("DATA_KEYS", default=[])  # Fernet keys, newest first: documents and personal values at rest
LOOKUP_KEY = env.str("LOOKUP_KEY", "")  # of the digests that sealed values are found by; never changed. Empty: the oldest of DATA_KEYS
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env.str("SITE_URL", "http://127.0.0.1:8000")
HTTPS = env.bool("HTTPS", False)
# Addresses or networks of the proxies in front: what they say of the visitor's address is believed, what anybody else says is not.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])


def database(url):
    """Read postgres://user:pw@host:port/name?host=/socket/folder into Django's form."""
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": parts.username or "",
        "PASSWORD": parts.password or "",
        "HOST": query.pop("host", "") or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", 60),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query,
        "ATOMIC_REQUESTS": False,
    }


DATABASES = {"default": database(env.str("DATABASE_URL", "postgres://barter_app@/evenhand?host=" + str(LOCAL / "run")))}
# Log-in limits must be shared by every worker and survive the broker: they live in the database (PROMISES F13).
# Django's own 300 entries would let anybody wash the counters away with other entries.
LIMITS_KEPT = {"MAX_ENTRIES": 1_000_000}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "kernel_cache", "OPTIONS": LIMITS_KEPT}}
REDIS_URL = env.str("REDIS_URL", "redis+socket://" + str(LOCAL / "run/valkey.sock"))

ROOMS = [
    "insights", "major_clients", "disputes", "deals", "orders", "credit_guarantee", "matching", "helpdesk",
    "ledger", "catalog", "messaging", "accounts", "kernel",
]  # fmt: skip
INSTALLED_APPS = [
    "seed",
    *ROOMS,
    "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
    "django.contrib.messages", "django.contrib.staticfiles", "django.contrib.humanize", "django.contrib.postgres",
    "allauth", "allauth.account", "allauth.mfa", "allauth.usersessions",
    "guardian", "simple_history", "django_htmx", "pgtrigger", "csp",
]  # fmt: skip
MIDDLEWARE = [
    "kernel.proxies.ClientAddressMiddleware",  # before whatever counts, logs or limits by address
    "kernel.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # with Django's random padding against BREACH
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "kernel.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "accounts.middleware.ActorMiddleware",
    "accounts.middleware.StaffSecondFactorMiddleware",
    "kernel.middleware.PrivateCacheMiddleware",
    "kernel.middleware.RefusalMiddleware",
    "barter.frozen.FrozenMiddleware",
    "catalog.middleware.ReachMiddleware",
    "accounts.middleware.RefusedActsMiddleware",
]
ROOT_URLCONF = "barter.urls"
CSRF_FAILURE_VIEW = "barter.errors.csrf_failure"
WSGI_APPLICATION = "barter.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "barter.context.shell",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "kernel.templatetags.words", "kernel.templatetags.ui"],
        },
    }
]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [  # allauth's extends Django's; both together would hash a known address's password twice
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
GUARDIAN_RAISE_403, ANONYMOUS_USER_NAME = True, None
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/me/"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.signup.PersonForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True  # an address that is no longer used is told so; see accounts.adapters
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = env.int("REAUTHENTICATION_SECONDS", 600)  # so long a password that was asked for again counts
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", True)  # staff without one reach its set-up and nothing of the back office (P36)
MFA_ADAPTER = "accounts.adapters.SecondFactorAdapter"
MFA_TOTP_TOLERANCE = 1  # the clock of a telephone may be half a minute off
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG  # passkeys on http://localhost, for developers
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = False
USERSESSIONS_TRACK_ACTIVITY = False  # it costs five statements, one of them a write, on every page

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["kernel.formats"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = env.str("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
MANIFEST_STATIC = env.bool("MANIFEST_STATIC", False)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "barter.staticfiles.SiteStorage" if MANIFEST_STATIC else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS, WHITENOISE_AUTOREFRESH = not MANIFEST_STATIC, DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True  # nothing is ever asked for under a name that could go stale
MEDIA_ROOT = env.str("MEDIA_ROOT", str(LOCAL / "media"))  # private and encrypted; never mapped to a URL
DATA_UPLOAD_MAX_NUMBER_FIELDS, DATA_UPLOAD_MAX_NUMBER_FILES = 500, 20
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

EMAIL_BACKEND = env.str("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = env.str("MAIL_FILE_PATH", str(LOCAL / "mail"))
EMAIL_HOST, EMAIL_PORT = env.str("EMAIL_HOST", "localhost"), env.int("EMAIL_PORT", 25)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_USER", ""), env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", False)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Evenhand <no-reply@evenhand.example>")

CELERY_BROKER_URL, CELERY_TASK_IGNORE_RESULT = REDIS_URL, True
CELERY_TASK_SERIALIZER, CELERY_ACCEPT_CONTENT = "json", ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 1, "max_retries": 1}
CELERY_TASK_TIME_LIMIT, CELERY_TIMEZONE = 300, TIME_ZONE
CELERY_BEAT_SCHEDULER = "kernel.beat:SteadyScheduler"  # runs a sweep itself when there is no broker
LEFTOVER_DAYS = env.json("LEFTOVER_DAYS", default={})  # overrides of kernel.services.leftovers.AGES: {"deliveries": 90}; at least one day
RETENTION_DAYS = env.json("RETENTION_DAYS", default={})  # overrides of accounts.services.retention.AGES: {"rejected": 90}
REFUSED_ACTS_AN_HOUR = env.int("REFUSED_ACTS_AN_HOUR", 60)  # refused attempts of one person that the log of their company keeps
UNPAID_ORDERS_MOST = env.int("UNPAID_ORDERS_MOST", 20)  # confirmed orders that one buyer may leave unpaid at a time: they hold goods
COMMISSION_BP = env.json("COMMISSION_BP", default=[0, 0])  # paying and receiving side, until rates of the desk are in force
# Limits of wallets (docs/operations.md): whole units of barter credit, percent, percent, whole units.
WALLET_CEILING, LIMIT_WARNING_PERCENT = env.int("WALLET_CEILING", 100_000_000), env.int("LIMIT_WARNING_PERCENT", 80)
LIMIT_GROWTH_PERCENT, LIMIT_GROWTH_CAP = env.int("LIMIT_GROWTH_PERCENT", 10), env.int("LIMIT_GROWTH_CAP", 1_000_000)
EXCHANGE_RATE_DAYS = env.int("EXCHANGE_RATE_DAYS", 7)  # older exchange rates do not count
PAPERS_AN_HOUR = env.int("PAPERS_AN_HOUR", 50)  # papers one member of staff may open in an hour before auditors are told
# Where loads are: the salt of what is pushed (empty: nothing is taken); who is asked: "", "kuaidi100" or "sandbox" (docs/operations.md).
TRACKING_PUSH_SALT, TRACKING_FEED = env.str("TRACKING_PUSH_SALT", ""), env.str("TRACKING_FEED", "sandbox" if DEBUG else "")
TRACKING_CUSTOMER, TRACKING_KEY = env.str("TRACKING_CUSTOMER", ""), env.str("TRACKING_KEY", "")
CHAIN_HEADS_DIR = env.str("CHAIN_HEADS_DIR", "")  # default: below MEDIA_ROOT; better where the database's owner cannot write
CHAIN_HEADS_MAIL = env.str("CHAIN_HEADS_MAIL", "")  # who is sent the hash of each day's file

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_SSL_REDIRECT = SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", False) else None
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE], "script-src": [SELF], "style-src": [SELF], "img-src": [SELF, "data:"], "font-src": [SELF],
        "manifest-src": [SELF], "media-src": [SELF], "connect-src": [SELF], "form-action": [SELF], "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}  # fmt: skip

# Obviously fictitious placeholders (SPEC decision 11); an operator sets the real ones in the environment.
BRAND = {
    "name": _("Evenhand"),
    "hotline": env.str("BRAND_HOTLINE", "400-000-0000"),
    "mailbox": env.str("BRAND_MAILBOX", "service@evenhand.example"),
    "icp": env.str("BRAND_ICP", "ICP 00000000"),
    "disclaimer": _("Demonstration figures and firms are invented. Barter credit is not money: named holder, no cash-out, no interest."),
}
CUSTODIAN_BANK = {"name": env.str("CUSTODIAN_NAME", "示例托管银行 Example Bank"), "account": env.str("CUSTODIAN_ACCOUNT", "0" * 19)}
# The platform's own account: the custodian pays its fees there and nothing else (SPEC decision 12).
PLATFORM_FEE_ACCOUNT = {
    "holder": env.str("FEE_ACCOUNT_HOLDER", "易衡示例科技 Evenhand (Example)"),
    "bank": env.str("FEE_ACCOUNT_BANK", "示例银行 Example Bank"),
    "account": env.str("FEE_ACCOUNT", "0000000000000000156"),
}  # fmt: skip
CUSTODIAN_ACCOUNTS = env.json("CUSTODIAN_ACCOUNTS", default={})  # {"USD": {"number": …, "swift": …}}: credit_guarantee.bank.ACCOUNTS
RELEASE_TWO_PEOPLE_OVER = env.json("RELEASE_TWO_PEOPLE_OVER", default={})  # {"CNY": "500000"}: credit_guarantee.rules.TWO_PEOPLE_OVER
BANK_CHARGES_MOST = env.json("BANK_CHARGES_MOST", default={})  # {"USD": "50"}: credit_guarantee.rules.CHARGES_MOST
# What is stopped while a change of a company's data is reviewed, or its licence has expired: none, new (business) or all (H20, H51).
COMPANY_CHANGE_HOLD = env.str("COMPANY_CHANGE_HOLD", "new")
LICENCE_EXPIRED_HOLD = env.str("LICENCE_EXPIRED_HOLD", "new")
DEADLINES = env.json("DEADLINES", default={})  # overrides of deadline policies: {"accounts.review": {"working_days": 2}}
FAIR_VALUE_PERCENT = env.int("FAIR_VALUE_PERCENT", 10)  # a price further beyond its recorded fair value is pointed out
UNVERIFIED_LOGIN = env.str("UNVERIFIED_LOGIN", "limited")  # "limited": logs in and may not trade; "block": is told why and not let in (H11)
RANKING = env.json("RANKING", default={})  # overrides of catalog.ranking_rules.WEIGHTS: {"guarantee": 0}; then `manage.py reindex --ranks`
CATALOG_CACHE_SECONDS = env.int("CATALOG_CACHE_SECONDS", 30)  # how long a process keeps the categories and their counts
COUNTERS_FLUSH_SECONDS = env.int("COUNTERS_FLUSH_SECONDS", 30)  # so much of what was counted a killed process may lose; 0: no writer
GREEN_CHANNEL = env.json("GREEN_CHANNEL", default={})  # hours a VIP item stands earlier, by queue: accounts.rules.GREEN_CHANNEL (H59)
MAJOR_CLIENT_VOLUMES = env.json("MAJOR_CLIENT_VOLUMES", default={})  # yuan a year by kind of deal: {"commodity": 50000000}
LOGGING = {
    "version": 1, "disable_existing_loggers": False, "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "WARNING")},
}  # fmt: skip
