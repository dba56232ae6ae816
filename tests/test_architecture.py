"""The house's rules that no linter knows: rooms point downwards, every model says who sees it, time has one source."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from importlinter.cli import lint_imports

from crm.access.scope import Scope

ROOT = Path(__file__).resolve().parents[1]
OURS = ("api", "crm", "enterprises", "grids", "stations")

# Models without a scope, each with the reason why nobody lists its rows through `visible_to`.
WITHOUT_SCOPE = {
    "accounts.User": "accounts are the administrator's; nobody else lists them",
    "accounts.Person": "reached only through the posts that somebody may see",
    "core.JournalEntry": "read through the object that it is about",
    "core.CalendarDay": "public: the state's holidays",
    "core.Rule": "deadlines and defaults, the same for everybody who is signed in",
    "enterprises.NodeEdge": "an arrow between two nodes, read with their chain",
    "issues.IssueCategory": "a list of words",
    "notices.Feed": "a secret address; who knows it reads with the rights of its person",
    "notices.Preference": "how somebody wants to be told; asked for by that person alone",
    "notices.Robot": "a secret address; read by the sender, and in part by the station's chief on its page",
    "notices.TickDone": "what the night has done, read by the worker alone",
    "programs.ChecklistLine": "a line of a checklist, read with it",
    "stations.StationGrant": "the grants themselves; read by crm.access alone",
    "stations.UnionGrant": "the grants themselves; read by crm.access alone",
    "visits.PlanMark": "when an enterprise is planned again: read by the tick alone",
    "visits.ConfirmationLink": "the mark of a one-time secret; read through its visit by its service alone",
    "visits.Submission": "the mark of a report that was sent; read by its service alone",
}

# Of these, tables of words and figures that are the same for everybody: the web's side may read them as they are.
OPEN_TABLES = {"CalendarDay", "IssueCategory", "NodeEdge", "Rule"}

# Managers that the web's side may use as they are: (file, what is written there): reason.
RAW_MANAGERS = {
    (
        "crm/accounts/views.py",
        "User.objects.filter",
    ): "the demo's accounts, shown on the sign-in page in demo mode only",
    ("api/tokens.py", "get_token_model().objects.filter"): "finds whose token it is, before anybody is known",
    ("api/management/commands/api_token.py", "User.objects.filter"): "the operator's own command, on the server",
}

CLOCK = "crm/core/clock.py"
OTHER_CLOCKS = re.compile(
    r"(^|\.)((timezone\.(now|localdate|localtime))|(date|datetime)\.(today|now|utcnow)|time\.time|functions\.Now|Now)$"
)
SQL_CLOCKS = re.compile(
    r"\b(CURRENT_(DATE|TIME|TIMESTAMP)|LOCALTIME(STAMP)?)\b|\b(now|clock_timestamp|statement_timestamp)\(\)",
    re.IGNORECASE,
)


@cache
def layers() -> dict[str, int]:
    """{room: height}, from the import contract itself."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    names = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    # rooms beside each other stand on one line, with a bar between them
    return {room.strip(): height for height, line in enumerate(reversed(names)) for room in line.split("|")}


def modules(*roots: str) -> Iterator[tuple[str, ast.Module]]:
    """(path, tree) of every module under the roots."""
    for root in roots:
        for path in sorted((ROOT / root).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def test_import_contracts_hold() -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_every_app_has_a_layer() -> None:
    rooms = {config.name for config in apps.get_app_configs() if config.name.split(".")[0] in OURS}
    assert rooms - {"api"} == set(layers())


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if model.__module__.split(".")[0] in OURS]


def test_no_relation_points_up_through_the_rooms() -> None:
    heights = {model: layers()[apps.get_app_config(model._meta.app_label).name] for model in our_models()}
    up = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model, height in heights.items()
        for field in [*model._meta.local_fields, *model._meta.local_many_to_many]
        if field.is_relation and heights.get(field.related_model, -1) > height
    ]
    assert up == []


def test_every_model_says_who_may_see_it() -> None:
    # an automatic many-to-many table is seen with its owner
    shown = [model for model in our_models() if not model._meta.auto_created]
    without = {model._meta.label for model in shown if not isinstance(getattr(model, "scope", None), Scope)}
    assert without == set(WITHOUT_SCOPE)


def is_web_side(path: str) -> bool:
    """Whether a module belongs to the web's side or the API, which see rows only through `visible_to` and `allowing`."""
    parts = path.removesuffix(".py").split("/")
    return (
        parts[0] == "api" or bool({"views", "forms", "filters", "serializers"} & set(parts)) or path == "crm/shell.py"
    )


def raw_managers(tree: ast.Module) -> Iterator[str]:
    """Uses of a manager that are not at once narrowed to somebody's scope, and other ways around it."""
    narrowed = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"visible_to", "allowing", "none"}
    }
    outer = {id(node.value): node for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager", "_base_manager"}:
            if id(node) not in narrowed and ast.unparse(node.value) not in OPEN_TABLES:
                yield ast.unparse(outer.get(id(node), node))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("get_object_or_404", "get_list_or_404")):
            match node.args:
                case [ast.Name(id=name), *_] if name[:1].isupper():  # a model, not a queryset
                    yield ast.unparse(node)


def test_the_webs_side_lists_rows_by_scope_only() -> None:
    found = {(path, use) for path, tree in modules(*OURS) if is_web_side(path) for use in raw_managers(tree)}
    assert found == set(RAW_MANAGERS)


@pytest.mark.parametrize(
    ("code", "caught"),
    [
        ("Visit.objects.visible_to(user).filter(a=1)", []),
        ("Visit.objects.none()", []),
        ("Rule.objects.filter(code='x')", []),
        ("Visit.objects.all()", ["Visit.objects.all"]),
        ("Choice(queryset=Visit.objects)", ["Visit.objects"]),
        ("Visit._default_manager.get(pk=1)", ["Visit._default_manager.get"]),
        ("get_object_or_404(Visit, pk=1)", ["get_object_or_404(Visit, pk=1)"]),
        ("get_object_or_404(Visit.objects.visible_to(user), pk=1)", []),
    ],
)
def test_a_raw_manager_is_seen(code: str, caught: list[str]) -> None:
    assert list(raw_managers(ast.parse(code))) == caught


def other_clocks(tree: ast.Module, *, sql: bool = True) -> Iterator[str]:
    """Places that ask another clock than ours: calls, automatic fields, SQL."""
    spoken = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        if isinstance(node, (ast.Attribute, ast.Name)) and OTHER_CLOCKS.search(name := ast.unparse(node)):
            yield name
        elif isinstance(node, ast.keyword) and node.arg in {"auto_now", "auto_now_add"}:
            yield node.arg
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and sql and id(node) not in spoken:
            yield from (match[0] for match in SQL_CLOCKS.finditer(node.value))


def test_all_time_comes_from_the_clock() -> None:
    found = [f"{path}: {use}" for path, tree in modules(*OURS) if path != CLOCK for use in other_clocks(tree)]
    # tests may speak of SQL's clocks, but must not live by another one either
    found += [f"{path}: {use}" for path, tree in modules("tests") for use in other_clocks(tree, sql=False)]
    templates = [
        path for root in OURS for path in (ROOT / root).rglob("templates/**/*.*") if "{% now" in path.read_text()
    ]
    assert found + templates == []


@pytest.mark.parametrize(
    ("code", "caught"),
    [
        ("dt.date.today()", "dt.date.today"),
        ("timezone.now()", "timezone.now"),
        ("datetime.now(ZONE)", "datetime.now"),
        ("DateTimeField(auto_now_add=True)", "auto_now_add"),
        ("Coalesce('x', Now())", "Now"),
        ("cursor.execute('SELECT 1 WHERE day < current_date')", "current_date"),
        ("RunSQL('UPDATE visit SET at = now()')", "now()"),
    ],
)
def test_another_clock_is_seen(code: str, caught: str) -> None:
    assert list(other_clocks(ast.parse(code))) == [caught]


def test_our_clock_is_no_other_clock() -> None:
    assert list(other_clocks(ast.parse("clock.now(); clock.today(); time.monotonic()"))) == []
