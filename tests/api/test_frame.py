"""The frame: problems, cursors, tokens, schema, documentation."""

import io
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from knox.models import AuthToken

from api.pagination import _read, _write
from api.problems import as_problem
from api.resources.visits import VisitViewSet
from crm.core.models import JournalEntry
from stations.services import end_appointment
from tests import build
from tests.api.client import Api, problem

pytestmark = pytest.mark.django_db


def test_a_problem_names_fields_in_the_users_language() -> None:
    world = build.world()
    api = Api(world.chief)
    body = problem(api.post("visits/", {"enterprise": world.enterprises[0].pk, "colour": 1}), 400, "invalid")
    assert body["title"] == "请求内容有误"
    assert body["errors"] == {"colour": ["没有这个字段。"]}
    body = problem(api.post("visits/", {"enterprise": world.enterprises[0].pk}), 400, "invalid")
    assert set(body["errors"]) == {"client_uuid", "visited_on", "outcome"}
    response = api.client.get("/api/v1/visits/?page_size=0", headers={"Accept-Language": "en"})
    assert problem(response, 400, "invalid")["errors"] == {"page_size": ["A page holds 1 to 200 rows."]}


def test_a_services_conflict_is_409_and_its_general_words_are_kept() -> None:
    conflict = ValidationError({"version": [ValidationError("moved", code="conflict")]})
    response = as_problem(conflict, {})
    assert response is not None
    assert (response.status_code, response.data["errors"]) == (409, {"version": ["moved"]})
    response = as_problem(ValidationError(["no"]), {})
    assert response is not None
    assert (response.status_code, response.data["errors"]) == (400, {"general": ["no"]})
    assert as_problem(ZeroDivisionError(), {}) is None


@pytest.mark.parametrize(
    "header", ["Token", "Token a b", "Token \xff\xfe", "Token zz", f"Token {'0' * 64}", "Bearer x"]
)
def test_what_is_no_token_is_refused(header: str) -> None:
    response = Client(headers={"Authorization": header}).get("/api/v1/visits/")
    problem(response, 401, "not-authenticated")
    assert response["WWW-Authenticate"] == "Token"


def test_a_closed_account_and_an_ended_post_open_nothing() -> None:
    world = build.world()
    api = Api(world.consumer)
    assert api.get("visits/").status_code == 200
    appointment = world.posts["consumer"].appointments.get()
    end_appointment(actor=world.leader, appointment=appointment, on=build.days_ago(0))
    problem(api.get("visits/"), 403, "forbidden")
    world.consumer.is_active = False
    world.consumer.save(update_fields=["is_active"])
    problem(api.get("visits/"), 401, "not-authenticated")


def test_too_much_is_refused_unread(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    problem(Api(build.world().chief).post("visits/", {"notes": "长" * 100}), 413, "too-large")


def test_a_page_stays_while_rows_come_and_go() -> None:
    world = build.world()
    api, post = Api(world.chief), world.posts["officer0"]
    visits = [build.visit(world.enterprises[n % 4], post, build.days_ago(n // 4)) for n in range(8)]
    newest_first = [row.pk for row in sorted(visits, key=lambda row: (row.visited_on, row.pk), reverse=True)]
    first = api.get("visits/", page_size=3).json()
    assert [row["id"] for row in first["results"]] == newest_first[:3]
    # on the day of the page's end: one comes before, one after, the last one seen goes
    build.visit(world.enterprises[0], post, build.days_ago(0))
    visits[1].delete()
    second = api.client.get(first["next"]).json()
    assert [row["id"] for row in second["results"]] == [pk for pk in newest_first[3:] if pk != visits[1].pk][:3]
    assert api.ids("visits/", page_size=2) == api.ids("visits/", page_size=200)


def test_the_last_page_has_no_next() -> None:
    world = build.world()
    assert Api(world.chief).get("enterprises/", page_size=8).json()["next"] is None
    assert Api(world.chief).get("enterprises/", page_size=7).json()["next"] is not None


@pytest.mark.parametrize(
    "cursor", ["x", "WzFd", "é", "bnVsbA", _write([1]), _write(["2026-01-01", -1]), _write(["x", 1])]
)
def test_a_cursor_of_ones_own_making_is_refused(cursor: str) -> None:
    body = problem(Api(build.world().chief).get("visits/", cursor=cursor), 400, "invalid")
    assert set(body["errors"]) == {"cursor"}


def test_a_cursor_reads_what_it_wrote() -> None:
    keys = ("-visited_on", "-pk")
    assert _read(_write([build.days_ago(3), 17]), keys) == [build.days_ago(3), 17]


def test_an_unknown_parameter_is_refused() -> None:
    body = problem(Api(build.world().chief).get("visits/", statoin=1), 400, "invalid")
    assert body["errors"] == {"statoin": ["没有这个参数。"]}


def test_the_schema_has_no_warnings() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=io.StringIO())


def test_schema_and_documentation_are_for_those_signed_in(client: Client) -> None:
    world = build.world()
    assert client.get("/api/v1/docs/")["Location"] == "/login/?next=/api/v1/docs/"
    problem(client.get("/api/v1/schema/"), 401, "not-authenticated")
    client.force_login(world.outsider)
    schema = client.get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()
    assert "/api/v1/visits/" in schema["paths"]
    assert "/api/v1/nowhere/" not in schema["paths"]
    page = client.get("/api/v1/docs/")
    html = page.content.decode()
    assert "unsafe" not in page["Content-Security-Policy"]
    assert html.count("<script ") == html.count("<script") == html.count("src=") == 2  # nothing inline
    assert "<style" not in html
    assert "style=" not in html
    for path in ("api/docs.js", "drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"):
        response = client.get(f"/static/{path}")
        assert response.status_code == 200
        response.close()


def test_a_session_writes_only_with_its_csrf_token() -> None:
    world = build.world()
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.chief)
    assert client.get("/api/v1/visits/").status_code == 200
    problem(client.post("/api/v1/visits/", "{}", content_type="application/json"), 403, "forbidden")


def test_the_command_makes_a_token_for_another_system_only() -> None:
    world = build.world()
    person = world.consumer.person
    assert person is not None
    with pytest.raises(CommandError, match="no open account of another system"):
        call_command("api_token", world.consumer.username)
    person.is_service = True
    person.save()
    out = io.StringIO()
    call_command("api_token", world.consumer.username, stdout=out, stderr=io.StringIO())
    token = out.getvalue().strip()
    stored = AuthToken.objects.get()
    assert token not in (stored.digest, stored.token_key)
    assert JournalEntry.objects.get(verb="issue_token").object_id == world.consumer.pk
    headers = {"Authorization": f"Token {token}"}
    assert Client(headers=headers).get("/api/v1/stations/").status_code == 200
    call_command("api_token", world.consumer.username, "--revoke", stdout=io.StringIO())
    assert Client(headers=headers).get("/api/v1/stations/").status_code == 401
    appointment = world.posts["consumer"].appointments.get()
    end_appointment(actor=world.leader, appointment=appointment, on=build.days_ago(0))
    with pytest.raises(CommandError, match="no API consumer's post"):
        call_command("api_token", world.consumer.username)
    with pytest.raises(CommandError, match="no account"):
        call_command("api_token", "nobody")


def test_other_methods_are_told_which_there_are() -> None:
    api = Api(build.world().chief)
    for response in (api.client.options("/api/v1/visits/"), api.client.delete("/api/v1/visits/")):
        problem(response, 405, "method-not-allowed")
        assert response["Allow"] == "GET, HEAD, POST"


def test_an_action_without_a_declared_right_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api(build.world().chief)
    assert api.get("visits/").status_code == 200
    monkeypatch.setattr(VisitViewSet, "action_rights", {})
    problem(api.get("visits/"), 403, "forbidden")
