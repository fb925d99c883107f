"""Changing the band in a real browser."""

from playwright.sync_api import Page, expect

from benchmark.models.config import BenchmarkConfig
from tests import factories
from tests.admin.browser import NARROW, scrolls_sideways, serious_violations, sign_in

PAGE = "/admin/benchmark/benchmarkconfig/"


def test_the_preview_follows_what_is_typed_and_the_band_is_saved_without_asking_again(page: Page, site: str) -> None:
    factories.catalogue_model("vendor/middle", "20")
    factories.catalogue_model("vendor/dear", "40")
    sign_in(page, site, factories.staff_user("ed", "editor"))
    page.goto(PAGE)
    preview = page.get_by_label("What this band would do")

    page.locator("#id_max_cost_usd").fill("45")

    expect(preview).to_contain_text("$15 to $45 per attempt: 2 candidates of 2 catalogue models")
    expect(preview.get_by_role("listitem").filter(has_text="vendor/dear")).to_be_visible()

    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("Saved. The band is $15 to $45 per attempt.")).to_be_visible()
    assert BenchmarkConfig.load().max_cost_usd == 45


def test_the_band_is_changed_with_the_keyboard_alone(page: Page, site: str) -> None:
    sign_in(page, site, factories.staff_user("ed", "editor"))
    page.goto(PAGE)

    page.locator("#id_min_cost_usd").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("10")
    expect(page.get_by_label("What this band would do")).to_contain_text("$10 to $25 per attempt")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Saved. The band is $10 to $25 per attempt.")).to_be_visible()


def test_save_and_sync_is_one_click_that_tells_when_the_queue_is_down(page: Page, site: str) -> None:
    sign_in(page, site, factories.staff_user("both", "editor", "operator"))
    page.goto(PAGE)

    page.locator("#id_repetitions").fill("2")
    page.get_by_role("button", name="Save and sync now").click()

    expect(page.get_by_text("The sync could not be queued")).to_be_visible()
    assert BenchmarkConfig.load().repetitions == 2


def test_without_scripts_new_bounds_are_confirmed_on_a_page_of_their_own(page: Page, site: str) -> None:
    factories.catalogue_model("vendor/dear", "40")
    sign_in(page, site, factories.staff_user("ed", "editor"))
    scriptless = page.context.browser.new_context(java_script_enabled=False, base_url=site)  # type: ignore[union-attr]
    scriptless.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    tab = scriptless.new_page()
    tab.goto(PAGE)

    tab.locator("#id_max_cost_usd").fill("45")
    tab.get_by_role("button", name="Save", exact=True).click()
    expect(tab.get_by_role("listitem").filter(has_text="vendor/dear")).to_be_visible()
    tab.get_by_role("button", name="Save", exact=True).click()

    expect(tab.get_by_text("Saved. The band is $15 to $45 per attempt.")).to_be_visible()
    assert BenchmarkConfig.load().max_cost_usd == 45
    scriptless.close()


def test_the_page_is_accessible_in_the_dark_and_fits_a_phone(page: Page, site: str) -> None:
    factories.catalogue_models(300)
    sign_in(page, site, factories.staff_user("ed", "editor", "operator"))

    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    page.goto(PAGE)

    expect(page.locator("html")).to_have_class("dark")
    assert not scrolls_sideways(page)
    assert serious_violations(page) == []
