"""The project's paths and a view that does nothing: behind the API's door, and behind the pages' middleware."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from autorouting import urls


def noop(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"")


urlpatterns = [path("api/noop", noop), path("noop", noop), *urls.urlpatterns]
