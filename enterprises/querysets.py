"""Adjectives of enterprises."""

import datetime as dt
from dataclasses import replace
from typing import Any, Self

from django.apps import apps
from django.db.models import Exists, OuterRef, Q

from crm.access.grants import grants_of
from crm.access.scope import ScopedQuerySet
from crm.core.dated import DatedQuerySet


class DatedScopedQuerySet(DatedQuerySet, ScopedQuerySet):
    """Dated rows that know who may see them."""


class EnterpriseQuerySet(ScopedQuerySet):
    def live(self) -> Self:
        """Not merged into another."""
        return self.filter(merged_into__isnull=True)

    def registered_to(self, user: Any) -> Self:
        """On a register today, as far as the user may see: of `visible_to` without candidates, so that an index answers."""
        grants = grants_of(user)
        if grants is None:
            return self.none()
        scope = replace(self.model.scope, others=())
        return self.filter(scope.condition(grants, scope.view), station__isnull=False)

    def found_by(self, text: str) -> Self:
        """By part of the name, start of the credit code, or pinyin initials."""
        text = text.strip()
        if not text:
            return self
        found = Q(name__icontains=text)
        if text.isascii():
            found |= Q(initials__contains=text.lower()) | Q(uscc__startswith=text.upper())
        return self.filter(found)

    def registered_on(self, day: dt.date) -> Self:
        """On some station's register on the day."""
        entries = apps.get_model("enterprises", "RegisterEntry")._base_manager
        return self.filter(Exists(entries.filter(enterprise=OuterRef("pk"), term__contains=day)))

    def in_chain(self, chain_id: int, day: dt.date) -> Self:
        """On some node of the chain on the day."""
        places = apps.get_model("enterprises", "ChainMembership")._base_manager
        return self.filter(Exists(places.filter(enterprise=OuterRef("pk"), chain_id=chain_id, term__contains=day)))

    def on_node(self, node_id: int, day: dt.date) -> Self:
        """On the node on the day."""
        places = apps.get_model("enterprises", "ChainMembership")._base_manager
        return self.filter(Exists(places.filter(enterprise=OuterRef("pk"), node_id=node_id, term__contains=day)))
