"""Beat that goes on without the broker: a sweep that no worker can be handed is run here, so no promise waits for Valkey (P22)."""

import logging
import threading

from celery.beat import PersistentScheduler, SchedulingError
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


class SteadyScheduler(PersistentScheduler):
    """Celery's own scheduler with two differences: it starts without a broker, and what cannot be sent runs in a thread of its own."""

    def __init__(self, *args, **kwargs):
        self._running: dict[str, threading.Thread] = {}
        super().__init__(*args, **kwargs)

    def _ensure_connected(self):
        try:
            return self.connection.ensure_connection(max_retries=1, interval_start=0.2)
        except OperationalError as error:
            log.warning("no broker: %s", error)
            return self.connection  # it connects when there is something to send and somebody to take it

    def apply_async(self, entry, producer=None, advance=True, **kwargs):
        try:
            return super().apply_async(entry, producer=producer, advance=advance, **kwargs)
        except SchedulingError as error:
            before = self._running.get(entry.name)
            if before is None or not before.is_alive():
                log.warning("%s; running it here", error)
                self._running[entry.name] = threading.Thread(target=self._run_here, args=(entry.task,), name=entry.name, daemon=True)
                self._running[entry.name].start()
            return None

    def _run_here(self, name: str) -> None:
        from django.db import connection

        try:
            self.app.tasks[name].apply(throw=True)
        except Exception:
            log.exception("%s failed here", name)
        finally:
            connection.close()
