"""One browser for the module, one console for the session. No Chromium: skip on a laptop, fail in CI."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.console.serving import make_desk, served

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# Of the module and no longer: while Playwright runs, its event loop is this thread's, and no other test could start one.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        reason = "no `chromium` here: apt-get install chromium"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def desk(tmp_path_factory):
    return make_desk(tmp_path_factory.mktemp("console"))


@pytest.fixture(scope="session")
def console(desk) -> Iterator[str]:
    with served(desk) as address:
        yield address
