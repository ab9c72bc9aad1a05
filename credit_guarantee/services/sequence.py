"""Statements follow one another: a gap between two of them is named and the file refused before anything of it is booked (DOMAIN §4)."""

import re
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from ..models import StatementEntry, StatementFile
from ..queries import trusted_statements
from ..statements import Problem, Statement


def gap_problems(file: StatementFile, statements: Sequence[Statement]) -> list[Problem]:
    """Where the statements of a file do not follow those read before, or each other: by their numbers, and by their balances."""
    found: list[Problem] = []
    before = trusted_statements(file.account_no)
    numbered = [s for s in statements if _counted(s.number)]
    for statement in numbered:
        first = min((b.at for b in statement.bookings), default=None)
        found += _number_gap(before, statement, [_counted(s.number) for s in numbered], first)
    if found:
        return found
    last = before.exclude(closing_minor=None).order_by("-last_at", "-id").first()
    closing, until = (last.closing, last.last_at) if last else (None, None)
    for statement in statements:
        starts = min((b.at for b in statement.bookings), default=None)
        follows = closing is not None and statement.opening is not None and _follows(file, statement, starts, until)
        if follows and statement.opening != closing:
            words = {"opening": statement.opening, "closing": closing}
            text = _(
                "This statement begins with %(opening)s, but the last one read ended with %(closing)s. "
                "A statement between them is missing: import it first."
            )
            found.append(Problem(0, "sequence_gap", text % words))
        if statement.closing is not None and (until is None or starts is None or max(b.at for b in statement.bookings) >= until):
            closing, until = statement.closing, max((b.at for b in statement.bookings), default=until)
    return found


def _follows(file: StatementFile, statement: Statement, starts: datetime | None, until: datetime | None) -> bool:
    """Whether a statement begins where the last one ended: nothing of it has been read, and it is not older."""
    if starts is None or until is None or starts < until:
        return False
    first = [b.fingerprint for b in statement.bookings]
    return not StatementEntry.objects.filter(account_no=file.account_no, fingerprint__in=first).exists()


def _counted(number: str) -> tuple[int, int] | None:
    """A statement's number and page, "00231/001", or None where it has none."""
    found = re.fullmatch(r"(\d{1,9})(?:/(\d{1,5}))?", number)
    return (int(found[1]), int(found[2] or 1)) if found else None


def _number_gap(before, statement: Statement, here, first: datetime | None) -> list[Problem]:
    counted = _counted(statement.number)
    assert counted is not None
    seen = {c for number, at in before.values_list("number", "first_at") if (c := _counted(number)) and _same_year(at, first)}
    if not seen or counted in seen or counted < min(seen):
        return []
    number, page = counted
    known = seen | {c for c in here if c is not None}
    follows = (number, page - 1) in known if page > 1 else any(n == number - 1 for n, _page in known)
    if follows:
        return []
    text = _("Statement %(no)s does not follow the last one read, %(last)s. Import the statements between them first.")
    newest = max(seen)
    return [Problem(0, "sequence_gap", text % {"no": statement.number, "last": f"{newest[0]}/{newest[1]}"})]


def _same_year(at: datetime, other: datetime | None) -> bool:
    return other is None or at.year == other.year
