"""Staff's hand on the table: roll back to an earlier one, pin what is live, release it again. Each says who and why."""

from datetime import datetime

from django.db import transaction

from benchmark.models.routing_table import RoutingTable
from benchmark.pipeline.errors import Conflict


def roll_back(table: RoutingTable, *, reason: str, now: datetime) -> RoutingTable:
    """Make `table` live and pinned, whatever later runs publish, until it is released. Returns it.

    The live table may be pinned as it is, or again for another reason. Raises Conflict when no reason is given.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise Conflict("Say why: whoever looks at the pinned table later needs the reason.")
    with transaction.atomic():
        _lock_live()
        table = RoutingTable.objects.select_for_update().get(pk=table.pk)
        if table.is_live:
            table.pin(reason)
        else:
            table.go_live(now, pin_reason=reason)
    return table


def release_pin(*, now: datetime) -> RoutingTable:
    """Let the newest table take over from the pinned one and return it. Raises Conflict when none is pinned."""
    with transaction.atomic():
        live = _lock_live()
        if live is None or not live.pinned:
            raise Conflict("No table is pinned any more: the live one follows the newest run already.")
        newest = RoutingTable.objects.order_by("-run_id", "-id")[0]
        if newest.pk == live.pk:
            live.unpin()
        else:
            newest.go_live(now)
    return newest


def _lock_live() -> RoutingTable | None:
    """Return the live table; a run that publishes meanwhile waits until the caller's transaction ends."""
    return RoutingTable.objects.select_for_update().filter(is_live=True).first()
