"""The four ready groups."""

import pytest

from tests import factories

ABILITIES = {
    "change_benchmarkconfig": {"editor"},
    "add_manualdecider": {"editor"},
    "change_autodecider": {"editor"},
    "add_deciderexclusion": {"editor"},
    "add_pricewaiver": {"editor"},
    "sync_deciders": {"operator"},
    "start_run": {"operator"},
    "add_catalogueimport": {"operator"},
    "publish_table": {"publisher"},
    "view_run": {"viewer", "editor", "operator", "publisher"},
    "view_routingtable": {"viewer", "editor", "operator", "publisher"},
    "delete_run": set(),
    "change_routingtable": set(),
}


@pytest.mark.django_db
@pytest.mark.parametrize(("permission", "groups"), ABILITIES.items(), ids=ABILITIES)
def test_each_group_may_do_its_own_part_and_see_everything(permission: str, groups: set[str]) -> None:
    users = {name: factories.staff_user(name, name) for name in ("viewer", "editor", "operator", "publisher")}

    able = {name for name, user in users.items() if user.has_perm(f"benchmark.{permission}")}

    assert able == groups
