"""Sample values for /styleguide/, where every component of templates/ui is shown (development only)."""

from datetime import timedelta

from django import forms, template
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join

from kernel import clock
from kernel.money import CREDIT, Money

from .ui import art, fit_bar, money

register = template.Library()


class SampleForm(forms.Form):
    """One field of each kind, one of them wrong."""

    name = forms.CharField(label="品名 Name", help_text="最多 100 个字 / up to 100 characters")
    amount = forms.DecimalField(label="金额 Amount")
    kind = forms.ChoiceField(label="类目 Category", choices=[("", "—"), ("PAP", "造纸印刷包装"), ("MET", "冶金矿产能源")])
    ways = forms.MultipleChoiceField(
        label="交付 Delivery", choices=[("road", "公路 Road"), ("rail", "铁路 Rail")], widget=forms.CheckboxSelectMultiple, required=False
    )
    coverage = forms.ChoiceField(label="保障 Cover", choices=[("full", "全额 Full"), ("part", "预付款 Advance")], widget=forms.RadioSelect)
    licence = forms.FileField(label="营业执照 Licence", required=False)
    due = forms.DateTimeField(
        label="截止 Due", required=False, widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
    )
    note = forms.CharField(label="备注 Note", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    password = forms.CharField(label="密码 Password", widget=forms.PasswordInput)
    agree = forms.BooleanField(label="我已核对以上内容 I have checked the above", required=False)


@register.simple_tag
def samples() -> dict:
    """Every value the style guide shows, fresh on each call."""
    now = clock.now()
    form = SampleForm({"amount": "12,5", "ways": ["road"], "password": "secret", "coverage": "full"})
    form.is_valid()
    clocks = [now + timedelta(hours=left) for left in (147, 5, 1.4, -3)]
    return {
        "now": now, "form": form, "yuan": _yuan(310400), "cents": Money(186240, "CNY"), "credit": Money(320000, CREDIT),
        "big": _yuan(3200000), "dollars": Money(-99950, "USD"),
        "clocks": clocks, "start": now - timedelta(hours=48), "due": clocks[0],
        "give": 72400000, "get": 103440000, "cash": 31040000,
        "states": ["pending", "accepted", "in_transit", "disputed", "draft"],
        "trend": [3, 4, 4, 6, 5, 8, 9],
        "bars": [("6", 62, 70), ("7", 88, 65), ("8", 71, 92), ("9", 104, 84), ("10", 96, 110), ("11", 121, 86)],
        **_trade(), **_search(), **_records(now), **_tables(),
    }  # fmt: skip


def _yuan(figure: int) -> Money:
    return Money(figure * 100, "CNY")


def _trade() -> dict:
    return {
        "stages": [
            {"name": "订单确认", "state": "done", "when": "11-08 10:04", "note": "双方已确认"},
            {"name": "付款托管", "state": "done", "when": "11-12 15:40", "note": "足额"},
            {"name": "备货生产", "state": "done", "when": "11-16 17:22", "note": ""},
            {"name": "双方发货", "state": "done", "when": "11-22 09:12", "note": "5 车次"},
            {"name": "验货确认", "state": "now", "when": "11-28 18:00", "note": "等你操作"},
            {"name": "放款完成", "state": "todo", "when": "", "note": "自动"},
        ],
        "steps": [
            {"name": "受理", "note": "22 分钟", "state": "done"},
            {"name": "初步报告", "note": "剩 3 小时", "state": "now"},
            {"name": "处理方案", "note": ""},
        ],
        "ledger": [
            {"name": "预付款入托管", "amount": _yuan(93120), "note": "ES-0017"},
            {"name": "放款", "amount": -_yuan(310400), "note": "待你确认收货", "pending": True},
        ],
    }


def _search() -> dict:
    spec = [("规格", "70 g · 787 mm"), ("指标", "白度 92"), ("交货", "佛山仓"), ("交期", "现货 48 小时")]
    why = [("标题里有你要找的词", 1000), ("卖家有信用保障", 500)]
    row = {
        "url": "#", "title": "本白双胶纸 70g 787mm 卷筒", "drawing": art("roll"),
        "seal": render_to_string("ui/seal.html", {"amount": _yuan(3200000)}),
        "firm": "青岚纸业", "firm_url": "#", "record": "易货 214 单",
        "spec": format_html_join("", "<div><dt>{}</dt><dd>{}</dd></div>", spec), "why": format_html_join("", "<li>{} +{}</li>", why),
        "wants": format_html_join("", '<span class="{}">{}</span>', [("want have", "箱板纸"), ("want", "化机浆")]),
        "price": money(_yuan(5480), dec=False), "unit": "吨", "quantity": "可供 640 吨，30 吨起",
        "fit": render_to_string("ui/fit_bar.html", fit_bar(96)), "propose_url": "#", "ask_url": "#",
    }  # fmt: skip
    options = [{"value": "1", "label": "信用保障", "count": 86, "on": True}, {"value": "2", "label": "实地认证", "count": 71}]
    return {
        "row": row,
        "facets": [{"title": "交易保障", "name": "g", "options": options}],
        "price_range": {"title": "估价（元/吨）", "min_name": "min", "max_name": "max", "min": 5000, "max": None},
        "applied": [{"label": "信用保障", "url": "#"}, {"label": "70 g", "url": "#"}],
    }


def _records(now) -> dict:
    return {
        "files": [{"name": "IMG_2207.jpg", "url": "#", "size": 1363148, "digest": "9f2c4c1b7a"}],
        "documents": [{"name": "易货合同", "url": "#", "note": "PDF"}],
        "log": [{"at": now, "text": "李娜（仓库）上传抽检照片 6 张"}],
        "forecast": {
            "name": "双胶纸 70g", "when": "约 12 天后，120 吨", "x": 32, "width": 36, "mid": 48, "why": "11 次记录",
            "url": "#",
        },
    }  # fmt: skip


def _tables() -> dict:
    return {
        "rows": [("总额度", "¥2,000,000"), ("已占用", "¥1,384,500")],
        "kpis": [
            {"url": "#", "label": "托管中的资金", "value": "¥1,284,400", "note": "5 笔", "trend": [2, 3, 3, 5, 4, 6]},
            {"url": "#", "label": "进行中订单", "value": "9", "note": "3 单等你", "mix": ["me", "me", "them", "them", "bad", ""]},
            {"url": "#", "label": "准时履约", "value": "97.8", "unit": "%", "note": "近 90 天 44/45"},
            {"url": "#", "label": "易货额度", "value": "32,000", "note": "可用"},
        ],
        "tabs": [{"label": "等我", "url": "#", "on": True, "n": 3}, {"label": "等对方", "url": "#", "n": 4}, {"label": "完成", "url": "#"}],
        "answers": [
            {"name": "企业名称", "value": "远山包装有限公司", "url": "#"},
            {"name": "统一社会信用代码", "value": "91440606MA4W00000X", "url": "#"},
        ],
        "tasks": [
            {"name": "企业信息", "url": "#", "done": True},
            {"name": "营业执照", "url": "#", "done": False, "help": "JPG / PDF"},
        ],
        "heads": [{"name": "货物"}, {"name": "数量", "num": True}, {"name": "单号"}],
        "cells": [[
            {"label": "货物", "value": "箱板纸 140g"},
            {"label": "数量", "value": "200 吨", "num": True},
            {"label": "单号", "value": format_html("<a href='#'>{}</a>", "YS-3301")},
        ]],
    }  # fmt: skip
