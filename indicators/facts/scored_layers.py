"""What layers say, scored: from the rows of a framework and of a layer to the engine (``indicators.scoring``) and back.

Definitions:

* The *stored* score of a layer is what counts. Where the rule gives the same score from the declared inputs, the
  explanation is the rule's; where an appraisal set another, the score counts as given.
* The *side* of a component (base, bonus, penalty) is that of the domain it stands in.
* *Asked* of the unit is every base and penalty component that no survey measures. A bonus is claimed or left; what a
  survey measures is filled in when it is known.
"""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast

from indicators.models import Component, DeclaredInput, EntryLayer, Framework
from indicators.reading.policy import policy_of
from indicators.scoring import Answer, Field, InputRefused, Node, Policy, Rule, Scored, Value, parse_rule
from indicators.scoring.tree import score_leaf

PLACES = Decimal("0.0001")
_OF_SURVEYS = (Component.Method.SURVEY, Component.Method.SIPAS)


@lru_cache(maxsize=4096)
def _parsed(text: str, max_score: Decimal | None) -> Rule:
    return parse_rule(json.loads(text), max_score=max_score)


def rule_of(component: Component) -> Rule | None:
    """Return a component's rule; None where a person gives the score."""
    if not component.rule:
        return None
    most = component.max_score
    return _parsed(json.dumps(component.rule, sort_keys=True), None if most is None else most.normalize())


def fields_of(component: Component) -> tuple[Field, ...]:
    """Return what a component's rule asks for."""
    rule = rule_of(component)
    return () if rule is None else rule.fields


def tree_of(components: Iterable[Component]) -> tuple[Node, ...]:
    """Return the components of a framework as the engine takes them, in their order."""
    below: dict[int | None, list[Component]] = {}
    for one in components:
        below.setdefault(one.parent_id, []).append(one)

    def node(one: Component) -> Node:
        return Node(
            code=one.code,
            name=one.name,
            kind=cast(Any, one.kind),
            max_score=None if one.max_score is None else one.max_score.normalize(),
            rule=rule_of(one),
            not_applicable=cast(Any, one.not_applicable),
            children=tuple(node(child) for child in below.get(one.pk, ())),
            gate=one.is_gate,
        )

    return tuple(node(one) for one in below.get(None, ()))


def sides(components: Iterable[Component]) -> dict[int, str]:
    """Return component id → its side (parents come before their children, or are looked up among the given)."""
    by_id = {one.pk: one for one in components}

    def side(one: Component) -> str:
        while one.parent_id is not None:
            one = by_id[one.parent_id]
        return one.kind

    return {pk: side(one) for pk, one in by_id.items()}


def asked(component: Component, side: str) -> bool:
    """Tell whether the unit has to answer for a component before the sheet is handed in."""
    return side != Component.Kind.BONUS and component.method not in _OF_SURVEYS


def policy_for(framework: Framework, components: Iterable[Component]) -> Policy:
    """Return how a framework makes a total; where it does not say the total, it is the sum of its domains."""
    bases = [one.max_score for one in components if one.parent_id is None and one.kind == Component.Kind.BASE]
    known = [most.normalize() for most in bases if most is not None]
    return policy_of(framework.policy, sum(known, Decimal(0)) if known else None)


# --- one layer -----------------------------------------------------------------------------------------------------


def values_of(rows: Iterable[DeclaredInput]) -> dict[str, Value]:
    """Return what was declared, by name."""
    found: dict[str, Value] = {}
    for row in rows:
        if row.number is not None:
            found[row.name] = row.number.normalize() if row.number else Decimal(0)
        else:
            found[row.name] = row.choice if row.flag is None else row.flag
    return found


def stored(score: Decimal | None) -> Decimal | None:
    """Return a score as a layer keeps it."""
    return None if score is None else score.quantize(PLACES)


def computed(component: Component, inputs: Mapping[str, Value]) -> Scored | None:
    """Return what the rule makes of inputs; None where there is no rule. Raises InputRefused."""
    rule = rule_of(component)
    if rule is None:
        return None
    most = component.max_score
    return rule.score(inputs, None if most is None else most.normalize())


def answer_of(component: Component, layer: EntryLayer, inputs: Mapping[str, Value]) -> Answer:
    """Return a layer as the engine's answer (see the module's first words)."""
    if layer.not_applicable:
        return Answer(not_applicable=True)
    if inputs:
        try:
            by_rule = computed(component, inputs)
        except InputRefused:
            by_rule = None
        if by_rule is not None and stored(by_rule.score) == stored(layer.score):
            return Answer(inputs=inputs)
    return Answer(given=None if layer.score is None else layer.score.normalize())


def scored(component: Component, side: str, layer: EntryLayer, inputs: Mapping[str, Value]) -> Scored:
    """Return a layer's score with its explanation."""
    (node,) = tree_of([_alone(component)])
    return score_leaf(node, cast(Any, side), answer_of(component, layer, inputs))


def _alone(component: Component) -> Component:
    alone = Component(**{field.attname: getattr(component, field.attname) for field in Component._meta.concrete_fields})
    alone.parent_id = None
    return alone
