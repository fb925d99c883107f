"""Four ready groups. Staff may change them afterwards: a migration runs once and overwrites nothing later."""

from django.apps import apps as installed_apps
from django.contrib.auth.management import create_permissions
from django.db import migrations

EDITOR = (
    "change_benchmarkconfig",
    "add_manualdecider", "change_manualdecider", "delete_manualdecider",
    "change_autodecider",
    "add_deciderexclusion", "change_deciderexclusion", "delete_deciderexclusion",
    "add_pricewaiver", "change_pricewaiver", "delete_pricewaiver",
)
OPERATOR = ("sync_deciders", "start_run", "add_catalogueimport")
PUBLISHER = ("publish_table",)


def make_groups(apps, schema_editor):
    """Each group may see all of this application, and do its own part."""
    alias = schema_editor.connection.alias
    # Permissions are otherwise made only after the last migration, and a fresh database has none yet.
    create_permissions(installed_apps.get_app_config("benchmark"), verbosity=0, using=alias, apps=apps)
    permissions = apps.get_model("auth", "Permission").objects.using(alias).filter(content_type__app_label="benchmark")
    viewing = permissions.filter(codename__startswith="view_")
    groups = apps.get_model("auth", "Group").objects.using(alias)
    for name, doing in (("viewer", ()), ("editor", EDITOR), ("operator", OPERATOR), ("publisher", PUBLISHER)):
        group, _ = groups.get_or_create(name=name)
        group.permissions.add(*viewing, *permissions.filter(codename__in=doing))


class Migration(migrations.Migration):
    dependencies = [
        ("benchmark", "0002_cost_band"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    # Undoing it keeps the groups: people may be in them.
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
