"""What registers itself at start-up is whole: facts, handlers, machines, capabilities, policies, append-only tables, sentences."""

import ast
import itertools
import re

import pytest
from babel.messages.pofile import read_po
from django.apps import apps
from django.contrib.auth.models import Permission
from django.db import connection, models
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from accounts.models import Enterprise
from accounts.permissions import GRID, Capability
from kernel.append_only import append_only_tables
from kernel.deadlines import POLICIES
from kernel.facts import FACTS, HANDLERS
from kernel.machines import MACHINES
from kernel.refusals import IllegalMove

from .source import ROOMS, ROOT, sources

MODELS = [model for model in apps.get_models() if model._meta.app_label in ROOMS and not hasattr(model, "history_object")]
# Written once and read for ever: whoever adds a table of this kind adds it here, and the trigger with it (P2, P19).
APPEND_ONLY = {
    "kernel_fact", "kernel_chainlink", "ledger_entry", "ledger_posting", "ledger_limitchange", "catalog_stockmovement", "messaging_message",
    "credit_guarantee_releaseapproval",
}  # fmt: skip


def capabilities() -> list[Capability]:
    found = []
    for room in ROOMS:
        for source in sources():
            if source.path == f"{room}/permissions.py":
                module = import_string(f"{room}.permissions.__dict__")
                found += [value for value in module.values() if isinstance(value, Capability)]
    return list({c.name: c for c in found}.values())


def test_every_fact_has_a_translatable_label_and_a_past_tense_name_of_its_room():
    odd = [
        name
        for name, cls in FACTS.items()
        if not isinstance(cls.fact_label, Promise)
        or not str(cls.fact_label)
        or not re.fullmatch(rf"{cls.__module__.split('.')[0]}\.[a-z_]+", name)
    ]

    assert FACTS and odd == []


def test_facts_hold_plain_values_and_nothing_about_persons():
    personal = re.compile(r"(^|_)(email|phone|mobile|address|first_name|last_name|person_name|display_name|username|password|ip)$")
    odd = [
        f"{name}.{field}: {kind}"
        for name, cls in FACTS.items()
        for field, kind in cls.__annotations__.items()
        if personal.search(field)
        or not re.fullmatch(r"(int|str|bool|float|list|tuple|dict|None|\||\[|\]|,|\.|\s)+", getattr(kind, "__name__", str(kind)))
    ]

    assert odd == []


def test_every_handler_is_found_again_under_its_stored_name():
    lost = [name for handlers in HANDLERS.values() for name, function in handlers.items() if import_string(name) is not function]

    assert HANDLERS and lost == []


def test_handlers_live_in_handlers_and_listen_to_known_facts():
    odd = [f"{fact} -> {name}" for fact, handlers in HANDLERS.items() for name in handlers if ".handlers." not in name or fact not in FACTS]

    assert odd == []


def test_every_capability_opens_with_a_box_of_the_grid_and_is_named_after_its_room():
    odd = [
        c.name
        for c in capabilities()
        if not {c.box, *c.also} <= GRID.keys() or not isinstance(c.label, Promise) or c.name.split(".")[0] not in ROOMS
    ]

    assert capabilities() and odd == []


@pytest.mark.django_db
def test_every_box_of_the_grid_is_a_permission_in_the_database():
    stored = Permission.objects.filter(content_type__app_label="accounts", content_type__model="enterprise").values_list(
        "codename", flat=True
    )

    assert set(GRID) <= set(stored)
    assert set(GRID) <= {codename for codename, _label in Enterprise._meta.permissions}


@pytest.mark.parametrize("machine", MACHINES.values(), ids=lambda machine: machine.name)
def test_every_state_and_move_of_a_machine_is_either_legal_or_refused(machine):
    pairs = list(itertools.product(machine.states, machine.moves))
    legal = {(state, move) for move, (origins, _target) in machine.moves.items() for state in origins}

    answers = {}
    for state, move in pairs:
        try:
            answers[state, move] = machine.target(state, move)
        except IllegalMove as refusal:
            answers[state, move] = refusal.status

    assert answers == {(s, m): machine.moves[m][1] if (s, m) in legal else 409 for s, m in pairs}
    assert all(set(machine.allowed(state)) == {m for s, m in legal if s == state} for state in machine.states)
    assert all(isinstance(label, Promise) for label in machine.labels.values())


def test_every_model_with_a_state_has_its_machine_and_the_constraint_that_keeps_it():
    odd = []
    for model in MODELS:
        if not any(field.name == "state" for field in model._meta.local_fields):
            continue
        machine = getattr(model, "MACHINE", None)
        allowed = [
            set(value)
            for constraint in model._meta.constraints
            if isinstance(constraint, models.CheckConstraint)
            for key, value in (child for child in constraint.condition.children if isinstance(child, tuple))
            if key == "state__in"
        ]
        if machine is None or set(machine.states) not in allowed:
            odd.append(model._meta.label)

    assert odd == []


def test_every_machine_belongs_to_a_model():
    assert {m.name for m in MACHINES.values()} == {m.MACHINE.name for m in MODELS if hasattr(m, "MACHINE")}


@pytest.mark.django_db
def test_append_only_tables_carry_their_trigger_and_the_application_may_not_rewrite_them():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE t.tgname LIKE 'pgtrigger_append_only%%' AND t.tgenabled <> 'D'"
        )
        triggered = {row[0] for row in cursor.fetchall()}
        cursor.execute(
            "SELECT t, p FROM unnest(%s::text[]) t, unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) p"
            " WHERE has_table_privilege('barter_app', t, p)",
            [append_only_tables()],
        )
        granted = cursor.fetchall()

    assert triggered >= APPEND_ONLY
    assert triggered == {t for t in append_only_tables() if not t.split("_", 1)[1].startswith("historical")}
    assert granted == []


def test_deadline_policies_say_what_happens_when_they_run_out():
    said = {p.code for p in POLICIES.values() if all(isinstance(text, Promise) and str(text) for text in (p.label, p.consequence))}

    assert POLICIES and POLICIES.keys() - said == set()


def notified() -> list[str]:
    """The sentences that code hands to notify_enterprise and notify_person: literals marked with gettext_noop, directly or by a name."""
    found = []
    for source in sources():
        for node in source.nodes(ast.Call):
            if getattr(node.func, "id", getattr(node.func, "attr", "")) in ("gettext_noop", "_noop", "noop", "N_"):
                found += [a.value for a in node.args if isinstance(a, ast.Constant)]
    return found


def test_every_notice_is_a_marked_sentence():
    bare = []
    for source in sources():
        for node in source.nodes(ast.Call):
            if getattr(node.func, "id", getattr(node.func, "attr", "")) not in ("notify_enterprise", "notify_person"):
                continue
            for keyword in node.keywords:
                if keyword.arg == "msgid" and isinstance(keyword.value, (ast.Constant, ast.JoinedStr)):
                    bare.append(source.at(node, "msgid is not marked with gettext_noop"))

    assert bare == []


def test_every_notice_is_translated():
    chinese = {}
    for file in ROOT.rglob("zh_Hans/LC_MESSAGES/django.po"):
        if ".venv" not in file.parts:
            with file.open("rb") as text:
                chinese |= {m.id: m.string for m in read_po(text) if isinstance(m.id, str)}

    assert [msgid for msgid in notified() if not chinese.get(msgid)] == []
