"""No template switches escaping off: markup is made by tags in Python, where it is reviewed."""

import re
from pathlib import Path

from django.conf import settings

OFF = re.compile(r"autoescape\s+off|\|\s*safe(seq)?\b")


def test_no_template_switches_escaping_off():
    found = [
        f"{path.relative_to(settings.BASE_DIR)}: {match.group()}"
        for path in sorted(Path(settings.BASE_DIR, "templates").rglob("*.*"))
        if path.suffix in (".html", ".svg", ".xml")
        for match in OFF.finditer(path.read_text())
    ]

    assert found == []
    assert OFF.search("{{ x|safe }}") and OFF.search("{% autoescape off %}") and not OFF.search("{{ x|safer }}")
