"""A page in a real browser: what a person sees and does, and waiting for it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome, ChromeOptions, ChromeService, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.waiting import wait_for

DEADLINE_S = 15.0
# Chromium's own sandbox needs rights that containers don't have; its shared memory is too small there.
ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars")


def open_browser(chromium: str, driver: str) -> Chrome:
    """Starts a browser without a window."""
    options = ChromeOptions()
    options.binary_location = chromium
    for argument in (*ARGUMENTS, "--window-size=1100,760"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return Chrome(options=options, service=ChromeService(driver))


class Page:
    """One tab. Elements are named by CSS selectors; what isn't there yet is waited for."""

    def __init__(self, browser: Chrome, handle: str) -> None:
        self.browser = browser
        self.handle = handle

    def open(self, url: str) -> None:
        """Goes to an address."""
        self._turn_to().get(url)

    def run(self, script: str, *arguments: Any) -> Any:
        """Returns what JavaScript answers."""
        return self._turn_to().execute_script(script, *arguments)

    def wait(self, condition: Callable[[], Any], what: str) -> Any:
        """Waits until a condition answers something true, and returns that."""

        def answer() -> Any:
            with suppress(StaleElementReferenceException):
                return condition()

        try:
            return wait_for(answer, what, timeout_s=DEADLINE_S)
        except AssertionError as error:
            raise AssertionError(f"{error}; the page shows: {self.run(PAGE_TEXT)}") from None

    def element(self, selector: str) -> WebElement:
        """Returns the first element."""
        find = self._turn_to().find_elements
        return self.wait(lambda: next(iter(find(By.CSS_SELECTOR, selector)), None), f"an element {selector}")

    def texts(self, selector: str) -> list[str]:
        """Returns the texts of all elements."""
        return self.run(TEXTS, selector)

    def wait_texts(self, selector: str, texts: list[str]) -> None:
        """Waits until the elements have these texts."""
        self.wait(lambda: self.texts(selector) == texts, f"{selector} = {texts}")

    def wait_text(self, selector: str, text: str) -> None:
        """Waits until an element shows a text, among others."""
        self.wait(lambda: any(text in shown for shown in self.texts(selector)), f"{text!r} in {selector}")

    def value(self, selector: str) -> str:
        """Returns what stands in an input."""
        return str(self.element(selector).get_property("value"))

    def wait_value(self, selector: str, value: str) -> None:
        """Waits until an input shows a value."""
        self.wait(lambda: self.value(selector) == value, f"{selector} holding {value!r}")

    def wait_gone(self, selector: str) -> None:
        """Waits until there is no such element."""
        find = self._turn_to().find_elements
        self.wait(lambda: not find(By.CSS_SELECTOR, selector), f"no {selector}")

    def wait_state(self, state: str) -> None:
        """Waits until the page says that it is connected, or waiting."""
        self.wait(lambda: self.run("return document.documentElement.dataset.luahost") == state, f"state {state}")

    def click(self, selector: str) -> None:
        """Clicks on an element."""
        self.element(selector).click()

    def type(self, selector: str, text: str) -> None:
        """Types at the end of an input, without leaving it."""
        self.element(selector).send_keys(text)

    def fill(self, selector: str, text: str) -> None:
        """Types a text in place of what is in an input."""
        self.element(selector).send_keys(Keys.CONTROL, "a")
        self.element(selector).send_keys(text)

    @property
    def focused(self) -> str:
        """Returns the path that the focused element is bound to."""
        return str(self.run("return document.activeElement.getAttribute('ui-value')"))

    def shoot(self, path: Path, *, width: int = 1000, height: int = 700, dark: bool = False) -> int:
        """Writes a screenshot of the top of the page; returns how wide the page is."""
        path.parent.mkdir(parents=True, exist_ok=True)
        browser = self._turn_to()
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        browser.execute_script("scrollTo(0, 0)")
        browser.save_screenshot(str(path))
        shown_width: int = browser.execute_script("return document.documentElement.scrollWidth")
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        return shown_width

    def _turn_to(self) -> Chrome:
        self.browser.switch_to.window(self.handle)
        return self.browser


TEXTS = "return [...document.querySelectorAll(arguments[0])].map((element) => element.textContent.trim())"
PAGE_TEXT = "return document.documentElement.dataset.luahost + ': ' + document.body.innerText.slice(0, 2000)"
