from . import changes, desk, freezes, people, transfers

__all__ = ["changes", "desk", "freezes", "people", "transfers"]
