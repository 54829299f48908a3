"""What the tests in a browser share: the browser, its tabs, and a server for what the page does by itself."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from fake_server import FakeServer
from page import Page, open_browser
from selenium.webdriver import Chrome

KEY = "0123456789abcdef0123456789abcdef"
OpenPage = Callable[[str], Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chrome]:
    """Returns one browser for all tests; without one they are skipped, but never in CI."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (program and driver):
        reason = "no chromium and chromedriver here (Debian: apt-get install chromium chromium-driver)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    browser = open_browser(program, driver)
    yield browser
    browser.quit()


@pytest.fixture
def open_page(chromium: Chrome) -> Iterator[OpenPage]:
    """Returns a function that opens a page in a tab of its own; the tabs are closed after the test."""
    first = chromium.current_window_handle
    chromium.delete_all_cookies()
    chromium.get_log("browser")  # what is in there is of other tests

    def open_page(url: str) -> Page:
        chromium.switch_to.new_window("tab")
        page = Page(chromium, chromium.current_window_handle)
        page.open(url)
        return page

    yield open_page
    for handle in chromium.window_handles:
        if handle != first:
            chromium.switch_to.window(handle)
            chromium.close()
    chromium.switch_to.window(first)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """Returns a server with a session of objects that the test changes."""
    server = FakeServer(KEY)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def show(server: FakeServer, open_page: OpenPage) -> Callable[..., Page]:
    """Returns a function that opens a page with a body, for an app object with fields."""

    def show(body: str, **fields: object) -> Page:
        server.pages["index.html"] = f'<!doctype html><script src="/luahost.js"></script><body>{body}'
        server.objects[1].update(fields)
        page = open_page(server.url)
        page.wait_state("connected")
        return page

    return show
