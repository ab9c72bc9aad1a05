"""Names of hash chains and subjects: plain strings, so that facts can speak of any room's rows without knowing them."""


def enterprise_chain(enterprise_id: int) -> str:
    return f"enterprise:{enterprise_id}"


def person_chain(user_id: int) -> str:
    return f"person:{user_id}"


PLATFORM = "platform"


def subject_of(record) -> tuple[str, str]:
    """Name a row: ("orders.order", "17")."""
    return record._meta.label_lower, str(record.pk)
