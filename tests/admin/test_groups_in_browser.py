"""What each of the ready groups sees: no button that would fail."""

import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.admin.browser import sign_in


@pytest.mark.parametrize(
    ("group", "may_save", "may_sync", "may_publish"),
    [
        ("viewer", False, False, False),
        ("editor", True, False, False),
        ("operator", False, True, False),
        ("publisher", False, False, True),
    ],
)
def test_a_group_sees_only_the_buttons_that_work_for_it(
    page: Page, site: str, group: str, may_save: bool, may_sync: bool, may_publish: bool
) -> None:
    table = factories.published_run({"a/model": (9, "0.001")}).tables.get()
    sign_in(page, site, factories.staff_user("ada", group))

    page.goto("/admin/")
    expect(page.get_by_role("heading", name="Live table")).to_be_visible()
    sync_buttons = page.get_by_role("button", name="Sync now").or_(page.get_by_role("link", name="Sync now"))
    assert (sync_buttons.count() > 0) is may_sync

    page.goto("/admin/benchmark/benchmarkconfig/1/change/")
    assert (page.get_by_role("button", name="Save", exact=True).count() > 0) is may_save

    page.goto(f"/admin/benchmark/routingtable/{table.pk}/change/")
    assert (page.get_by_role("link", name="Roll back or pin").count() > 0) is may_publish
