from . import changes, desk, freezes, people, privileges, transfers

__all__ = ["changes", "desk", "freezes", "people", "privileges", "transfers"]
