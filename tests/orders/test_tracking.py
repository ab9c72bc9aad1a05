import json
import random
from datetime import datetime

import pytest

from kernel.workdays import SHANGHAI
from orders import tracking

SALT = "agreed-salt"


def push(rows, *, state="0", status="polling", salt=SALT):
    param = json.dumps(
        {"status": status, "lastResult": {"com": "shunfeng", "nu": "SF1385628716739", "state": state, "data": rows}}, ensure_ascii=False
    )
    return {"param": param, "sign": tracking.signature(param, salt)}


def row(time, code="", context="离开深圳", area="广东,深圳市"):
    return {"time": time, "ftime": time, "context": context, "areaName": area, "statusCode": code}


@pytest.mark.spec("H31", thin=True)
def test_a_signed_push_is_read_into_our_own_words():
    found = tracking.read_push(
        push([row("2026-11-20 10:00:00", "3"), row("2026-11-19 10:00:00", "1002"), row("2026-11-18 09:00:00", "103")]), salt=SALT
    )

    assert (found.company, found.number, found.status) == ("shunfeng", "SF1385628716739", "polling")
    assert [step.kind for step in found.steps] == ["signed", "in_transit", "picked_up"]
    assert found.steps[0].happened_at == datetime(2026, 11, 20, 10, tzinfo=SHANGHAI)
    assert found.steps[0].place == "广东深圳市"


@pytest.mark.parametrize("form", [{}, {"param": "{}", "sign": "x"}, {**push([]), "sign": ""}, push([], salt="other")])
def test_what_nobody_signed_is_refused(form):
    with pytest.raises(tracking.PushRefused, match="signature"):
        tracking.read_push(form, salt=SALT)


@pytest.mark.parametrize(
    "param", ["[]", "null", '{"lastResult": 3}', '{"lastResult": {"com": "a", "nu": "b", "data": [{"time": "x"}]}}', "[" * 9000]
)
def test_what_has_another_shape_is_refused(param):
    with pytest.raises(tracking.PushRefused, match="shape"):
        tracking.read_push({"param": param, "sign": tracking.signature(param, SALT)}, salt=SALT)


def test_nothing_is_signed_while_no_salt_is_agreed():
    with pytest.raises(tracking.PushRefused):
        tracking.read_push(push([], salt=""), salt="")


@pytest.mark.spec("H31", thin=True)
def test_where_a_load_stands_follows_from_when_things_happened_not_from_when_they_came_in():
    steps = list(
        tracking.read_push(
            push(
                [
                    row("2026-11-18 09:00:00", "103"),
                    row("2026-11-19 09:00:00", "0"),
                    row("2026-11-20 09:00:00", "501"),
                    row("2026-11-20 10:00:00", "3"),
                ]
            ),
            salt=SALT,
        ).steps
    )
    for seed in range(20):
        random.Random(seed).shuffle(steps)
        assert tracking.current(steps + steps[:2]) == "signed"
    assert tracking.current([]) == "created"
