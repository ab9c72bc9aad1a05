"""Take turns, measure CPU time of this process and of its database backend, and say ratios with their spread."""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connection

TICK = os.sysconf("SC_CLK_TCK")


def backend_cpu(pid: int = 0) -> float:
    """CPU seconds that a PostgreSQL backend, by default the one of this connection, has used so far."""
    if not pid:
        connection.ensure_connection()
        pid = connection.connection.info.backend_pid
    try:  # nanoseconds on the processor, where the kernel says so; else ticks
        with open(f"/proc/{pid}/schedstat") as file:
            return int(file.read().split()[0]) / 1e9
    except OSError:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK


@dataclass
class Contender:
    """One way of doing the same work; `work(i)` does one operation."""

    name: str
    work: Callable[[int], object]
    cpu_ms: list[float] = field(default_factory=list)
    wall_ms: list[float] = field(default_factory=list)
    each_ms: list[float] = field(default_factory=list)
    database_ms: list[float] = field(default_factory=list)
    pid: int = 0  # of the database backend it uses, when that is not this connection's

    def turn(self, operations: int, offset: int) -> None:
        cpu, backend, wall = time.process_time(), backend_cpu(self.pid), time.perf_counter()
        last = wall
        for i in range(operations):
            self.work(offset + i)
            here = time.perf_counter()
            self.each_ms.append((here - last) * 1000)
            last = here
        self.wall_ms.append((last - wall) * 1000 / operations)
        spent = backend_cpu(self.pid) - backend
        self.database_ms.append(spent * 1000 / operations)
        self.cpu_ms.append((time.process_time() - cpu + spent) * 1000 / operations)

    def quantile(self, part: float) -> float:
        """The wall time, in milliseconds, that so large a part of the operations stayed within."""
        times = sorted(self.each_ms)
        return times[min(len(times) - 1, int(len(times) * part))]


def compare(title: str, contenders: list[Contender], *, operations: int, rounds: int = 5) -> dict:
    """Let the contenders take turns; the first is ours. Returns medians and ratios, and prints one line each."""
    for contender in contenders:
        contender.turn(max(2, operations // 10), 10_000_000)  # warm
        contender.cpu_ms.clear(), contender.wall_ms.clear(), contender.each_ms.clear(), contender.database_ms.clear()
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
            "of_it_database": round(statistics.median(contender.database_ms), 3),
            "p50": round(contender.quantile(0.5), 2),
            "p95": round(contender.quantile(0.95), 2),
            "ours_to_this": round(statistics.median(ratios), 2),
            "spread": [round(min(ratios), 2), round(max(ratios), 2)],
        }
        result["contenders"][contender.name] = row
        print(
            f"  {contender.name:34} {row['cpu_ms']:9.3f} CPU-ms (database {row['of_it_database']:.2f})"
            f" p50 {row['p50']:8.2f} p95 {row['p95']:8.2f} ms"
            f"   ours/this {row['ours_to_this']:7.2f}  [{row['spread'][0]}-{row['spread'][1]}]"
        )
    return result
