import pytest

from tests.spec_plugin import proofs, spec_ids


class Item:
    def __init__(self, nodeid, *marks):
        self.nodeid, self.marks = nodeid, marks

    def iter_markers(self, name):
        return (mark.mark for mark in self.marks if mark.mark.name == name)


def test_a_whole_proof_outweighs_a_thin_one_of_the_same_test():
    found = proofs([Item("t.py::a[1]", pytest.mark.spec("H21", thin=True)), Item("t.py::a[2]", pytest.mark.spec("H21"))])

    assert found == {"H21": {"t.py::a": True}}


def test_a_thin_proof_alone_stays_thin():
    assert proofs([Item("t.py::a", pytest.mark.spec("H30", "H31", thin=True))]) == {"H30": {"t.py::a": False}, "H31": {"t.py::a": False}}


def test_every_spec_id_is_listed_once_with_its_text():
    texts = spec_ids()

    assert len(texts) == len({*texts})
    assert texts["H21"].startswith("After rename")
    assert all(texts.values())
