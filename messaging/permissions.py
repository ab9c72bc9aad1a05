from django.utils.translation import gettext_lazy as _

from accounts.permissions import Capability

POST_MESSAGE = Capability("messaging.post_message", "messages", _("write messages"), also=("chat", "trade", "disputes"))
READ_FILES = Capability(
    "messaging.read_files", "messages", _("read messages"), verified=False, also=("chat", "trade", "ship", "finance", "disputes")
)
