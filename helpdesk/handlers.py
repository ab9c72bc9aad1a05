from kernel.facts import on
from kernel.models import Fact

from . import services
from .facts import RequestAnswered


@on(RequestAnswered)
def send_answer(fact: Fact) -> None:
    """The mail is the answer, whether its reader has an account or not: a notice beside it would say the same twice."""
    services.mail_answer(fact.payload["answer_id"])
