"""State machines are tables: the same table moves records, draws docs/states.md, offers buttons and feeds exhaustive tests."""

from collections.abc import Mapping

import pgtrigger
from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from .refusals import IllegalMove, NotFound

MACHINES: dict[str, "Machine"] = {}


class Machine:
    """A named table `{move: ((from states), to state)}`; unreachable states are refused at import."""

    def __init__(self, name: str, initial: str, moves: Mapping[str, tuple[tuple[str, ...], str]], labels: Mapping[str, object]):
        self.name, self.initial, self.moves, self.labels = name, initial, dict(moves), dict(labels)
        self.states = list(labels)
        self._check()
        MACHINES[name] = self

    def _check(self) -> None:
        named = {self.initial} | {s for sources, target in self.moves.values() for s in (*sources, target)}
        if named != set(self.states):
            raise ValueError(f"{self.name}: labels and moves name different states: {named ^ set(self.states)}")
        reached, grew = {self.initial}, True
        while grew:
            more = {target for sources, target in self.moves.values() if reached & set(sources)} - reached
            reached, grew = reached | more, bool(more)
        if reached != set(self.states):
            raise ValueError(f"{self.name}: unreachable states {set(self.states) - reached}")

    @property
    def terminal(self) -> set[str]:
        return set(self.states) - {s for sources, _ in self.moves.values() for s in sources}

    @property
    def choices(self):
        return [(state, self.labels[state]) for state in self.states]

    def allowed(self, state: str) -> list[str]:
        """Name the moves that a record in `state` may make."""
        return [move for move, (sources, _) in self.moves.items() if state in sources]

    def target(self, state: str, move: str) -> str:
        """Return the state that `move` leads to; raises IllegalMove."""
        sources, to = self.moves[move]
        if state not in sources:
            raise IllegalMove(self.name, state, move)
        return to


def lock(rows: models.QuerySet, **key):
    """Fetch one row of `rows` under a row lock; raises NotFound for missing and foreign rows alike."""
    record = rows.select_for_update(of=("self",), no_key=True).filter(**key).first()
    if record is None:
        raise NotFound()
    record._row_locked = True
    return record


def lock_all(rows: models.QuerySet, pks) -> list:
    """Lock many rows of one table in pk order, so that two writers never wait for each other in a circle."""
    wanted = sorted(set(pks))
    found = list(rows.select_for_update(of=("self",), no_key=True).filter(pk__in=wanted).order_by("pk"))
    if len(found) != len(wanted):
        raise NotFound()
    for record in found:
        record._row_locked = True
    return found


def move(record, name: str, /, **changes):
    """Move a locked record along its machine and write `changes` with it; raises IllegalMove.

    The write is conditional on the old state, so that even a forgotten lock cannot move a record twice (F1).
    """
    if not getattr(record, "_row_locked", False) or not connection.in_atomic_block:
        raise RuntimeError(f"{type(record).__name__} must be locked in a transaction before it moves")
    machine: Machine = type(record).MACHINE
    before = record.state
    after = machine.target(before, name)
    if not type(record)._base_manager.filter(pk=record.pk, state=before).update(state=after, **changes):
        raise IllegalMove(machine.name, before, name)
    for field, value in {"state": after, **changes}.items():
        setattr(record, field, value)
    return record


def state_field(machine: Machine) -> models.CharField:
    """Make the model field that holds a machine's state."""
    return models.CharField(_("state"), max_length=24, choices=machine.choices, default=machine.initial, db_index=True)


def state_moves(machine: Machine) -> pgtrigger.FSM:
    """Make the trigger that lets a row change its state only along the machine's table, whoever writes (P7)."""
    pairs = {(source, to) for sources, to in machine.moves.values() for source in sources}
    return pgtrigger.FSM(name="state_moves", field="state", transitions=sorted(pairs))


def state_check(machine: Machine, name: str) -> models.CheckConstraint:
    """Make the check constraint that keeps unknown states out of the database."""
    return models.CheckConstraint(condition=models.Q(state__in=machine.states), name=name)
