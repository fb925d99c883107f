"""What a run's table would look like, and what it would change, before or instead of its going live."""

from datetime import datetime
from typing import Any

from benchmark.admin.table_matrix import DifferenceRow, table_matrix
from benchmark.domain.routing_table import IncompleteTable, candidates_by_route
from benchmark.domain.table_difference import compare_tables
from benchmark.models.routing_table import RoutingTable
from benchmark.models.run import Run
from benchmark.pipeline.publish_table import build_table


def preview_context(run: Run, now: datetime) -> dict[str, Any]:
    """Return the table that the run's summaries make, beside the live one; `incomplete` says why there is none."""
    live = RoutingTable.live()
    stored = RoutingTable.objects.filter(run=run).defer("content").first()
    context: dict[str, Any] = {"run": run, "live": live, "stored": stored}
    try:
        table = build_table(run, now)
    except IncompleteTable as error:
        return {**context, "incomplete": str(error)}
    before = candidates_by_route(live.content) if live else {}
    differences = compare_tables(before, table.routes)
    return {
        **context,
        "matrix": table_matrix(table.routes),
        "differences": [DifferenceRow.of(difference) for difference in differences],
        "taken_over": sum(difference.is_taken_over for difference in differences),
    }
