"""A middleware for browser tests: how many queries and how much server time each request took."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

SEEN: list["Taken"] = []


@dataclass(frozen=True)
class Taken:
    method: str
    path: str
    queries: int
    milliseconds: float


class Measure:
    """Stands outermost, so that session and account count too; files are not pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        count = 0

        def counting(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal count
            count += not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))
            return execute(sql, params, many, context)

        begun = time.perf_counter()
        with connection.execute_wrapper(counting):
            response = self.get_response(request)
        if not request.path.startswith("/static/"):
            SEEN.append(Taken(request.method or "", request.path, count, (time.perf_counter() - begun) * 1000))
        return response
