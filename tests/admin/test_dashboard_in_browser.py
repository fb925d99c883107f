"""The first page in a real browser: a run that moves, charts, darkness, a phone."""

from django.utils import timezone
from playwright.sync_api import Page, expect

from benchmark.models.run import CaseResult, Run, RunState
from tests import factories
from tests.admin.browser import NARROW, scrolls_sideways, serious_violations, sign_in


def running(cases: int) -> Run:
    run = factories.run(started_at=timezone.now(), progressed_at=timezone.now())
    entry = factories.entry(run)
    CaseResult.objects.bulk_create(
        CaseResult(run=run, entry=entry, case_id=f"case-{number}", route="debugging/bug_fixing", worst_case_usd=0)
        for number in range(cases)
    )
    return run


def test_a_runs_bar_moves_by_itself_and_stops_when_the_run_ends(page: Page, site: str) -> None:
    run = running(cases=4)
    sign_in(page, site, factories.staff_user("vi", "viewer"))
    page.goto("/admin/")
    bar = page.get_by_role("progressbar", name="Answers settled")
    expect(bar).to_have_attribute("aria-valuenow", "0")

    run.results.filter(case_id__in=["case-0", "case-1", "case-2"]).update(state="done", verdict="correct")

    expect(bar).to_have_attribute("aria-valuenow", "75")

    run.results.update(state="done", verdict="correct")
    Run.objects.filter(pk=run.pk).update(state=RunState.COMPLETED, finished_at=timezone.now())

    expect(page.get_by_role("link", name=f"Run {run.pk}: Completed")).to_be_visible()
    expect(page.locator("#run-progress")).to_have_count(0)


def test_the_page_is_accessible_in_the_light_and_in_the_dark_and_fits_a_phone(page: Page, site: str) -> None:
    running(cases=4)
    factories.sync_record("held", detail="3 of 4 would go", started_at=timezone.now())
    longest = "vendor/" + "x" * 193
    factories.published_run({longest: (9, "0.002"), "vendor/cheap": (7, "0.001"), "vendor/worse": (6, "0.003")})
    sign_in(page, site, factories.staff_user("op", "operator"))

    page.goto("/admin/")
    expect(page.get_by_text("is in progress")).to_be_visible()
    faults = serious_violations(page)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    page.goto("/admin/")

    expect(page.locator("html")).to_have_class("dark")
    assert faults == []
    assert serious_violations(page) == []
    assert not scrolls_sideways(page)


def test_the_theme_is_switched_to_dark_and_stays_dark(page: Page, site: str) -> None:
    sign_in(page, site, factories.staff_user("vi", "viewer"))
    page.goto("/admin/")

    page.keyboard.press("Control+e")
    expect(page.locator("html")).to_have_class("light")
    page.keyboard.press("Control+e")
    page.goto("/admin/benchmark/cataloguemodel/")

    expect(page.locator("html")).to_have_class("dark")
