"""Many stories told at once: each is a generator that does an act, then says when its next one comes."""

import heapq
import itertools
from collections.abc import Callable, Iterator
from datetime import datetime

from kernel.clock import telling

Story = Iterator[datetime]


class Timeline:
    """Runs stories in the order of their moments, telling each the time; `after` runs behind every act."""

    def __init__(self, after: Callable[[], object]):
        self.heap: list[tuple[datetime, int, Story]] = []
        self.count = itertools.count()
        self.after = after

    def add(self, moment: datetime, story: Story) -> None:
        heapq.heappush(self.heap, (moment, next(self.count), story))

    def run(self, until: datetime) -> int:
        """Run every act that comes before `until`; returns how many."""
        acts = 0
        while self.heap and self.heap[0][0] < until:
            moment, _, story = heapq.heappop(self.heap)
            with telling(moment):
                following = next(story, None)
                self.after()
            acts += 1
            if following is not None:
                self.add(max(following, moment), story)
        return acts
