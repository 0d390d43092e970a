"""What the database keeps unchanged is sealed by the trail too, or says why not."""

import re
from pathlib import Path

from django.apps import apps

from agencies import seals
from agencies.constraints import PROMISES, Trigger
from indicators.policies import SHEET_STEPS
from plans import policies
from plans.models import DutyTransfer, Ruling
from reports.facts.trail_words import ACTION_LABELS, EXCEPTION_WORDS, is_exception

ROOT = Path(__file__).resolve().parents[2]
# Table → why no event seals its rows.
NOT_SEALED = {
    "indicators_framework": "belongs to no province, so to no trail; kept as it is once a year uses it",
    "indicators_component": "as its framework",
    "indicators_componentlink": "as its framework",
    "agencies_event": "the trail itself: every event's digest is chained to the one before",
    "agencies_notice": "how somebody was told of what an event says; the reminder behind it is sealed",
    "agencies_mail": "a letter of notices and where its delivery stands; nothing is decided by it",
}


def guarded() -> dict[str, set[str]]:
    """Return table → the statements that triggers refuse on it."""
    found: dict[str, set[str]] = {}
    for promises in PROMISES.values():
        for one in promises:
            if isinstance(one, Trigger) and one.event in ("UPDATE", "DELETE"):
                found.setdefault(one.table, set()).add(one.event)
    return found


def models() -> dict[str, type]:
    return {model._meta.db_table: model for model in apps.get_models()}


def test_every_guarded_model_is_sealed_or_says_why_not():
    by_table = models()
    open_ones = {
        table for table in guarded() if table not in NOT_SEALED and by_table[table]._meta.label_lower not in seals.RULES
    }
    assert open_ones == set()
    assert set(NOT_SEALED) <= set(guarded())


def test_every_append_only_model_is_sealed_for_good():
    """Its seal may never change: a rule that calls such rows open would let an edit pass that is sealed again."""
    always = {
        one.table
        for promises in PROMISES.values()
        for one in promises
        if isinstance(one, Trigger) and one.condition == "1 = 1" and one.event == "UPDATE"
    }
    by_table = models()
    for table in always - set(NOT_SEALED):
        assert seals.RULES[by_table[table]._meta.label_lower].kept is True, table


def test_every_rule_knows_what_seals_its_rows():
    hanging = {label for some in seals.HANGING.values() for label, _ in some}
    assert hanging == set(seals.RULES)


def test_a_rule_with_a_province_reads_it():
    for rule in seals.RULES.values():
        if rule.province and rule.label != "agencies.province":
            assert "province_id" in str(rule.model._base_manager.filter(**{rule.province: 1}).query)


def actions() -> set[str]:
    """Return the name of every event that the code can record."""
    steps = (*policies.PROGRESS_STEPS, *policies.REQUEST_STEPS, *policies.AMENDMENT_STEPS, *SHEET_STEPS)
    found = {step.event for step in steps}
    found |= {f"ruling.{kind}" for kind in Ruling.Kind.values}
    found |= {f"assignment.{outcome}" for outcome in DutyTransfer.Outcome.values}
    for app in ("agencies", "indicators", "plans", "reports"):
        for path in (ROOT / app).rglob("*.py"):
            if "migrations" not in path.parts:
                text = path.read_text(encoding="utf-8")
                found |= set(re.findall(r"\baction=\"([a-z_]+\.[a-z_]+)\"", text))
                found |= set(re.findall(r"\"action\": \"([a-z_]+\.[a-z_]+)\"", text))
                found |= set(re.findall(r"_tell_of_member\(\w+, \"([a-z_]+\.[a-z_]+)\"", text))
    return found


def test_every_action_has_a_name_for_people():
    """An event that the trail page could show only by its code is not finished."""
    assert actions() - set(ACTION_LABELS) == set()


def test_the_exceptions_preset_asks_for_actions_that_exist():
    assert [word for word in EXCEPTION_WORDS if not any(word in action for action in actions())] == []
    chosen = {action for action in actions() if is_exception(action)}
    assert chosen >= {"request.grant", "window.allow_late", "window.extend_for_all", "period.reopen"}
    assert chosen & {"progress.accept", "period.close", "period.add", "request.open", "approval.delegate"} == set()
