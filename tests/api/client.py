"""An API client of the tests: JSON in and out, with a real token."""

import json
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from knox.models import AuthToken

from crm.accounts.models import User

ROOT = "/api/v1/"


class Api:
    """Speaks as a user by a token of their own; without a user, as nobody."""

    def __init__(self, user: User | None = None) -> None:
        self.headers = {"Accept-Language": "zh-hans"}
        if user is not None:
            _row, token = AuthToken.objects.create(user=user)
            self.headers["Authorization"] = f"Token {token}"
        self.client = Client(headers=self.headers)

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(_address(path), query)

    def post(self, path: str, body: Any) -> Any:
        return self.client.post(_address(path), json.dumps(body, default=str), content_type="application/json")

    def patch(self, path: str, body: Any) -> Any:
        return self.client.patch(_address(path), json.dumps(body, default=str), content_type="application/json")

    def ids(self, path: str, **query: Any) -> list[int]:
        """Ids of all rows of a list, over all pages."""
        response = self.get(path, **query)
        assert response.status_code == 200, (path, response.status_code, response.content.decode())
        found = [row["id"] for row in response.json()["results"]]
        while response.json()["next"]:
            response = self.client.get(response.json()["next"])
            found += [row["id"] for row in response.json()["results"]]
            assert len(found) == len(set(found)), f"{path} gives a row twice"
        return found

    def queries(self, path: str, **query: Any) -> int:
        """Queries of one reading."""
        with CaptureQueriesContext(connection) as captured:
            response = self.get(path, **query)
        assert response.status_code == 200, response.content.decode()
        return len(captured)


def _address(path: str) -> str:
    return path if path.startswith("/") else ROOT + path


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The body of a problem, after checking its status, code and content type."""
    assert response.status_code == status, (response.status_code, response.content.decode())
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert (body["type"], body["status"]) == (f"urn:lianlian:problem:{code}", status)
    return body
