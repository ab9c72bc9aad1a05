"""The product's source as the guards see it: files, their place in a room, and checks that answer with findings."""

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "insights", "major_clients", "disputes", "deals", "orders", "credit_guarantee", "matching", "helpdesk", "ledger", "catalog",
    "messaging", "accounts", "kernel",
)  # fmt: skip
CODE = (*ROOMS, "barter", "seed", "launcher")
DOORS = {"services", "queries", "models", "facts", "rules", "states", "permissions"}  # what other rooms may import
EDGES = {"views", "admin", "tasks", "handlers", "templatetags", "management", "forms", "api"}


@dataclass(frozen=True)
class Source:
    """One Python file: its path below the root and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def room(self) -> str:
        return self.path.split("/")[0]

    @property
    def part(self) -> str:
        """Which part of its room a file belongs to: `services` for orders/services/refunds.py, `rules` for orders/rules.py."""
        below = self.path.split("/")[1]
        return below.removesuffix(".py")

    def nodes(self, *kinds):
        return (node for node in ast.walk(self.tree) if isinstance(node, kinds))

    def at(self, node, what: str) -> str:
        return f"{self.path}:{node.lineno} {what}"

    def imports(self):
        """Yield (node, dotted module) for every import, relative ones made absolute, `from a import b` also as a.b."""
        package = self.path.removesuffix(".py").split("/")
        for node in self.nodes(ast.Import, ast.ImportFrom):
            if isinstance(node, ast.Import):
                yield from ((node, alias.name) for alias in node.names)
                continue
            base = [*package[: -node.level], *filter(None, [node.module])] if node.level else [node.module]
            yield from ((node, ".".join([*base, alias.name])) for alias in node.names)


def sources(*, migrations: bool = False) -> list[Source]:
    found = []
    for top in CODE:
        for file in sorted((ROOT / top).rglob("*.py")):
            path = file.relative_to(ROOT).as_posix()
            if ("/migrations/" in path) == migrations:
                found.append(Source(path, file.read_text(encoding="utf-8")))
    return found


def shells(source: Source) -> bool:
    return source.room in (*ROOMS, "barter") and source.part in EDGES
