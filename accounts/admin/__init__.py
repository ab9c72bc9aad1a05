from . import changes, desk, freezes, people, privileges

__all__ = ["changes", "desk", "freezes", "people", "privileges"]
