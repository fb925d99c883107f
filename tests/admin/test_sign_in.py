"""The way in."""

from playwright.sync_api import Page, expect

from tests import factories
from tests.admin.browser import serious_violations, sign_in


def test_staff_sign_in_with_name_and_password(page: Page, site: str) -> None:
    factories.staff_user("ada", password="a long password", is_superuser=True)

    page.goto("/admin/")
    page.get_by_label("Username").fill("ada")
    page.locator("input[name=password]").fill("a long password")
    page.get_by_role("button", name="Log in").click()

    expect(page.locator("#page")).to_be_visible()
    expect(page).to_have_url(f"{site}/admin/")


def test_the_first_page_has_no_serious_accessibility_fault(page: Page, site: str) -> None:
    sign_in(page, site, factories.staff_user("ada", is_superuser=True))

    page.goto("/admin/")

    assert serious_violations(page) == []
