"""The golden cases and every single answer."""

import pytest
from django.test import Client

from benchmark.domain.outcome import Verdict
from benchmark.golden.loader import golden_set
from benchmark.models.run import EntryState, RunState
from tests import factories

pytestmark = pytest.mark.django_db

CASES = "/admin/benchmark/caseresult/golden/"


@pytest.fixture
def viewer(client: Client) -> Client:
    """Return a client signed in as somebody who may only look."""
    client.force_login(factories.staff_user("vera", "viewer"))
    return client


def two_models(first: Verdict, second: Verdict) -> None:
    """Save one run of two models that answered the first golden case so."""
    run = factories.run(RunState.COMPLETED)
    for model, verdict in (("a/one", first), ("b/two", second)):
        entry = factories.entry(run, model, state=EntryState.READY)
        factories.case_results(entry, verdict, cases=1, answer="an answer", explanation="as the check says")


def test_all_cases_are_listed_and_unmeasured_ones_say_so(viewer: Client) -> None:
    context = viewer.get(CASES).context

    assert len(context["rows"]) == len(golden_set().cases)
    assert not context["measured"]


def test_cases_of_one_route_are_listed(viewer: Client) -> None:
    rows = viewer.get(f"{CASES}?route=debugging/bug_fixing").context["rows"]

    assert {row.case.route for row in rows} == {"debugging/bug_fixing"}


@pytest.mark.parametrize(
    ("verdicts", "right", "mark"),
    [
        ((Verdict.CORRECT, Verdict.CORRECT), 2, "all right"),
        ((Verdict.INCORRECT, Verdict.NO_ANSWER), 0, "none right"),
        ((Verdict.CORRECT, Verdict.INCORRECT), 1, ""),
    ],
)
def test_a_case_that_tells_no_models_apart_is_marked(
    viewer: Client, verdicts: tuple[Verdict, Verdict], right: int, mark: str
) -> None:
    two_models(*verdicts)

    rows = viewer.get(CASES).context["rows"]

    measured = next(row for row in rows if row.case == golden_set().cases[0])
    assert (measured.right, measured.asked, measured.mark) == (right, 2, mark)


def test_only_the_newest_measurement_of_a_model_counts(viewer: Client) -> None:
    two_models(Verdict.INCORRECT, Verdict.INCORRECT)
    two_models(Verdict.CORRECT, Verdict.CORRECT)

    rows = viewer.get(f"{CASES}?mark=all right").context["rows"]

    assert [(row.case, row.asked) for row in rows] == [(golden_set().cases[0], 2)]


def test_a_case_is_shown_with_prompt_right_answer_and_what_models_answered(viewer: Client) -> None:
    two_models(Verdict.CORRECT, Verdict.INCORRECT)
    case = golden_set().cases[0]

    response = viewer.get(f"{CASES}{case.id}/")

    html = response.content.decode()
    assert response.context["answer"]
    assert case.title in html or response.context["title"] == case.title
    assert "b/two" in html
    assert "as the check says" in html


def test_an_unknown_case_is_not_found(viewer: Client) -> None:
    assert viewer.get(f"{CASES}no-such-case/").status_code == 404


def test_an_answer_is_shown_with_its_prompt_grade_and_why(viewer: Client) -> None:
    entry = factories.entry(factories.run(RunState.COMPLETED), "a/model")
    fields = {"answer": "<b>41</b>", "extracted": "41", "explanation": "expected 42", "served_model": "a/model-2026"}
    result = factories.case_results(entry, Verdict.INCORRECT, cases=1, **fields)[0]

    response = viewer.get(f"/admin/benchmark/caseresult/{result.pk}/change/")

    html = response.content.decode()
    assert response.context["case"] == golden_set().cases[0]
    for text in ("incorrect", "expected 42", "&lt;b&gt;41&lt;/b&gt;", "served by a/model-2026", "$0.00100"):
        assert text in html


def test_an_answer_to_a_case_that_is_gone_is_still_shown(viewer: Client) -> None:
    entry = factories.entry(factories.run(RunState.COMPLETED), "a/model")
    result = factories.case_results(entry, Verdict.CORRECT, cases=1, answer="42")[0]
    type(result).objects.update(case_id="long-gone")

    html = viewer.get(f"/admin/benchmark/caseresult/{result.pk}/change/").content.decode()

    assert "long-gone is not among the golden cases any more" in html


def test_who_may_see_no_results_sees_no_cases(client: Client) -> None:
    client.force_login(factories.staff_user("nobody"))

    assert client.get(CASES).status_code == 403
    assert client.get(f"{CASES}{golden_set().cases[0].id}/").status_code == 403
