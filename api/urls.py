"""`/api/v1/`: one router for all resources, the schema and its documentation."""

from django.urls import path, re_path
from rest_framework.routers import DefaultRouter

from api.resources.chains import ChainViewSet, NodeViewSet
from api.resources.commitments import CommitmentViewSet
from api.resources.coverage import CoverageViewSet
from api.resources.enterprises import EnterpriseViewSet
from api.resources.events import EventViewSet
from api.resources.grids import GridViewSet, ResponsibilityViewSet
from api.resources.issues import IssueViewSet
from api.resources.lists import ListViewSet
from api.resources.obligations import ObligationViewSet
from api.resources.photos import PhotoViewSet
from api.resources.places import ParkViewSet, StationViewSet, UnionViewSet
from api.resources.planned import PlannedVisitViewSet
from api.resources.posts import AppointmentViewSet, PostViewSet
from api.resources.programs import DeliveryViewSet, ItemViewSet, PolicyViewSet
from api.resources.recusals import RecusalViewSet
from api.resources.register import RegisterViewSet
from api.resources.visits import ReportViewSet, VisitViewSet
from api.views import Nowhere, Root, SchemaView, docs

app_name = "api"


class Router(DefaultRouter):
    APIRootView = Root
    include_format_suffixes = False


RESOURCES = {
    "unions": UnionViewSet,
    "parks": ParkViewSet,
    "stations": StationViewSet,
    "posts": PostViewSet,
    "appointments": AppointmentViewSet,
    "chains": ChainViewSet,
    "nodes": NodeViewSet,
    "enterprises": EnterpriseViewSet,
    "register": RegisterViewSet,
    "grids": GridViewSet,
    "responsibilities": ResponsibilityViewSet,
    "recusals": RecusalViewSet,
    "lists": ListViewSet,
    "obligations": ObligationViewSet,
    "visits": VisitViewSet,
    "visit-reports": ReportViewSet,
    "contact-events": EventViewSet,
    "commitments": CommitmentViewSet,
    "planned-visits": PlannedVisitViewSet,
    "photos": PhotoViewSet,
    "issues": IssueViewSet,
    "items": ItemViewSet,
    "policies": PolicyViewSet,
    "deliveries": DeliveryViewSet,
    "coverage": CoverageViewSet,
}
router = Router()
for prefix, viewset in RESOURCES.items():
    router.register(prefix, viewset, basename=prefix)

urlpatterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    *router.urls,
    re_path("", Nowhere.as_view(), name="nowhere"),
]
