"""Where an enterprise stands in the reform: its stage, the titles it was given."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.access.roles import Right
from crm.access.scope import Scope
from crm.core.dated import Dated, no_overlap
from crm.core.text import plain_name
from crm.programs.enums import ReformStage, TitleKind, TitleLevel
from enterprises.models import Enterprise
from enterprises.querysets import DatedScopedQuerySet


class EnterpriseStage(Dated):
    """The stage in which an enterprise is, from when to when."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="reform_stages")
    stage = models.CharField(_("stage"), max_length=14, choices=ReformStage)

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_PROGRAMS, stations=("enterprise__station_id",), enterprise="enterprise_id"
    )
    objects = DatedScopedQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.Meta.constraints,
            no_overlap(
                "enterprise",
                name="programs_stage_one_at_a_time",
                field="start",
                message=_("The enterprise has a stage for that time already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.stage}"


class Title(Dated):
    """A title given to an enterprise by a document (文号), for a term."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="reform_titles")
    kind = models.CharField(pgettext_lazy("reform", "title"), max_length=14, choices=TitleKind)
    level = models.CharField(_("level"), max_length=10, choices=TitleLevel)
    number = models.CharField(_("document number"), max_length=60, validators=[plain_name])
    name = models.CharField(_("name of the project or site"), max_length=80, blank=True, validators=[plain_name])

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_PROGRAMS, stations=("enterprise__station_id",), enterprise="enterprise_id"
    )
    objects = DatedScopedQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.Meta.constraints,
            no_overlap(
                "enterprise",
                "kind",
                "level",
                "name",
                name="programs_title_once",
                field="start",
                message=_("The enterprise holds this title at that time already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_level_display()}{self.get_kind_display()}"
