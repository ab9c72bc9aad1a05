from ..machines import lock, lock_all, move
from .anchors import anchor_folder, check_anchors, damaged_anchors, keep_chain_heads
from .calendar import remove_calendar_day, set_calendar_day
from .deadlines import (
    cancel_deadlines,
    hand_deadline,
    meet_deadline,
    pause_deadlines,
    resume_deadlines,
    start_deadline,
    start_deadlines,
    sweep_deadlines,
    work_calendar,
)
from .documents import Purpose, drop_document, erase_document, read_document, store_bytes, store_upload
from .facts import hold_chains, record, verify_chain
from .jobs import (
    cancel_job,
    expire_job,
    fail_late_job,
    parts,
    put_part,
    request_job,
    run_step,
    take_job_file,
    take_part,
    work_job,
)
from .leftovers import sweep_leftovers
from .numbers import next_no
from .relay import deliver_due, revive_dead
from .request_keys import claim_key, pass_gates
from .rotation import rotate_keys

__all__ = [
    "Purpose",
    "anchor_folder",
    "cancel_deadlines",
    "cancel_job",
    "check_anchors",
    "claim_key",
    "damaged_anchors",
    "deliver_due",
    "drop_document",
    "erase_document",
    "expire_job",
    "fail_late_job",
    "hand_deadline",
    "hold_chains",
    "keep_chain_heads",
    "lock",
    "lock_all",
    "meet_deadline",
    "move",
    "next_no",
    "parts",
    "pass_gates",
    "pause_deadlines",
    "put_part",
    "read_document",
    "record",
    "remove_calendar_day",
    "request_job",
    "resume_deadlines",
    "revive_dead",
    "rotate_keys",
    "run_step",
    "set_calendar_day",
    "start_deadline",
    "start_deadlines",
    "store_bytes",
    "store_upload",
    "sweep_deadlines",
    "sweep_leftovers",
    "take_job_file",
    "take_part",
    "verify_chain",
    "work_calendar",
    "work_job",
]
