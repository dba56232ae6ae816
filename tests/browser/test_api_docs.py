"""The API's documentation is drawn out of our own files under the strict rules of the site, and an operation can be tried."""

from collections.abc import Callable

import pytest

from tests import build
from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser


def test_swagger_ui_draws_every_operation_and_asks_the_api(visitor: Callable[..., Visitor]) -> None:
    world = build.world()
    reader = visitor("reader")
    reader.sign_in(world.chief.username, "a long enough password")
    reader.page.goto(f"{reader.url}/api/v1/docs/")
    reader.page.locator(".opblock").first.wait_for()
    assert reader.page.locator(".opblock").count() > 45
    reader.page.locator("#operations-stations-stations_list .opblock-summary-control").click()
    reader.button("Try it out")
    reader.button("Execute")
    reader.page.locator(".live-responses-table .highlight-code", has_text=world.station.name).first.wait_for()
    reader.shot("api-docs")
