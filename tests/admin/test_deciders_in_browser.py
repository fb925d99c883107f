"""Excluding by a toggle, and asking why, in a real browser."""

from playwright.sync_api import Page, expect

from benchmark.models.deciders import DeciderExclusion
from tests import factories
from tests.admin.browser import NARROW, scrolls_sideways, serious_violations, sign_in

PAGE = "/admin/benchmark/autodecider/"


def test_a_model_is_switched_off_with_a_reason_and_on_again(page: Page, site: str) -> None:
    factories.auto_decider("vendor/one")
    sign_in(page, site, factories.staff_user("ed", "editor"))
    page.goto(PAGE)

    page.get_by_role("switch", name="vendor/one included", checked=True).click()
    page.get_by_label("Reason").fill("too slow")
    page.get_by_role("button", name="Exclude").click()

    off = page.get_by_role("switch", name="vendor/one included", checked=False)
    expect(off).to_be_visible()
    expect(page.get_by_role("cell", name="too slow")).to_be_visible()

    off.click()

    expect(page.get_by_role("switch", name="vendor/one included", checked=True)).to_be_visible()
    assert not DeciderExclusion.objects.exists()


def test_several_are_chosen_and_excluded_at_once(page: Page, site: str) -> None:
    for model in ("vendor/one", "vendor/two", "vendor/three"):
        factories.auto_decider(model)
    sign_in(page, site, factories.staff_user("ed", "editor"))
    page.goto(PAGE)

    for row in page.locator("#result_list tbody tr").all()[:2]:
        row.locator("input.action-select").check()
    page.locator("select[name=action]").select_option("exclude_chosen")
    page.locator("button[name=index]").click()
    page.get_by_label("Reason").fill("a bad week")
    page.get_by_role("button", name="Exclude").click()

    expect(page.get_by_text("Excluded 2.")).to_be_visible()


def test_why_answers_while_it_is_typed(page: Page, site: str) -> None:
    factories.catalogue_model("vendor/dear", "40")
    sign_in(page, site, factories.staff_user("vi", "viewer"))
    page.goto(PAGE)

    page.get_by_label("Model id").press_sequentially("dear")

    expect(page.locator("#why")).to_contain_text("vendor/dear: out, above the band")


def test_the_page_is_accessible_and_fits_a_phone_with_the_longest_ids(page: Page, site: str) -> None:
    longest = "vendor/" + "x" * 193
    factories.catalogue_model(longest)
    factories.auto_decider(longest)
    factories.exclusion("y" * 200, "z" * 200)
    factories.manual_decider("vendor/pin", "high")
    sign_in(page, site, factories.staff_user("ed", "editor"))

    page.goto(PAGE)
    page.get_by_label("Model id").fill("xxx")
    expect(page.locator("#why")).to_contain_text("a candidate that the sync stored")
    faults = serious_violations(page)
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]

    assert faults == []
    assert not scrolls_sideways(page)
