"""What earlier tests let pass when the kernel was broken on purpose."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Enterprise
from kernel.refusals import NotFound
from kernel.services import lock_all
from tests.worlds import verified_enterprise

pytestmark = pytest.mark.django_db


def test_many_rows_are_locked_in_pk_order_whatever_order_they_were_named_in():
    pks = [verified_enterprise().pk for _ in range(4)]

    with CaptureQueriesContext(connection) as queries:
        found = lock_all(Enterprise.objects.order_by("-pk"), [pks[2], pks[0], pks[3], pks[1], pks[0]])

    assert [row.pk for row in found] == sorted(pks)
    (sql,) = [query["sql"] for query in queries if "FOR NO KEY UPDATE" in query["sql"]]
    assert (
        'ORDER BY "accounts_enterprise"."id" ASC FOR NO KEY UPDATE' in sql
    )  # the database locks in this order, not in the order of the list


def test_a_row_that_is_not_there_makes_the_whole_lock_fail():
    pk = verified_enterprise().pk

    with pytest.raises(NotFound):
        lock_all(Enterprise.objects.all(), [pk, pk + 1_000_000])
