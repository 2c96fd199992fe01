"""The explorer in JupyterLab, in headless Chromium: moved by mouse and by typing, its answers read from the page.

The seconds of each answer are printed (pytest -s) and stored in build/explorer_seconds.json; they fail no test.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
CELL = "import optkommunen as ok\nok.explore(ok.load_returns())"
PICTURE = ".jp-OutputArea-output .widget-html img[alt], .jp-OutputArea-output .jupyter-widgets img[alt]"
WATCH = """
window.started = 0; window.answered = 0;
for (const event of ["pointerdown", "mousedown", "keydown", "input", "change"])
  document.addEventListener(event, () => { window.started = performance.now(); }, true);
new MutationObserver(changes => {
  for (const change of changes) for (const node of change.addedNodes)
    if (node.querySelector && (node.matches("img[alt]") || node.querySelector("img[alt]")))
      window.answered = performance.now();
}).observe(document.body, {childList: true, subtree: true});
"""
SECONDS = "return window.answered > window.started ? (window.answered - window.started) / 1000 : null"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Address of a JupyterLab of its own, with one notebook."""
    home = tmp_path_factory.mktemp("lab")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, home / "look.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    news = home / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    news.parent.mkdir(parents=True)
    news.write_text('{"fetchNews": "false"}')  # else a question stands in front of the notebook
    settings = {
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "IPYTHONDIR": "ipython",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_RUNTIME_DIR": "run",
        "HOME": "home",
    }
    env = {key: value for key, value in os.environ.items() if key != "OPTKOMMUNEN_STATIC"}
    env |= {key: str(home / folder) for key, folder in settings.items()} | {"PYTHONPATH": str(ROOT)}
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0", "--IdentityProvider.token=", f"--ServerApp.root_dir={home}",
        "--LabApp.expose_app_in_browser=True",
    ]  # fmt: skip
    with (home / "log.txt").open("w") as log, subprocess.Popen(command, env=env, stdout=log, stderr=log) as server:
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(lambda: urllib.request.urlopen(f"{address}/api/status", timeout=2).status == 200, 60)
            yield address
        finally:
            server.terminate()


def wait_for(found, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(Exception):
            answer = found()
            if answer:
                return answer
        time.sleep(0.1)
    raise AssertionError(f"no answer in {seconds} seconds")


@pytest.fixture(scope="module")
def panel(browser, lab):
    """The browser with the notebook run and the first picture there."""
    metrics = {"width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get(f"{lab}/lab/tree/look.ipynb?reset")
    wait_for(lambda: browser.execute_script("return document.body.innerText.includes('| Idle')"), 90)
    browser.execute_script("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    wait_for(lambda: picture(browser), 90)
    browser.execute_script(WATCH)
    return browser


def picture(browser):
    """Alternative text of the picture that is seen."""
    script = f"return [...document.querySelectorAll({PICTURE!r})].filter(i => i.offsetParent).map(i => i.alt)[0]"
    return browser.execute_script(script)


def answer(browser, act, name):
    """Do something, wait for a new picture and note how long the page took."""
    before = picture(browser)
    browser.execute_script("window.answered = 0")
    act()
    wait_for(lambda: browser.execute_script(SECONDS) is not None and picture(browser) not in (None, before), 30)
    seconds = browser.execute_script(SECONDS)
    store = ROOT / "build" / "explorer_seconds.json"
    store.parent.mkdir(exist_ok=True)
    known = json.loads(store.read_text()) if store.is_file() else {}
    store.write_text(json.dumps(known | {name: round(seconds, 3)}, indent=1) + "\n")
    print(f"{name}: {seconds:.3f} s")
    return picture(browser)


def tab(browser, name):
    from selenium.webdriver.common.by import By

    tabs = browser.find_elements(By.CSS_SELECTOR, ".jupyter-widget-tab .lm-TabBar-tab")
    return next(each for each in tabs if each.text.strip() == name)


def test_tabs_are_opened_by_mouse(panel):
    seen = [picture(panel)]
    for name in ("Funnel", "Ranks", "Development", "Position"):
        if name == "Position":
            tab(panel, name).click()
            wait_for(lambda: picture(panel) == seen[0])
        else:
            seen.append(answer(panel, lambda name=name: tab(panel, name).click(), name.lower()))
    assert len(set(seen)) == 4


def test_a_municipality_is_found_by_typing(panel):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    tab(panel, "Position").click()
    field = panel.find_element(By.CSS_SELECTOR, ".widget-combobox input, .jupyter-widgets input[list]")

    def typed():
        field.send_keys("Musterkommune 05")
        field.send_keys(Keys.TAB)

    found = answer(panel, typed, "position of one, typed")
    assert found
    panel.get_screenshot_as_file(str(ROOT / "build" / "explorer.png"))


def test_the_indicator_is_chosen_and_table_and_code_stand_beside(panel):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import Select

    tab(panel, "Position").click()
    first = Select(panel.find_elements(By.CSS_SELECTOR, ".jupyter-widgets select")[0])
    label = next(option.text for option in first.options if option.text.startswith("Aktivierungsquote"))
    assert label.split(" (")[0] in answer(panel, lambda: first.select_by_visible_text(label), "another indicator")
    buttons = {each.text: each for each in panel.find_elements(By.CSS_SELECTOR, ".widget-toggle-button")}
    buttons["Table"].click()
    wait_for(lambda: panel.find_elements(By.CSS_SELECTOR, ".jupyter-widgets table"))
    buttons["Code"].click()
    wait_for(lambda: "ok.compare(table)" in panel.find_element(By.CSS_SELECTOR, ".jupyter-widgets pre").text)
    buttons["Figure"].click()
    wait_for(lambda: picture(panel))
