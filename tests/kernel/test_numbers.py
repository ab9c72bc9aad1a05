"""Numbers that people quote: the day in Beijing, and no number twice."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from kernel.clock import telling
from kernel.services import next_no

pytestmark = pytest.mark.django_db


def test_a_number_is_a_letter_the_day_in_beijing_and_a_count():
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE tests_no START 41")
    with telling(datetime(2026, 11, 22, 16, 30, tzinfo=UTC)):  # past midnight in Beijing
        assert next_no("C", sequence="tests_no") == "C26112300041"
        assert next_no("B", sequence="tests_no", day="%Y%m%d-") == "B20261123-00042"
