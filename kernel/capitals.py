"""Amounts in capital characters (大写), as cheques and invoices want them (DOMAIN §3)."""

from .money import Money

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "万亿")


def capital_amount(amount: Money) -> str:
    """Write a non-negative CNY or credit amount in capitals, without the prefix 人民币; raises ValueError for other amounts."""
    if amount.exponent != 2 or amount.minor < 0:
        raise ValueError("capital amounts are for non-negative amounts with two decimals")
    yuan, cents = divmod(amount.minor, 100)
    jiao, fen = divmod(cents, 10)
    whole = _whole(yuan) + "元" if yuan else ""
    if not cents:
        return (whole or "零元") + "整"
    tail = (DIGITS[jiao] + "角" if jiao else "") + (DIGITS[fen] + "分" if fen else "")
    return whole + ("零" if whole and not jiao else "") + tail


def _whole(number: int) -> str:
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    out, gap = "", False
    for index in range(len(groups) - 1, -1, -1):
        group = groups[index]
        if not group:
            gap = bool(out)
            continue
        out += "零" if out and (gap or group < 1000) else ""
        out += _four(group) + GROUPS[index]
        gap = False
    return out


def _four(number: int) -> str:
    out, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if not digit:
            gap = bool(out)
            continue
        out += ("零" if gap else "") + DIGITS[digit] + PLACES[place]
        gap = False
    return out
