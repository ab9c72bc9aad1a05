from ..machines import lock, lock_all, move
from .anchors import anchor_folder, check_anchors, damaged_anchors, keep_chain_heads
from .calendar import remove_calendar_day, set_calendar_day
from .deadlines import cancel_deadlines, meet_deadline, pause_deadlines, resume_deadlines, start_deadline, sweep_deadlines, work_calendar
from .documents import Purpose, drop_document, erase_document, read_document, store_bytes, store_upload
from .facts import hold_chains, record, verify_chain
from .leftovers import sweep_leftovers
from .numbers import next_no
from .relay import deliver_due, revive_dead
from .request_keys import claim_key
from .rotation import rotate_keys

__all__ = [
    "Purpose",
    "anchor_folder",
    "cancel_deadlines",
    "check_anchors",
    "claim_key",
    "damaged_anchors",
    "deliver_due",
    "drop_document",
    "erase_document",
    "hold_chains",
    "keep_chain_heads",
    "lock",
    "lock_all",
    "meet_deadline",
    "move",
    "next_no",
    "pause_deadlines",
    "read_document",
    "record",
    "remove_calendar_day",
    "resume_deadlines",
    "revive_dead",
    "rotate_keys",
    "set_calendar_day",
    "start_deadline",
    "store_bytes",
    "store_upload",
    "sweep_deadlines",
    "sweep_leftovers",
    "verify_chain",
    "work_calendar",
]
