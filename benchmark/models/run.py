"""A run and all it measures. These rows, not the queue, say what is left to do."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q

from benchmark.domain.golden_case import GoldenCase
from benchmark.domain.outcome import Outcome, Verdict
from benchmark.domain.routing_table import Policy, Source
from benchmark.models.catalogue import MODEL_ID_LENGTH
from benchmark.models.deciders import EFFORTS


class RunState(models.TextChoices):
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RunPurpose(models.TextChoices):
    """Why a run was started: what made it due, or that staff asked."""

    SET_CHANGED = "set_changed", "the set changed"
    IDENTITY_CHANGED = "identity_changed", "what is measured changed"
    POLICY_CHANGED = "policy_changed", "the ranking policy changed"
    RETRY_FAILED = "retry_failed", "failed entries are due again"
    MANUAL = "manual", "started by hand"
    FORCED = "forced", "everything anew"


class Publication(models.TextChoices):
    """What became of a completed run's table."""

    PUBLISHED = "published"
    INCOMPLETE = "incomplete", "incomplete: not published"
    UNCHANGED = "unchanged", "adds nothing to the live table"
    OLDER = "older", "a newer run's table is live"
    PINNED = "pinned", "stored; the live table is pinned"


class Run(models.Model):
    """One benchmark of the effective set, with the configuration as it was at the start."""

    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.RUNNING, db_index=True)
    purpose = models.CharField(max_length=20, choices=RunPurpose.choices)
    force = models.BooleanField(default=False)
    retry_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="retries")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    started_at = models.DateTimeField()
    progressed_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it failed or was cancelled.")
    publication = models.CharField(max_length=10, choices=Publication.choices, blank=True)
    publication_detail = models.CharField(max_length=1000, blank=True, help_text="Why its table was not published.")

    identity = models.CharField(max_length=64, db_index=True)
    golden_digest = models.CharField(max_length=64)
    grading_version = models.CharField(max_length=20)
    runner_identity = models.CharField(max_length=255)
    is_simulated = models.BooleanField(default=False)

    repetitions = models.PositiveSmallIntegerField()
    min_accuracy = models.DecimalField(max_digits=5, decimal_places=4)
    switch_cost_factor = models.DecimalField(max_digits=8, decimal_places=3)
    best_accuracy_switch_threshold = models.DecimalField(max_digits=5, decimal_places=4)
    max_concurrency = models.PositiveSmallIntegerField()
    max_cost_usd = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    max_daily_cost_usd = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    unpriced_call_reserve_usd = models.DecimalField(max_digits=10, decimal_places=4)
    stale_after_hours = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("-id",)
        get_latest_by = "id"
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="running"), name="one_running_run"),
        ]
        permissions = [
            ("sync_deciders", "Can sync the deciders"),
            ("start_run", "Can start, retry and cancel runs"),
        ]

    def __str__(self) -> str:
        return f"run {self.pk}"

    @property
    def policy(self) -> Policy:
        return Policy(self.min_accuracy, self.switch_cost_factor, self.best_accuracy_switch_threshold)

    @property
    def source(self) -> Source:
        return Source.SIMULATION if self.is_simulated else Source.BENCHMARK

    @property
    def is_running(self) -> bool:
        return self.state == RunState.RUNNING

    def is_stale(self, now: datetime) -> bool:
        """Return whether the run is running but nothing has moved for too long."""
        return self.is_running and now - self.progressed_at > timedelta(hours=self.stale_after_hours)

    def measured_members(self) -> set[tuple[str, str | None]]:
        """Return the (model, reasoning effort) pairs whose measurements the run holds, its own or carried."""
        measured = self.entries.filter(state__in=[EntryState.READY, EntryState.CARRIED])
        return set(measured.values_list("model", "reasoning_effort"))

    def spent_usd(self) -> Decimal:
        """Return what the run has been charged so far: the sum over its entries, which is the sum over its results."""
        return self.entries.aggregate(total=models.Sum("spent_usd"))["total"] or Decimal(0)


MAX_PAUSE = timedelta(minutes=20)
AILING_STREAK = 2


class EntryState(models.TextChoices):
    MEASURING = "measuring"
    CARRIED = "carried"
    READY = "ready"
    FAILED = "failed"


class RunEntry(models.Model):
    """One model at one reasoning effort within a run. Prices are the catalogue's at the start, USD per token."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="entries")
    position = models.PositiveIntegerField()
    model = models.CharField(max_length=MODEL_ID_LENGTH)
    reasoning_effort = models.CharField(max_length=10, choices=EFFORTS, null=True, blank=True)
    state = models.CharField(max_length=10, choices=EntryState.choices, default=EntryState.MEASURING)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it failed.")
    carried_from = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)
    prompt_price_usd = models.DecimalField(max_digits=20, decimal_places=14, null=True, blank=True)
    completion_price_usd = models.DecimalField(max_digits=20, decimal_places=14, null=True, blank=True)
    avg_attempt_cost_usd = models.DecimalField(null=True, blank=True, max_digits=20, decimal_places=10)
    spent_usd = models.DecimalField(default=Decimal(0), max_digits=20, decimal_places=10)
    call_limit = models.PositiveSmallIntegerField(default=1, help_text="Calls in flight at once that the model bears.")
    paused_until = models.DateTimeField(null=True, blank=True, help_text="No call before, since calls failed.")
    permanent_streak = models.PositiveSmallIntegerField(default=0)
    transient_streak = models.PositiveSmallIntegerField(default=0)
    replies = models.PositiveIntegerField(default=0)
    mismatched_replies = models.PositiveIntegerField(default=0, help_text="Replies that name another model than asked.")

    class Meta:
        verbose_name_plural = "run entries"
        ordering = ("run", "position")
        constraints = [
            models.UniqueConstraint(fields=["run", "model"], name="one_entry_per_run_and_model"),
        ]
        indexes = [models.Index(fields=["model", "state"], name="entry_by_model")]

    def __str__(self) -> str:
        return f"{self.model} ({self.reasoning_effort})" if self.reasoning_effort else self.model

    @property
    def is_priced(self) -> bool:
        return self.prompt_price_usd is not None and self.completion_price_usd is not None

    def is_paused(self, now: datetime) -> bool:
        """Return whether it needs patience; a time too far ahead is a clock that was set back since."""
        return self.paused_until is not None and now < self.paused_until < now + MAX_PAUSE

    @property
    def is_ailing(self) -> bool:
        """Return whether nothing but failed calls came back lately: one call at a time then probes for the end of it."""
        return self.transient_streak >= AILING_STREAK

    @property
    def answers_well(self) -> bool:
        """Return whether the model has answered and the last calls did not fail."""
        return bool(self.replies) and not self.permanent_streak and not self.transient_streak

    def bears(self, now: datetime) -> int:
        """Return how many calls in flight at once the model bears just now."""
        if self.state != EntryState.MEASURING or self.is_paused(now):
            return 0
        return 1 if self.is_ailing else self.call_limit

    def fail(self, reason: str, now: datetime) -> None:
        """End the entry as failed. What was not sent stays unsent; calls in flight still end and are charged."""
        self.state, self.reason, self.settled_at = EntryState.FAILED, reason[:500], now
        self.save(update_fields=["state", "reason", "settled_at"])
        self.results.filter(state=ResultState.PENDING).update(state=ResultState.SKIPPED)

    def worst_case_usd(self, case: GoldenCase, unpriced_reserve_usd: Decimal) -> Decimal:
        """Return the most that one call can cost: a token has at least one byte, and the answer fills its limit.

        Rounded up to the 10 digits that are stored: SQLite would keep more, and sums would not come out even.
        """
        if self.prompt_price_usd is None or self.completion_price_usd is None:
            return unpriced_reserve_usd
        prompt_tokens = len(case.system_prompt.encode()) + len(case.prompt.encode()) + 64
        worst = prompt_tokens * self.prompt_price_usd + case.max_output_tokens * self.completion_price_usd
        return worst.quantize(Decimal("1e-10"), rounding=ROUND_CEILING)


class ResultState(models.TextChoices):
    PENDING = "pending"
    LEASED = "leased"
    DONE = "done"
    SKIPPED = "skipped"


OPEN_STATES = (ResultState.PENDING, ResultState.LEASED)


class CaseResult(models.Model):
    """One (entry, case, repetition): first a thing to do, then what came of it.

    `cost_usd` is what the answer cost over its retries (None: unknown). `charged_usd` is what the caps were charged,
    which also holds calls that were paid or may have been paid for nothing (a crash, a timeout, an unknown cost).
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="results", db_index=False)
    entry = models.ForeignKey(RunEntry, on_delete=models.CASCADE, related_name="results", db_index=False)
    case_id = models.CharField(max_length=80)
    route = models.CharField(max_length=64)
    repetition = models.PositiveSmallIntegerField(default=1)

    state = models.CharField(max_length=8, choices=ResultState.choices, default=ResultState.PENDING)
    lease_owner = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    worst_case_usd = models.DecimalField(
        max_digits=20, decimal_places=10, help_text="The most that one call can cost: reserved while it is in flight."
    )
    not_before = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    empty_replies = models.PositiveSmallIntegerField(default=0)

    verdict = models.CharField(max_length=10, blank=True, choices=[(v.value, v.value) for v in Verdict])
    timed_out = models.BooleanField(default=False)
    answer = models.TextField(blank=True)
    extracted = models.CharField(max_length=500, blank=True)
    explanation = models.CharField(max_length=500, blank=True)
    error = models.CharField(max_length=300, blank=True)
    cost_usd = models.DecimalField(null=True, blank=True, max_digits=20, decimal_places=10)
    charged_usd = models.DecimalField(default=Decimal(0), max_digits=20, decimal_places=10)
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    prompt_tokens = models.PositiveIntegerField(null=True, blank=True)
    completion_tokens = models.PositiveIntegerField(null=True, blank=True)
    cached_tokens = models.PositiveIntegerField(null=True, blank=True)
    reasoning_tokens = models.PositiveIntegerField(null=True, blank=True)
    served_model = models.CharField(max_length=MODEL_ID_LENGTH, blank=True)
    provider = models.CharField(max_length=100, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "case_id", "repetition"], name="one_result_per_case_and_repetition"
            ),
        ]
        indexes = [
            models.Index(fields=["run", "state"], name="result_by_run_state"),
            # Ends in the id, so that the next pending rows of an entry are read in order from it: else PostgreSQL, once it
            # has counted how many are pending, walks the primary key past all that is done.
            models.Index(fields=["entry", "state", "id"], name="result_by_entry_state"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} #{self.repetition}"

    @classmethod
    def outcomes(cls, results: "models.QuerySet[CaseResult]") -> Iterator[Outcome]:
        """Yield the outcomes of `results` that are done, reading no more of them than that."""
        columns = ("route", "verdict", "timed_out", "cost_usd", "latency_ms")
        for route, verdict, timed_out, cost_usd, latency_ms in results.values_list(*columns):
            yield Outcome(route, Verdict(verdict), timed_out, cost_usd, latency_ms)
