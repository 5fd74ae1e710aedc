"""The page: who may connect, and what a real browser sees of it."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.llm_planner.studio.conftest import until

from habilis.assets.scene.things import Scene
from habilis.llm_planner.studio.guard import check_reach, refusal
from habilis.llm_planner.studio.session import Session

pytest.importorskip("viser")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
OURS = {"Host": "localhost:8080", "Origin": "http://localhost:8080"}


@pytest.mark.parametrize(
    ("path", "headers", "token", "why"),
    [
        ("/", OURS, "", ""),
        ("/", {"Host": "127.0.0.1:8080"}, "", ""),
        ("/", {**OURS, "Origin": "https://elsewhere.example"}, "", "it comes from a page of"),
        ("/", {"Host": "a.example", "Origin": "http://a.example"}, "", "not loopback"),
        ("/", {}, "", "not loopback"),
        ("/secret", {"Host": "robot:8080"}, "secret", ""),
        ("/secret?x", {"Host": "robot:8080"}, "secret", ""),
        ("/", OURS, "secret", "token is missing or wrong"),
        ("/secret2", OURS, "secret", "token is missing or wrong"),
    ],
)
def test_who_is_let_in(path: str, headers: dict[str, str], token: str, why: str) -> None:
    found = refusal(path, headers, token)
    assert (why in found) if why else found == ""


def test_nobody_listens_to_others_without_a_token() -> None:
    check_reach("127.0.0.1", "")
    check_reach("0.0.0.0", "secret")
    with pytest.raises(ValueError, match="set a token"):
        check_reach("0.0.0.0", "")


@pytest.fixture
def browser() -> Any:
    if not CHROMIUM:
        pytest.skip("there is no Chromium here")
    api = pytest.importorskip("playwright.sync_api")
    software = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    with api.sync_playwright() as play:
        made = play.chromium.launch(executable_path=CHROMIUM, args=software)
        yield made
        made.close()


def look(browser: Any, address: str) -> Any:
    """A viewer of a page, small as its pictures are drawn by the processor."""
    page = browser.new_page(viewport={"width": 480, "height": 640})
    page.set_default_timeout(120_000)
    page.goto(address)
    page.wait_for_function("[...document.querySelectorAll('canvas')].some(c => c.width > 100)")
    page.get_by_text("habilis studio").first.wait_for()
    return page


@pytest.mark.slow
def test_a_browser_sees_scene_and_panels_and_steers_the_session(
    browser: Any, session: Session, scene: Scene, tmp_path: Path
) -> None:
    from habilis.llm_planner.studio.page import Page
    from habilis.scripts.studio import panels

    session.clock.speed = 1.0
    page = Page(session, panels(), port=0, token="secret")
    try:
        first = look(browser, page.address)
        for word in ("Act", "Ledger", "Teleop", "Edit", "View", "Plan and act"):
            first.get_by_text(word, exact=True).first.wait_for(state="attached")
        assert scene.instruction in [box.input_value() for box in first.locator("input").all()]
        first.get_by_text("Step", exact=True).first.click()
        until(lambda: session.moment.time > 0)
        second = look(browser, page.address)
        until(lambda: page.viewers == 2)
        second.get_by_text("Ledger", exact=True).first.click()
        second.get_by_text("lifted(box, 0.05)").first.wait_for()
        first.close()
        until(lambda: page.viewers == 1)
        second.get_by_text("Play", exact=True).first.click()
        until(lambda: session.moment.playing and session.moment.time > 0.5)
        stranger = browser.new_page()
        stranger.goto(page.address.partition("?")[0])
        stranger.wait_for_timeout(1000)
        assert page.viewers == 1
    finally:
        page.close()
