"""Watching a run, rolling back and comparing in a real browser."""

from django.utils import timezone
from playwright.sync_api import Page, expect

from benchmark.domain.outcome import Verdict
from benchmark.golden.loader import golden_set
from benchmark.models.routing_table import RoutingTable
from benchmark.models.run import EntryState, ResultState, Run, RunState
from tests import factories
from tests.admin.browser import NARROW, WIDE, scrolls_sideways, serious_violations, sign_in

RUNS = "/admin/benchmark/run/"
TABLES = "/admin/benchmark/routingtable/"
LONG = f"vendor/{'long-' * 38}name"


def everything() -> list[str]:
    """Save runs, tables and answers of every kind, and return the addresses of all pages about them."""
    earlier = factories.published_run({"a/old": (6, "0.004"), LONG: (3, "0.009")})
    run = factories.published_run({"b/new": (9, "0.001"), LONG: (4, "0.009"), "a/old": (6, "0.004")})
    factories.case_results(run.entries.all()[0], Verdict.INCORRECT, cases=2, answer="41\n" * 90, explanation=LONG)
    factories.entry(run, "c/failed", state=EntryState.FAILED, reason=f"coverage: {LONG}")
    table, result = earlier.tables.get(), run.results.all()[0]
    return [
        RUNS,
        f"{RUNS}{run.pk}/change/",
        f"{RUNS}{run.pk}/preview/",
        f"{RUNS}{run.pk}/retry/",
        TABLES,
        f"{TABLES}{table.pk}/change/",
        f"{TABLES}{table.pk}/roll_back/",
        f"{TABLES}compare/",
        f"/admin/benchmark/caseresult/?run__id__exact={run.pk}",
        f"/admin/benchmark/caseresult/{result.pk}/change/",
        "/admin/benchmark/caseresult/golden/?route=debugging/bug_fixing",
        f"/admin/benchmark/caseresult/golden/{golden_set().cases[0].id}/",
    ]


def test_a_run_is_watched_to_its_end_without_reloading(page: Page, site: str) -> None:
    run = factories.run(started_at=timezone.now())
    entry = factories.entry(run, "a/model")
    results = factories.case_results(entry, None, cases=10)
    sign_in(page, site, factories.staff_user("vera", "viewer"))
    page.goto(f"{RUNS}{run.pk}/change/")
    bar = page.get_by_role("progressbar", name="Answers settled")
    expect(bar).to_have_attribute("aria-valuenow", "0")

    entry.results.filter(pk__in=[result.pk for result in results[:6]]).update(state=ResultState.DONE, verdict="correct")

    expect(bar).to_have_attribute("aria-valuenow", "60")

    Run.objects.filter(pk=run.pk).update(
        state=RunState.CANCELLED, finished_at=timezone.now(), reason="cancelled by olga"
    )

    expect(page.get_by_text("cancelled by olga")).to_be_visible()
    expect(page.locator("[hx-trigger^=every]")).to_have_count(0)


def test_an_operator_cancels_a_run_after_confirming(page: Page, site: str) -> None:
    run = factories.run(started_at=timezone.now())
    factories.case_results(factories.entry(run), None, cases=2)
    sign_in(page, site, factories.staff_user("olga", "operator"))
    page.goto(f"{RUNS}{run.pk}/change/")

    page.get_by_role("link", name="Cancel").click()
    assert Run.objects.get().is_running
    page.get_by_role("button", name="Cancel the run").click()

    expect(page.get_by_text(f"Run {run.pk} is cancelled.")).to_be_visible()
    assert Run.objects.get().state == RunState.CANCELLED


def test_a_publisher_rolls_back_with_the_keyboard_alone_and_releases_again(page: Page, site: str) -> None:
    earlier = factories.published_run({"a/old": (8, "0.004")}).tables.get()
    newest = factories.published_run({"b/new": (9, "0.001")}).tables.get()
    sign_in(page, site, factories.staff_user("paul", "publisher"))
    page.goto(f"{TABLES}{earlier.pk}/change/")

    page.get_by_role("link", name="Roll back or pin").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Reason").focus()
    page.keyboard.type("b/new loops")
    page.keyboard.press("Enter")

    expect(page.get_by_text(f"Table {earlier.version} is live and pinned")).to_be_visible()
    expect(page.get_by_role("main").or_(page.locator("#content")).first).to_contain_text("b/new loops")

    page.get_by_role("link", name="Release the pin").click()
    page.get_by_role("button", name="Release").click()

    expect(page.get_by_text(f"Table {newest.version} of run {newest.run_id}, the newest, is live.")).to_be_visible()
    assert RoutingTable.objects.get(is_live=True) == newest


def test_a_figure_of_the_matrix_leads_to_the_answers_behind_it(page: Page, site: str) -> None:
    run = factories.run(RunState.COMPLETED)
    entry = factories.measured_entry(run, "a/model")
    result = factories.case_results(entry, Verdict.INCORRECT, cases=1, answer="41", explanation="expected 42")[0]
    sign_in(page, site, factories.staff_user("vera", "viewer"))
    page.goto(f"{RUNS}{run.pk}/change/")

    page.get_by_role("link", name=f"a/model on {result.route}: 9 of 10 right").click()
    page.get_by_role("link", name=result.case_id).click()

    expect(page.get_by_text("expected 42")).to_be_visible()


def test_the_keyboard_shows_the_interval_of_a_figure_within_the_window(page: Page, site: str) -> None:
    run = factories.published_run({"a/model": (9, "0.001")})
    sign_in(page, site, factories.staff_user("vera", "viewer"))
    page.goto(f"{RUNS}{run.pk}/change/")
    figure = page.locator(".ar-heat-cell").last
    shown = "cell => { const label = getComputedStyle(cell, '::after'); return [label.content, label.position]; }"
    assert figure.evaluate(shown)[0] == "none"

    page.locator(".ar-heat-cell").nth(-2).focus()
    page.keyboard.press("Tab")

    content, position = figure.evaluate(shown)
    assert "95 % interval" in content
    assert position == "fixed"


def test_every_page_is_accessible_in_light_and_dark_and_fits_a_narrow_window(page: Page, site: str) -> None:
    addresses = everything()
    sign_in(page, site, factories.staff_user("ada", is_superuser=True))

    for address in addresses:
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(WIDE)
        page.goto(address)
        assert serious_violations(page) == [], address
        page.emulate_media(color_scheme="dark")
        assert serious_violations(page, "color-contrast") == [], f"{address} in the dark"
        page.set_viewport_size(NARROW)
        assert not scrolls_sideways(page), address
