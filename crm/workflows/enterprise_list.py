"""The list of enterprises: its filters and its columns, over all rooms."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat

from crm.access.roles import Right, Role
from crm.visits.selectors import in_contact_state, never_contacted
from enterprises.models import ChainMembership, Enterprise, EnterpriseFact
from enterprises.selectors import figure, figures_hidden
from grids.models import Responsibility

NONE = "none"  # the value of a filter that asks for rows without


def filtered(user: Any, day: dt.date, wanted: Mapping[str, str]) -> QuerySet[Enterprise]:
    """The enterprises that the user may see and that fit, by name. Empty values do not filter.

    wanted: q (name, code, initials), scope (part of the business scope), register (on, candidate, all), chain, node, post
    (ids; chain and post also "none"), tier, contact (a ContactState or "never").
    """
    register = wanted["register"] or "on"
    if register == "on":  # nobody is on a register and merged (a constraint)
        rows = Enterprise.objects.registered_to(user)
    else:
        rows = Enterprise.objects.visible_to(user).live()
        if register == "candidate":
            rows = rows.filter(station__isnull=True)
    rows = rows.found_by(wanted["q"])
    if wanted["scope"]:
        rows = rows.filter(business_scope__icontains=wanted["scope"])
    if wanted["chain"] == NONE:
        rows = rows.exclude(pk__in=ChainMembership.objects.on(day).values("enterprise_id"))
    elif wanted["chain"]:
        rows = rows.in_chain(int(wanted["chain"]), day)
    if wanted["node"]:
        rows = rows.on_node(int(wanted["node"]), day)
    if wanted["tier"]:
        rows = rows.filter(pk__in=EnterpriseFact.objects.on(day).filter(tier=wanted["tier"]).values("enterprise_id"))
    answering = Responsibility.objects.visible_to(user).on(day).filter(role=Role.GRID_OFFICER)
    if wanted["post"] == NONE:
        rows = rows.exclude(pk__in=answering.values("enterprise_id"))
    elif wanted["post"]:
        rows = rows.filter(pk__in=answering.filter(post=wanted["post"]).values("enterprise_id"))
    if wanted["contact"]:  # a filter tells as much as a column does
        rows = rows.filter(pk__in=Enterprise.objects.allowing(user, Right.VIEW_VISITS).values("pk"))
    if wanted["contact"] == "never":
        rows = never_contacted(rows, day)
    elif wanted["contact"]:
        rows = in_contact_state(rows, wanted["contact"], day)
    return rows.order_by("name_key", "pk")


def with_columns(user: Any, rows: QuerySet[Enterprise], day: dt.date) -> QuerySet[Enterprise]:
    """The list's columns as annotations, so that a page costs one query: tier, status, workers, node and officer names.

    Figures that are kept from the user are empty, and `hidden` says so.
    """
    facts = EnterpriseFact.objects.visible_to(user).on(day).filter(enterprise=OuterRef("pk"))
    places = ChainMembership.objects.visible_to(user).on(day).filter(enterprise=OuterRef("pk"))
    places = places.order_by("chain_id", "node__number")
    answering = Responsibility.objects.visible_to(user).on(day)
    answering = answering.filter(enterprise=OuterRef("pk"), role=Role.GRID_OFFICER)
    return rows.select_related("park").annotate(
        tier=Subquery(facts.values("tier")[:1]),
        status=Subquery(facts.values("status")[:1]),
        workers=Subquery(facts.values(shown=figure("workers", user))[:1]),
        hidden=figures_hidden(user, ""),
        node_names=ArraySubquery(places.values_list(Concat(F("chain__name"), Value("·"), F("node__name")))),
        officer=Subquery(answering.values("post__title")[:1]),
    )
