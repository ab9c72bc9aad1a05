"""A refusal is an answer: a code for machines, a sentence for people, and nothing has been written."""

from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """The act was understood and is not allowed now; the transaction around it must roll back."""

    status = 422

    def __init__(self, code: str, message=None, **params):
        super().__init__(code)
        self.code, self.params = code, params
        self.message = message or _("This cannot be done now.")

    def __str__(self) -> str:
        return str(self.message)


class Denied(Refusal):
    """The actor lacks a capability; the page names it and who can grant it."""

    status = 403


class NotFound(Refusal):
    """No such row for this actor; foreign and missing rows are the same answer (P11)."""

    status = 404

    def __init__(self, code: str = "not_found", message=None, **params):
        super().__init__(code, message or _("Nothing here, or it is not yours to see."), **params)


class IllegalMove(Refusal):
    """The record's state does not allow this move any more; someone else was faster, or the page is old."""

    status = 409

    def __init__(self, machine: str, state: str, move: str):
        super().__init__(
            "illegal_move",
            _("This has changed since the page was opened, so the action no longer applies. Nothing was done; reload the page."),
            machine=machine,
            state=state,
            move=move,
        )


class KeyReused(Refusal):
    """The same request key came with other inputs (P6)."""

    status = 409

    def __init__(self):
        super().__init__("key_reused", _("This form was already sent with other values. Nothing was done; open the form again."))
