"""The Celery application. The schedule and the broker are in settings.py."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autorouting.settings")

app = Celery("autorouting")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
