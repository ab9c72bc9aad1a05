from ..machines import lock, lock_all, move
from .deadlines import cancel_deadlines, meet_deadline, pause_deadlines, resume_deadlines, start_deadline, sweep_deadlines, work_calendar
from .documents import Purpose, read_document, store_bytes, store_upload
from .facts import hold_chains, record, verify_chain
from .relay import deliver_due, revive_dead
from .request_keys import claim_key

__all__ = [
    "Purpose",
    "cancel_deadlines",
    "claim_key",
    "deliver_due",
    "hold_chains",
    "lock",
    "lock_all",
    "meet_deadline",
    "move",
    "pause_deadlines",
    "read_document",
    "record",
    "resume_deadlines",
    "revive_dead",
    "start_deadline",
    "store_bytes",
    "store_upload",
    "sweep_deadlines",
    "verify_chain",
    "work_calendar",
]
