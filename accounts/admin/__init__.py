from . import changes, desk, freezes, people

__all__ = ["changes", "desk", "freezes", "people"]
