"""The page: who may connect, and what a real browser sees of it."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from tests.llm_planner.studio.conftest import until

from habilis.llm_planner.studio.browser.guard import check_reach, refusal
from habilis.llm_planner.studio.browser.page import Page
from habilis.llm_planner.studio.session import Session
from habilis.scripts.studio import panels

pytest.importorskip("viser")
from websockets.exceptions import ConnectionClosedError  # noqa: E402
from websockets.sync.client import connect  # noqa: E402
from websockets.typing import Origin, Subprotocol  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
OURS = {"Host": "localhost:8080", "Origin": "http://localhost:8080"}


@pytest.mark.parametrize(
    ("path", "headers", "token", "why"),
    [
        ("/", OURS, "", ""),
        ("/", {"Host": "127.0.0.1:8080"}, "", ""),
        ("/", {"Host": "[::1]:8080", "Origin": "http://[::1]:8080"}, "", ""),
        ("/", {"Host": "localhost"}, "", ""),
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


@pytest.mark.parametrize(
    ("host", "port", "why"),
    [
        ("127.0.0.1", 99999, "--port goes from 0 to 65535, got 99999"),
        ("192.0.2.1", 8080, r"nothing can listen at 192\.0\.2\.1 port 8080: "),
    ],
)
def test_where_nothing_can_listen_is_said(session: Session, host: str, port: int, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Page(session, panels(), host, port, "token")


def test_nobody_listens_to_others_without_a_token() -> None:
    check_reach("127.0.0.1", "")
    check_reach("0.0.0.0", "secret")
    with pytest.raises(ValueError, match="set a token"):
        check_reach("0.0.0.0", "")


@pytest.fixture
def page(session: Session) -> Iterator[Page]:
    session.clock.speed = 1.0
    made = Page(session, panels(), port=0, token="secret")
    made.view.shadows = False
    yield made
    made.close()


def knock(page: Page, token: str) -> bytes:
    """What a viewer that draws nothing is sent first; it goes again."""
    import viser

    plain = page.address.partition("?")[0]
    address = f"ws{plain.removeprefix('http')}{token}"
    protocol = Subprotocol(f"viser-v{viser.__version__}")
    with connect(address, subprotocols=[protocol], origin=Origin(plain.rstrip("/"))) as link:
        told = link.recv(timeout=60)
    assert isinstance(told, bytes)
    return told


def test_viewers_come_and_go_and_strangers_are_told_nothing(page: Page, session: Session) -> None:
    session.clock.play()
    assert knock(page, "secret")
    for token in ("", "secret2"):
        with pytest.raises(ConnectionClosedError, match="token is missing or wrong"):
            knock(page, token)
    here = session.moment.time
    assert knock(page, "secret")
    until(lambda: session.moment.time > here + 0.1)


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


@pytest.mark.slow
def test_a_browser_sees_scene_and_panels_and_steers_the_session(
    browser: Any, page: Page, session: Session
) -> None:
    tab = browser.new_page(viewport={"width": 1000, "height": 700})
    tab.set_default_timeout(300_000)  # pictures are drawn by the processor, which may be busy
    tab.goto(page.address)
    tab.wait_for_function("[...document.querySelectorAll('canvas')].some(c => c.width > 100)")

    def press(word: str) -> None:
        """Without waiting for pictures between, as a person would."""
        shown = tab.get_by_text(word, exact=True).first
        shown.wait_for(state="attached")
        shown.evaluate("one => one.click()")

    def turn_to(word: str) -> None:
        """A tab, which looks at the pointer."""
        tab.get_by_text(word, exact=True).first.click(force=True)

    for word in ("Act", "Ledger", "Teleop", "Edit", "View", "Plan and act"):
        tab.get_by_text(word, exact=True).first.wait_for(state="attached")
    until(lambda: page.viewers == 1, 300)
    press("Step")
    until(lambda: session.moment.time > 0, 300)
    turn_to("Ledger")
    tab.get_by_text("Contacts, those of now shaded").first.wait_for(state="attached")
    assert knock(page, "secret")  # another viewer comes and goes
    press("Play")
    until(lambda: session.moment.playing and session.moment.time > 0.3, 300)
    assert page.viewers == 1
    turn_to("Teleop")
    press("Take over")
    until(lambda: session.moment.acting == "teleoperation", 300)
    here = session.moment.tcp[2]
    for _ in range(5):
        press("Down")
    until(lambda: session.moment.tcp[2] < here - 0.03, 300)
    press("Let go")
    turn_to("Edit")
    press("Add to the table")
    until(lambda: [e.name for e in session.moment.scene.entities] == ["box", "box_2"], 300)
    press("Save")
    until(lambda: (session.out / "scenes" / "lift_the_box.yaml").is_file(), 300)
    tab.close()
    until(lambda: page.viewers == 0, 300)
