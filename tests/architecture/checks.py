"""What the house forbids, as functions from one source file to findings ("path:line what"); see docs/ARCHITECTURE.md."""

import ast
import re

from .source import DOORS, ROOMS, Source, shells

FILE_LINES, FUNCTION_LINES, SETTINGS_LINES = 400, 50, 250
MODEL_PARTS = {"models"}
MAY_MARK_SAFE = {"kernel/templatetags/ui.py"}
MAY_READ_CLOCK = {"kernel/clock.py"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def long_files(source: Source):
    limit = SETTINGS_LINES - 1 if source.path == "barter/settings.py" else FILE_LINES
    lines = len(source.text.splitlines())
    if lines > limit:
        yield f"{source.path}:{lines} lines, at most {limit}"


def long_functions(source: Source):
    for node in source.nodes(*FUNCTIONS):
        start = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        length = node.end_lineno - start + 1
        if length > FUNCTION_LINES:
            yield source.at(node, f"{node.name} has {length} lines, at most {FUNCTION_LINES}")


def managers_in_shells(source: Source):
    if not shells(source):
        return
    for node in source.nodes(ast.Attribute):
        if node.attr in ("objects", "_base_manager", "_default_manager", "all_objects"):
            yield source.at(node, f".{node.attr} in {source.part}")


def signals(source: Source):
    if source.room == "launcher":
        return
    for node in source.nodes(ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name == "receiver" or (name == "connect" and isinstance(node.func, ast.Attribute)):
            yield source.at(node, f"{name}(): no signals")
    for node, module in source.imports():
        if module.startswith(("django.dispatch", "django.db.models.signals", "django.core.signals")):
            yield source.at(node, f"{module}: no signals")


def save_overrides(source: Source):
    if source.room not in ROOMS or source.part not in MODEL_PARTS:
        return
    for node in source.nodes(*FUNCTIONS):
        if node.name in ("save", "delete", "clean", "full_clean"):
            yield source.at(node, f"{node.name}() on a model")


def vague_modules(source: Source):
    names = {part.removesuffix(".py") for part in source.path.split("/")}
    for name in names & {"utils", "util", "common", "core", "helpers", "helper", "misc"}:
        yield f"{source.path}:1 a module named {name}"


def other_clocks(source: Source):
    if source.path in MAY_READ_CLOCK or source.room == "launcher":
        return
    for node in source.nodes(ast.Attribute):
        owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
        if (owner, node.attr) in {
            ("datetime", "now"),
            ("datetime", "utcnow"),
            ("timezone", "now"),
            ("date", "today"),
            ("datetime", "today"),
        }:
            yield source.at(node, f"{owner}.{node.attr}: ask kernel.clock")
    for node in source.nodes(ast.Call):
        if getattr(node.func, "id", getattr(node.func, "attr", "")) in ("localdate", "localtime") and not node.args:
            yield source.at(node, "localdate() and localtime() convert a given moment; the present one comes from kernel.clock")
    for node, module in source.imports():
        if module == "django.utils.timezone.now":
            yield source.at(node, f"{module}: ask kernel.clock")


def raw_markup(source: Source):
    if source.path in MAY_MARK_SAFE:
        return
    for node in source.nodes(ast.Name, ast.Attribute):
        name = node.id if isinstance(node, ast.Name) else node.attr
        if name in ("mark_safe", "SafeString", "SafeText") and not _is_type_test(source, node):
            yield source.at(node, f"{name} outside {', '.join(sorted(MAY_MARK_SAFE))}")


def _is_type_test(source: Source, node) -> bool:
    return any(node in ast.walk(call) for call in source.nodes(ast.Call) if getattr(call.func, "id", "") == "isinstance")


def undocumented_services(source: Source):
    if source.room not in ROOMS or source.part != "services":
        return
    for node in source.tree.body:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and not node.name.startswith("_") and not ast.get_docstring(node):
            yield source.at(node, f"{node.name} promises nothing: no docstring")


def services_reach_up(source: Source):
    if source.room not in ROOMS or source.part not in ("services", "queries"):
        return
    banned = re.compile(
        r"(^|\.)(views|forms|tasks|handlers|admin|urls|templatetags|management)(\.|$)|^django\.(http|shortcuts|forms|views|contrib\.messages)\b"
    )
    for node, module in source.imports():
        if banned.search(module) and not module.startswith("django.contrib.admin.models"):
            yield source.at(node, f"{source.part} import {module}")


def impure_values(source: Source):
    """Rules, states, facts and permissions are values and functions on values; states may use kernel.machines."""
    if source.room not in ROOMS or source.room == "kernel" or source.part not in ("rules", "states", "facts", "permissions"):
        return
    for node, module in source.imports():
        if module.startswith("django.db") or re.search(r"(^|\.)(models|services|queries)(\.|$)", module):
            yield source.at(node, f"{source.part} import {module}")


def foreign_edges(source: Source):
    """Only the doors of another room may be imported; the kernel is open but for its shells, and accounts shows its actors."""
    if source.room not in (*ROOMS, "barter", "seed"):
        return
    for node, module in source.imports():
        top, _dot, rest = module.partition(".")
        if top == source.room or top not in ROOMS:
            continue
        part = rest.partition(".")[0]
        allowed = DOORS | {"actors"} if top == "accounts" else DOORS
        if top == "kernel":
            if part in {"views", "admin", "tasks", "handlers", "management"} - {source.part}:  # an admin may build on the kernel's
                yield source.at(node, f"kernel's {part} is private")
        elif part not in allowed and not (source.room == "barter" and part == "middleware"):
            yield source.at(node, f"{top}.{part} is private to {top}")
    if source.room != "seed" and source.room in ROOMS:
        for node, module in source.imports():
            if module.partition(".")[0] in ("barter", "seed", "tests"):
                yield source.at(node, f"{module}: nobody imports it")


def shells_import_shells(source: Source):
    """Views, admin, tasks and handlers go through services and queries, not through each other; admin may use its room's forms."""
    if not shells(source) or source.part == "forms":
        return
    for node, module in source.imports():
        top, _dot, rest = module.partition(".")
        part = rest.partition(".")[0]
        if top == source.room and part in {"views", "admin", "tasks", "handlers", "api", "management"} - {source.part}:
            yield source.at(node, f"{source.part} import {module}")


def migrations_import_code(source: Source):
    for node, module in source.imports():
        if module.partition(".")[0] in ROOMS and not module.startswith("kernel.vault"):
            yield source.at(node, f"a migration imports {module}")


def positional_actors(source: Source):
    """Whoever acts is always named at the call: `actor` and `request_key` are keyword-only."""
    if source.room not in ROOMS or source.part != "services":
        return
    for node in source.tree.body:
        if isinstance(node, FUNCTIONS) and not node.name.startswith("_"):
            for argument in [*node.args.posonlyargs, *node.args.args]:
                if argument.arg in ("actor", "request_key"):
                    yield source.at(node, f"{node.name} takes {argument.arg} by position")


def key_locks(source: Source):
    """Row locks leave the key alone (FOR NO KEY UPDATE).

    A foreign key is checked at COMMIT, after the chains are held, with a lock that a plain FOR UPDATE keeps out: two trades then wait
    for each other in a circle.
    """
    for node in source.nodes(ast.Call):
        named = isinstance(node.func, ast.Attribute) and node.func.attr == "select_for_update"
        if named and not any(word.arg == "no_key" for word in node.keywords):
            yield source.at(node, "select_for_update without no_key=True")


EVERYWHERE = [
    long_files, long_functions, managers_in_shells, signals, save_overrides, vague_modules, other_clocks, raw_markup, undocumented_services,
    services_reach_up, impure_values, foreign_edges, shells_import_shells, positional_actors, key_locks,
]  # fmt: skip
