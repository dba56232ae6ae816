"""A real browser on a real server, in Chinese, on a wide screen or a phone."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import measure
from tests.selection import chromium

# Playwright's loop runs in this thread, and builders of worlds ask the database from it
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
WIDE, PHONE = (1440, 900), (390, 844)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        program = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield program
        program.close()


@pytest.fixture
def measured(settings: Any) -> None:
    """Before the server is made: its middleware is read once."""
    settings.MIDDLEWARE = ["tests.browser.measure.Measure", *settings.MIDDLEWARE]
    measure.SEEN.clear()


@pytest.fixture
def server(transactional_db: None, measured: None, request: pytest.FixtureRequest) -> str:
    """The address of the server; what its requests took is in `measure.SEEN`."""
    return str(request.getfixturevalue("live_server").url)


class Visitor:
    """Somebody at a screen: every complaint of the browser is kept, every page looked at for overflow."""

    def __init__(self, page: Page, url: str, name: str) -> None:
        self.page, self.url, self.name = page, url, name
        self.complaints: list[str] = []
        page.set_default_timeout(15_000)
        page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("load", lambda _: self._look())
        self.shots = 0

    def _look(self) -> None:
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        try:
            over = self.page.evaluate(wider)
        except Exception:  # the page has gone on meanwhile
            return
        if over > 0:
            self.complaints.append(f"{self.page.url} is {over} px too wide")

    def sign_in(self, username: str, password: str) -> None:
        """The only address typed."""
        self.page.goto(self.url)
        self.page.get_by_label("用户名").fill(username)
        self.page.get_by_label("密码").fill(password)
        self.page.get_by_role("button", name="登录", exact=True).click()
        self.page.get_by_role("button", name="退出").wait_for()

    def link(self, name: str, **more: Any) -> None:
        self.page.get_by_role("link", name=name, **more).first.click()

    def button(self, name: str, **more: Any) -> None:
        self.page.get_by_role("button", name=name, **more).first.click()

    def menu(self, name: str) -> None:
        self.page.get_by_role("navigation", name="菜单").get_by_role("link", name=name, exact=True).click()

    def told(self, words: str) -> None:
        self.page.locator(".msgs", has_text=words).wait_for()

    def shot(self, name: str) -> None:
        folder = os.environ.get("LIANLIAN_SHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{folder}/{self.name}-{name}.png", full_page=True)


@pytest.fixture
def visitor(browser: Browser, server: str) -> Iterator[Callable[..., Visitor]]:
    """`visitor(name, screen)`: a new person with a browser of their own."""
    contexts, people = [], []

    def come(name: str, screen: tuple[int, int] = WIDE) -> Visitor:
        context = browser.new_context(viewport={"width": screen[0], "height": screen[1]}, locale="zh-CN")
        contexts.append(context)
        people.append(Visitor(context.new_page(), server, name))
        return people[-1]

    yield come
    complaints = [f"{person.name}: {words}" for person in people for words in person.complaints]
    for context in contexts:
        context.close()
    assert complaints == []
