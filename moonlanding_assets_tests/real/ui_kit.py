"""What a person does with the Dagster UI: looks at pages, presses buttons, waits for runs.

Holds no test and starts no server.
"""

import json
import re
import threading
import urllib.request
from collections.abc import Callable
from functools import partial
from typing import Any

from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import (
    element_to_be_clickable,
    number_of_windows_to_be,
    presence_of_element_located,
)
from selenium.webdriver.support.wait import WebDriverWait

SHOWN_SECONDS = 60
END_SECONDS = 400


def having(*words: str) -> Callable[[WebDriver], str | bool]:
    """What WebDriverWait asks: the text of the page if it has all the words."""

    def text_with_words(driver: WebDriver) -> str | bool:
        text = driver.find_element(By.TAG_NAME, "body").text
        return text if all(word in text for word in words) else False

    return text_with_words


def shown(page: WebDriver, address: str, *words: str) -> str:
    """The text of the page once it has all the words."""
    page.get(address)
    try:
        return str(WebDriverWait(page, SHOWN_SECONDS).until(having(*words)))
    except Exception as error:
        text = page.find_element(By.TAG_NAME, "body").text
        raise AssertionError(f"{address} lacks some of {words}:\n{text}") from error


def asked(address: str, query: str, **variables: object) -> dict[str, Any]:
    """The answer to a GraphQL query."""
    request = urllib.request.Request(
        f"{address}/graphql",
        data=json.dumps({"query": query, "variables": variables}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return dict(json.loads(answer.read())["data"])


LAUNCH = """mutation ($chosen: ExecutionParams!) {
  launchPipelineExecution(executionParams: $chosen) { ... on LaunchRunSuccess { run { runId } } }
}"""

ENDED = """query ($run: ID!) {
  runOrError(runId: $run) { ... on Run { status } }
  logsForRun(runId: $run) { ... on EventConnection { events {
    ... on ExecutionStepFailureEvent { error { message errorChain { error { message } } } }
    ... on RunFailureEvent { error { message errorChain { error { message } } } } } } }
}"""


def causes(ended: dict[str, Any]) -> str:
    """What the steps that failed said, with what was behind it."""
    errors = [event["error"] for event in ended["logsForRun"]["events"] if event.get("error")]
    chain = [one["error"]["message"] for error in errors for one in error["errorChain"]]
    return "\n".join([*(error["message"] for error in errors), *chain])


def launched(
    address: str, chosen: dict[str, object], partition: str | None, **given: object
) -> dict[str, Any]:
    """Launch a run of a part of the assets, as the UI does, and wait for its end."""
    ended = end_of(address, launch(address, chosen, partition, **given))
    return launched(address, chosen, partition, **given) if was_early(ended) else ended


def was_early(ended: dict[str, Any]) -> bool:
    """Whether a run was refused because the one before still goes away."""
    return ended["runOrError"]["status"] == "FAILURE" and "migrating into it" in causes(ended)


def launch(address: str, chosen: dict[str, object], partition: str | None, **given: object) -> str:
    """Launch a run; its id."""
    place = {"repositoryLocationName": "moonlanding_assets", "repositoryName": "__repository__"}
    tags = [] if partition is None else [{"key": "dagster/partition", "value": partition}]
    answer = asked(
        address,
        LAUNCH,
        chosen={
            "selector": {"jobName": "__ASSET_JOB", **place, **chosen},
            "mode": "default",
            "executionMetadata": {"tags": tags},
            **given,
        },
    )
    return str(answer["launchPipelineExecution"]["run"]["runId"])


def end_of(address: str, run: str) -> dict[str, Any]:
    """How a run ended, when it has."""
    pause = threading.Event()
    for _ in range(END_SECONDS * 2):
        ended = asked(address, ENDED, run=run)
        if ended["runOrError"]["status"] in ("SUCCESS", "FAILURE"):
            return ended
        pause.wait(0.5)
    raise AssertionError(f"the run {run} does not end")


def newest_run(address: str) -> str:
    answer = asked(address, "{ runsOrError(limit: 1) { ... on Runs { results { runId } } } }")
    return str(answer["runsOrError"]["results"][0]["runId"])


def clicked(page: WebDriver, text: str) -> None:
    """Press the button that begins so, once it can be pressed."""
    button = f"//button[starts-with(normalize-space(.), '{text}')][not(@disabled)]"
    WebDriverWait(page, SHOWN_SECONDS).until(element_to_be_clickable((By.XPATH, button))).click()


def launched_by_mouse(
    page: WebDriver, address: str, act: Callable[[WebDriver, str], None]
) -> dict[str, Any]:
    """Launch a run as a person does; how it ended."""
    before = newest_run(address)
    act(page, address)
    WebDriverWait(page, SHOWN_SECONDS).until_not(partial(is_newest_run, address, before))
    ended = end_of(address, newest_run(address))
    return launched_by_mouse(page, address, act) if was_early(ended) else ended


def asset_by_mouse(page: WebDriver, address: str, *, asset: str) -> None:
    """Materialize 1% of an asset."""
    shown(page, f"{address}/assets/{asset}?view=partitions&partition=1%25", "Metadata")
    clicked(page, "Materialize")
    clicked(page, "Launch 1 run")


def phase_by_mouse(page: WebDriver, address: str, *, job: str, partition: str) -> None:
    """Materialize all of a phase's job, for a partition."""
    shown(page, job, "Materialize all")
    clicked(page, "Materialize all")
    WebDriverWait(page, SHOWN_SECONDS).until(having("Partition selection"))
    loading = having("Loading pipeline and partition sets")  # then a menu that is open closes
    WebDriverWait(page, SHOWN_SECONDS).until_not(loading)
    pressed(page, "//*[text()='Select a partition or create one']")
    pressed(page, f"//span[normalize-space(.)='{partition}']")
    clicked(page, "Launch 1 run")


def signed_by_mouse(page: WebDriver, address: str) -> None:
    """Materialize a sign-off; the launchpad asks for the name."""
    shown(page, f"{address}/assets/signoff/3.5", "Scaffold missing config")
    clicked(page, "Materialize")
    clicked(page, "Scaffold missing config")
    clicked(page, "Confirm")
    WebDriverWait(page, SHOWN_SECONDS).until(partial(written, "by: ", "by: Ann Example #"))
    buttons = "//button[normalize-space(.)='Materialize'][not(@disabled)]"
    WebDriverWait(page, SHOWN_SECONDS).until(partial(has_two, buttons))
    page.find_elements(By.XPATH, buttons)[-1].click()


def written(there: str, instead: str, page: WebDriver) -> bool:
    """Whether the editor had those words, and has these now."""
    script = """const editor = document.querySelector('.CodeMirror').CodeMirror;
    const had = editor.getValue().includes(arguments[0]);
    if (had) editor.setValue(editor.getValue().replace(arguments[0], arguments[1]));
    return had"""
    return bool(page.execute_script(script, there, instead))  # type: ignore[no-untyped-call]


def has_two(path: str, page: WebDriver) -> bool:
    return len(page.find_elements(By.XPATH, path)) == 2


def pressed(page: WebDriver, path: str) -> None:
    """Click on what is there, once it can be."""
    WebDriverWait(page, SHOWN_SECONDS).until(element_to_be_clickable((By.XPATH, path))).click()


def page_behind(page: WebDriver, link: str) -> str:
    """The text of the page that a link opens, in a tab of its own."""
    first = page.current_window_handle
    pressed(page, f"//a[@href='{link}'][@title]")
    WebDriverWait(page, SHOWN_SECONDS).until(number_of_windows_to_be(2))
    page.switch_to.window(page.window_handles[-1])
    body = WebDriverWait(page, SHOWN_SECONDS).until(
        presence_of_element_located((By.XPATH, "//body[normalize-space(.)]"))
    )
    text = str(body.text)
    page.close()
    page.switch_to.window(first)
    return text


def is_newest_run(address: str, run: str, _page: WebDriver) -> bool:
    return newest_run(address) == run


def is_red(element: WebElement) -> bool:
    """Whether its text is of a colour that people take for red."""
    red, green, blue = re.findall(r"\d+", element.value_of_css_property("color"))[:3]
    return int(red) > 1.5 * max(int(green), int(blue))
