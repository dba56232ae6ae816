"""Small pieces of mark-up that every page uses; loaded as built-ins."""

import datetime as dt
from typing import Any

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from crm.core import clock

register = template.Library()
WEEKDAYS = "一二三四五六日"


@register.simple_tag
def icon(name: str) -> SafeString:
    """A symbol of the sprite, hidden from readers: the word stands beside it."""
    return format_html(
        '<svg class="i" aria-hidden="true"><use href="{}#{}"></use></svg>', static("lianlian/icons.svg"), name
    )


@register.simple_tag
def nd(rate: Any, query: str, unit: str = "") -> SafeString:
    """`69.5% 139 / 200 户`: percent → what is missing, n → done, d → all. Empty: `— 0 / 0`. `query` names the cut."""
    if rate is None:
        return mark_safe("—")
    if not rate.d:
        return mark_safe('<span class="nd zero">— <span class="p">0 / 0</span></span>')
    return format_html(
        '<span class="nd">{} <span class="p">{} / {}{}</span></span>',
        _rows(rate, query, "gap", f"{rate.value}%"),
        _rows(rate, query, "n", str(rate.n)),
        _rows(rate, query, "d", str(rate.d)),
        f" {unit}" if unit else "",
    )


def _rows(rate: Any, query: str, part: str, words: str) -> SafeString:
    count = {"n": rate.n, "d": rate.d, "gap": rate.gap}[part]
    if not count and part != "gap":
        return format_html('<span class="zero">{}</span>', words)
    url = f"{reverse('coverage:rows')}?{query}&measure={rate.measure.code}&part={part}"
    return format_html('<a class="n" href="{}">{}</a>', url, words)


@register.simple_tag
def rate_link(rate: Any, query: str, part: str, words: str = "") -> SafeString:
    """One number of a rate as the link to its rows."""
    count = {"n": rate.n, "d": rate.d, "gap": rate.gap}[part]
    return _rows(rate, query, part, words or str(count))


# state → (shape, class)
SHAPES = {
    "overdue": ("overdue", "overdue"), "late": ("overdue", "overdue"), "never": ("never", "never"), "soon": ("soon", "soon"),
    "due": ("due", ""), "not_yet": ("none", ""), "no_task": ("none", ""), "contacted": ("done", "done"), "met": ("done", "done"),
    "cancelled": ("none", ""), "exempt": ("none", ""), "paused": ("paused", ""),
    "planned": ("now", ""), "kept": ("done", "done"), "dropped": ("none", ""),
    "submitted": ("due", ""), "accepted": ("now", ""), "assigned": ("now", ""), "in_progress": ("now", ""), "review": ("now", ""),
    "callback": ("soon", "soon"), "closed": ("done", "done"), "on_the_spot": ("done", "done"),
    "not_applicable": ("none", ""), "not_started": ("due", ""), "done": ("now", ""), "verified": ("done", "done"),
    "confirmed": ("done", "done"), "returned": ("soon", "soon"), "renew": ("overdue", "overdue"),
    "reported": ("now", ""), "adopted": ("done", "done"),
    "draft": ("due", ""), "approved": ("now", ""), "released": ("done", "done"),
}  # fmt: skip


@register.simple_tag
def status(state: str, words: Any, more: Any = "") -> SafeString:
    """A state as shape and word."""
    shape, css = SHAPES.get(str(state), ("due", ""))
    return format_html('<span class="st {}">{}{} {}</span>', css, icon(f"st-{shape}"), words, more)


# look of an item's square → symbol; 未开展 stays empty
SQUARES = {
    "verified": "sq-tick",
    "done": "sq-tick",
    "in_progress": "st-now",
    "renew": "sq-cross",
    "not_applicable": "st-none",
}


@register.simple_tag
def square_icon(look: str) -> SafeString:
    """The symbol inside a square of the checklist, nothing for an empty one."""
    return icon(SQUARES[look]) if look in SQUARES else mark_safe("")


@register.simple_tag
def contact_state(found: Any) -> SafeString:
    """How an enterprise stands: `▲ 逾期 6 工作日`, `○ 待联系 至 09-30`, `从未联系`."""
    if found.state == "overdue":
        return status("overdue", found.state.label, _("%(n)d working days") % {"n": found.overdue_days})
    if found.state == "due":
        return status("due", found.state.label, _("until %(day)s") % {"day": day_short(found.until)})
    if found.state == "planned":
        return status("planned", found.state.label, day_short(found.planned_on))
    if found.never and found.state == "no_task":
        return status("never", _("Never contacted"))
    return status(found.state, found.state.label)


@register.filter
def day_short(value: dt.date | dt.datetime | None) -> str:
    """`09-16`, with the year when it is another one than today's; “—” for none."""
    if value is None or value == "":
        return "—"
    if isinstance(value, dt.datetime):
        value = clock.local_date(value)
    return f"{value:%m-%d}" if value.year == clock.today().year else f"{value:%Y-%m-%d}"


@register.filter
def day_week(value: dt.date | None) -> str:
    """`2026-09-16 周三`."""
    return "—" if value is None else f"{value:%Y-%m-%d} 周{WEEKDAYS[value.weekday()]}"


@register.filter
def day_paper(value: dt.date | dt.datetime | None) -> str:
    """`2026年9月18日`, as papers write it."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        value = clock.local_date(value)
    return f"{value.year}年{value.month}月{value.day}日"


@register.filter
def moment(value: dt.datetime | None) -> str:
    """`09-16 21:40` in local time."""
    if value is None:
        return "—"
    local = value.astimezone(clock.ZONE)
    return f"{day_short(local.date())} {local:%H:%M}"


@register.filter
def initial(value: Any) -> str:
    """First character of a name, for the round head."""
    return str(value or "")[:1]


@register.filter
def level(rate: Any) -> str:
    """Which of five steps of blue a rate has."""
    if rate is None or rate.value is None:
        return "l0"
    return "l" + str(1 + sum(rate.value >= edge for edge in (50, 65, 80, 95)))


@register.filter
def at(mapping: Any, key: Any) -> Any:
    """A value of a mapping, None when it is not there."""
    return mapping.get(str(key)) if mapping else None


@register.filter
def with_unit(count: Any, unit: Any) -> str:
    """`12 户`: a count with its unit, for the inside of a link."""
    return f"{count} {unit}".rstrip()


@register.filter
def times(value: Any, factor: float | str) -> float:
    """A number times another (widths of drawn bars)."""
    return round(float(value or 0) * float(factor), 1)


@register.inclusion_tag("components/field.html")
def field(bound: Any, label: str = "", help_text: str = "", kind: str = "") -> dict[str, Any]:
    """A form field: label above, 必填 in grey, control, error under it saying how to put it right."""
    kinds = {"TimeField": "time", "IntegerField": "number", "FileField": "file"}
    widget = type(bound.field.widget).__name__
    bare = widget in ("Select", "Textarea", "CheckboxInput", "FileInput", "ClearableFileInput", "SelectMultiple")
    if not bare:
        bound.field.widget.input_type = kind or kinds.get(type(bound.field).__name__, bound.field.widget.input_type)
    return {"field": bound, "label": label or bound.label, "help_text": help_text, "check": widget == "CheckboxInput"}
