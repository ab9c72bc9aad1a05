"""Take turns, measure CPU time of this process and of its database backend, and say ratios with their spread."""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connection

TICK = os.sysconf("SC_CLK_TCK")


def backend_cpu() -> float:
    """CPU seconds that the PostgreSQL backend of this connection has used so far."""
    connection.ensure_connection()
    with open(f"/proc/{connection.connection.info.backend_pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


@dataclass
class Contender:
    """One way of doing the same work; `work(i)` does one operation."""

    name: str
    work: Callable[[int], object]
    cpu_ms: list[float] = field(default_factory=list)
    wall_ms: list[float] = field(default_factory=list)

    def turn(self, operations: int, offset: int) -> None:
        cpu, backend, wall = time.process_time(), backend_cpu(), time.perf_counter()
        for i in range(operations):
            self.work(offset + i)
        self.wall_ms.append((time.perf_counter() - wall) * 1000 / operations)
        self.cpu_ms.append((time.process_time() - cpu + backend_cpu() - backend) * 1000 / operations)


def compare(title: str, contenders: list[Contender], *, operations: int, rounds: int = 5) -> dict:
    """Let the contenders take turns; the first is ours. Returns medians and ratios, and prints one line each."""
    for contender in contenders:
        contender.turn(max(2, operations // 10), 10_000_000)  # warm
        contender.cpu_ms.clear(), contender.wall_ms.clear()
    for turn in range(rounds):
        for contender in contenders:
            contender.turn(operations, turn * operations)
    ours = contenders[0]
    result = {"title": title, "rounds": rounds, "operations": operations, "contenders": {}}
    print(f"\n{title}  ({rounds} rounds of {operations}, medians; CPU = this process + its database backend)")
    for contender in contenders:
        ratios = [a / b if b else float("inf") for a, b in zip(ours.cpu_ms, contender.cpu_ms, strict=True)]
        row = {
            "cpu_ms": round(statistics.median(contender.cpu_ms), 3),
            "wall_ms": round(statistics.median(contender.wall_ms), 3),
            "ours_to_this": round(statistics.median(ratios), 2),
            "spread": [round(min(ratios), 2), round(max(ratios), 2)],
        }
        result["contenders"][contender.name] = row
        print(
            f"  {contender.name:34} {row['cpu_ms']:9.3f} CPU-ms {row['wall_ms']:9.3f} ms"
            f"   ours/this {row['ours_to_this']:7.2f}  [{row['spread'][0]}-{row['spread'][1]}]"
        )
    return result
