"""The components on one page, for those who build and review screens."""

from dataclasses import dataclass
from typing import ClassVar

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from crm.access.declared import SIGNED_IN, needs
from crm.core import clock

SWATCHES = ("accent", "ink1", "ink2", "ink3", "line", "bg", "d0", "d1", "d2", "d3", "d4", "d5", "ochre", "green")
STATES = (
    ("overdue", "逾期 6 个工作日"), ("never", "从未联系"), ("soon", "剩 1 个工作日"), ("due", "待联系"),
    ("in_progress", "办理中"), ("contacted", "本期已联系"), ("no_task", "本期无任务"), ("released", "已印发"),
)  # fmt: skip


@dataclass(frozen=True)
class SampleMeasure:
    code: str = "visit"
    name: str = "走访覆盖率（实地）"
    unit: str = "户"


@dataclass(frozen=True)
class Sample:
    """A rate made up for the page, in the shape of a coverage rate."""

    n: int
    d: int
    measure: ClassVar = SampleMeasure()

    @property
    def gap(self) -> int:
        return self.d - self.n

    @property
    def value(self) -> float | None:
        return round(100 * self.n / self.d, 1) if self.d else None


class SampleForm(forms.Form):
    name = forms.CharField(label="企业名称", initial="昆明云禾种苗有限公司（示例03）")
    uscc = forms.CharField(label="统一社会信用代码")
    tier = forms.ChoiceField(label="企业类别", choices=[("key", "重点"), ("general", "一般")], required=False)
    hours = forms.CharField(label="适宜走访时段", required=False)

    def clean_uscc(self) -> str:
        raise forms.ValidationError("最后一位校验不对，对照营业执照改。")


@needs(SIGNED_IN)
def gallery(request: HttpRequest) -> HttpResponse:
    """部件一页: every component once, with sample words. Not found on an installation in use."""
    if not (settings.DEBUG or settings.DEMO_MODE or settings.TESTING):
        raise Http404
    form = SampleForm({"name": "昆明云禾种苗有限公司（示例03）", "uscc": "91530199MA6EX03XXK", "tier": "key"})
    return render(
        request,
        "components/gallery.html",
        {
            "swatches": SWATCHES,
            "states": STATES,
            "rates": {rate.n: rate for rate in (Sample(200, 212), Sample(139, 200), Sample(4, 5), Sample(0, 0))},
            "rate": Sample(139, 200),
            "few": Sample(4, 5),
            "none": Sample(0, 0),
            "form": form,
            "page": Paginator(range(58), 18).page(1),
            "day": clock.today(),
            "now": clock.now(),
        },
    )
