"""Counting, by property: parts make the whole, and two ways of counting agree."""

from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plans.standing import Bucket, Counts, DeadlineKind, State, Time, bucket_of, combine, standing_of

DAYS = st.dates(min_value=date(2021, 1, 1), max_value=date(2022, 12, 31))
DUTY = st.tuples(st.sampled_from(State), st.none() | DAYS, DAYS)


@given(st.lists(DUTY, max_size=30), DAYS)
def test_every_duty_is_in_exactly_one_bucket(duties, on):
    counts = Counts.of(bucket_of(state, due, done, on) for state, due, done in duties)
    assert counts.total == len(duties)
    assert counts.done + counts.open + counts.suspended + counts.cancelled == counts.total
    assert counts.timed <= counts.counted <= counts.total


@given(st.lists(DUTY, max_size=20), DAYS, st.randoms())
def test_the_order_does_not_matter(duties, on, random):
    shuffled = list(duties)
    random.shuffle(shuffled)
    count = lambda some: Counts.of(bucket_of(s, due, done, on) for s, due, done in some)  # noqa: E731
    assert count(duties) == count(shuffled)


@given(DAYS, st.integers(1, 400))
def test_done_late_stays_late(due, later):
    done = due + timedelta(days=1)
    for on in (done, done + timedelta(days=later)):
        assert bucket_of(State.DONE, due, done, on) is Bucket.DONE_LATE


@given(st.sampled_from(State), st.sampled_from(DeadlineKind), DAYS)
def test_what_has_no_day_is_never_overdue(state, kind, on):
    standing = standing_of(state, kind, None, on if state is State.DONE else None, on)
    assert standing.time not in (Time.OVERDUE, Time.LATE, Time.WITHIN, Time.DUE_SOON)
    assert standing.bucket not in (Bucket.OPEN_OVERDUE, Bucket.DONE_LATE)
    assert standing.days_overdue == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(State), DAYS), max_size=8))
def test_a_task_is_done_only_when_all_its_live_members_are(members):
    parts = [(state, day if state is State.DONE else None) for state, day in members]
    state, done_on = combine(parts)
    live = [s for s, _ in parts if s not in (State.SUSPENDED, State.CANCELLED)]
    assert (state is State.DONE) == (bool(live) and all(s is State.DONE for s in live))
    assert (done_on is not None) == (state is State.DONE)


def test_blank_is_not_zero_in_a_rate():
    assert Counts().timed == 0
    assert Counts().counted == 0
