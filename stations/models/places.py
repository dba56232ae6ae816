"""The union tree, parks, stations: the containers on which rights are granted."""

import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node, MP_NodeManager, MP_NodeQuerySet

from crm.access.roles import Right
from crm.access.scope import Scope, Scoped, ScopedQuerySet
from crm.core.dated import Dated, DatedQuerySet, no_overlap
from crm.core.text import plain_name, plain_text
from stations.enums import UnionLevel

PERMISSIONS = tuple((right.value, right.value.replace("_", " ")) for right in Right)


class TradeUnionQuerySet(ScopedQuerySet, MP_NodeQuerySet):
    pass


class TradeUnionManager(MP_NodeManager):
    def get_queryset(self) -> TradeUnionQuerySet:
        return TradeUnionQuerySet(self.model, using=self._db).order_by("path")

    def visible_to(self, user: Any) -> TradeUnionQuerySet:
        return self.get_queryset().visible_to(user)

    def allowing(self, user: Any, right: Right) -> TradeUnionQuerySet:
        return self.get_queryset().allowing(user, right)


class TradeUnion(MP_Node):
    """A trade union organisation; a grant on one covers its subtree. The tree is always today's."""

    name = models.CharField(_("name"), max_length=120, validators=[plain_name])
    short_name = models.CharField(_("short name"), max_length=40, blank=True, validators=[plain_name])
    level = models.CharField(_("level"), max_length=12, choices=UnionLevel)
    division_code = models.CharField(max_length=12, blank=True)
    is_sample = models.BooleanField(default=False)

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_STATION, union="path", above="path")
    objects = TradeUnionManager()

    class Meta:
        default_permissions = ()
        permissions = PERMISSIONS
        constraints = (
            models.CheckConstraint(
                name="stations_union_level",
                condition=models.Q(level__in=UnionLevel.values),
                violation_error_code="level",
                violation_error_message=_("Unknown level of union."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class Park(Scoped):
    """An industrial park. Visible to whoever sees a station that serves it or the union it belongs to."""

    name = models.CharField(_("name"), max_length=120, unique=True, validators=[plain_name])
    short_name = models.CharField(_("short name"), max_length=40, blank=True)
    union = models.ForeignKey(TradeUnion, on_delete=models.PROTECT, related_name="parks")
    profile = models.TextField(_("profile"), blank=True, validators=[plain_text])

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_STATION, union="union__path", others=("parks_of_stations",))

    def __str__(self) -> str:
        return self.name


class Station(Scoped):
    """A “联链” service station: sits in one park, serves several."""

    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120, validators=[plain_name])
    short_name = models.CharField(_("short name"), max_length=40, validators=[plain_name])
    paper_code = models.CharField(_("code on papers"), max_length=20, validators=[plain_name])
    union = models.ForeignKey(TradeUnion, on_delete=models.PROTECT, related_name="stations")
    home_park = models.ForeignKey(Park, on_delete=models.PROTECT, related_name="home_of")
    profile = models.TextField(_("profile"), blank=True, validators=[plain_text])
    extra_services = models.JSONField(_("further services"), default=list, blank=True)
    supervision_phone = models.CharField(
        _("supervision phone"), max_length=30, blank=True, db_default="", default="", validators=[plain_text]
    )

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_STATION, stations=("pk",))

    class Meta:
        default_permissions = ()
        permissions = PERMISSIONS
        constraints = (
            models.UniqueConstraint(
                fields=["union", "name"],
                name="stations_station_name",
                violation_error_code="name",
                violation_error_message=_("The union has a station of this name."),
            ),
            models.UniqueConstraint(
                fields=["paper_code"],
                name="stations_station_paper_code",
                violation_error_code="paper_code",
                violation_error_message=_("Another station uses this code on its papers."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class StationParkQuerySet(DatedQuerySet, ScopedQuerySet):
    pass


class StationPark(Dated):
    """Which station serves which park, from when to when."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="services")
    park = models.ForeignKey(Park, on_delete=models.PROTECT, related_name="services")

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_STATION, stations=("station_id",))
    objects = StationParkQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.Meta.constraints,
            no_overlap(
                "station",
                "park",
                name="stations_stationpark_once",
                field="park",
                message=_("The station serves this park already at that time."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.station} → {self.park}"


class StatedFigure(Scoped):
    """A figure as somebody published it: value, unit, qualifier and source are kept apart (“4000余 人”)."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="stated_figures")
    code = models.CharField(max_length=40)
    label = models.CharField(_("what is counted"), max_length=80)
    value = models.IntegerField(_("value"))
    unit = models.CharField(_("unit"), max_length=10)
    qualifier = models.CharField(_("qualifier"), max_length=10, blank=True)
    source = models.CharField(_("source"), max_length=200)

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_STATION, stations=("station_id",))

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["station", "code"],
                name="stations_statedfigure_once",
                violation_error_code="code",
                violation_error_message=_("The station has this figure already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.value}{self.qualifier} {self.unit}"
