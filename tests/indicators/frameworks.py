"""Random frameworks of every shape, and random answers to them, many of them on an edge or on a half.

Everything follows from one ``random.Random``, so that a seed names a framework; hypothesis chooses the seeds.
"""

from decimal import Decimal
from random import Random

from indicators.scoring import Answer, InputRefused, Node, Policy, RuleRefused, leaves_of, parse_rule
from indicators.scoring.ranks import TIES

MAXIMA = [Decimal(text) for text in ("0.5", "1", "1.25", "2", "2.375", "3", "5", "6", "7.5", "10")]
ROUNDINGS = [{"decimals": 0}, {"decimals": 1}, {"decimals": 2}, {"decimals": 3}, {"step": "0.25"}]
EDGES = [Decimal(text) for text in ("25", "33.3", "40", "50", "60", "70", "85", "90", "100")]
SHAPES = (
    "tiers", "override", "deadline", "piecewise_ratio", "plain_ratio", "best_peer", "boolean", "comparison", "choice",
    "deduction", "addition", "survey", "answers", "branch", "gate",
)  # fmt: skip


def points_up_to(dice: Random, most: Decimal) -> Decimal:
    """Points with up to three decimals."""
    return Decimal(dice.randint(0, int(most * 1000))) / 1000


def ladder(dice: Random, most: Decimal, kind: str, *, falling: bool = False) -> list[dict[str, str]]:
    """Tiers in any order whose points go one way."""
    size = dice.randint(2, 5)
    strict = dice.random() < 0.5
    edges = [edge for edge in EDGES if not (strict and edge == 100)] if kind == "percent" else list(range(1, 10))
    edges = sorted(dice.sample(edges, size - 1))
    scores = sorted(points_up_to(dice, most) for _ in range(size))
    if falling or dice.random() < 0.5:
        scores.reverse()
    tiers = []
    for place, score in enumerate(scores):
        tier = {"score": str(score)}
        if place:
            tier["gt" if strict else "ge"] = str(edges[place - 1])
        if place < size - 1:
            tier["le" if strict else "lt"] = str(edges[place])
        tiers.append(tier)
    dice.shuffle(tiers)
    return tiers


def condition(name: str) -> dict[str, str]:
    """A condition by its name."""
    return {"name": name, "label": f"Yêu cầu {name}"}


def rule_form(dice: Random, most: Decimal, shapes: tuple[str, ...] = SHAPES) -> dict[str, object]:
    """The JSON form of a rule that gives points."""
    shape = dice.choice(shapes)
    some = lambda: str(points_up_to(dice, most))  # noqa: E731
    if shape in ("tiers", "override"):
        kind = dice.choice(["percent", "percent", "count", "number"])
        rule = {"shape": "tiers", "input": {"name": "x", "kind": kind}, "tiers": ladder(dice, most, kind)}
        if shape == "override":
            bound = {dice.choice(["lt", "le", "ge", "gt"]): "60" if kind == "percent" else "4"}
            rule["override"] = {**bound, "condition": condition("urged"), "score": some()}
        return rule
    if shape == "deadline":
        needs = [condition("quality_ok")] if dice.random() < 0.5 else []
        return {"shape": shape, "tiers": ladder(dice, most, "days", falling=True), "needs": needs}
    if shape == "piecewise_ratio":
        full, zero = dice.choice([("85", "60"), ("90", "0"), ("100", "50"), ("66.6", "66.6"), ("33.33", "10")])
        rule = {"shape": shape, "full_at_percent": full, "zero_below_percent": zero}
        return rule | {"round": dice.choice(ROUNDINGS)} | ({"cap": some()} if dice.random() < 0.3 else {})
    if shape in ("plain_ratio", "survey"):
        return {"shape": shape, "round": dice.choice(ROUNDINGS)}
    if shape == "best_peer":
        return {"shape": shape, "less_is_better": dice.random() < 0.5, "round": dice.choice(ROUNDINGS)}
    if shape == "boolean":
        conditions = [condition(f"c{place}") for place in range(dice.randint(1, 3))]
        return {"shape": shape, "conditions": conditions, "true": some(), "false": some()}
    if shape == "comparison":
        sides = {
            side: {"name": side, "kind": dice.choice(["percent", "count", "number"])} for side in ("left", "right")
        }
        return {"shape": shape, **sides, "sign": dice.choice([">", ">=", "<", "<="]), "true": some(), "false": some()}
    if shape == "choice":
        return {
            "shape": shape,
            "options": [{"label": f"mức {place}", "score": some()} for place in range(dice.randint(2, 4))],
        }
    if shape in ("deduction", "addition"):
        rule = {"shape": shape, "per": dice.choice(["0.25", "0.5", "1", "1.125"])}
        return rule | ({"cap": some()} if dice.random() < 0.4 else {})
    if shape == "answers":
        weights = [dice.choice(["100", "60", "33.3", "20", "0"]) for _ in range(dice.randint(2, 4))]
        options = [{"name": f"a{n}", "label": f"trả lời {n}", "weight": weight} for n, weight in enumerate(weights)]
        return {"shape": "survey", "options": options, "round": dice.choice(ROUNDINGS)}
    simple = tuple(one for one in shapes if one not in ("branch", "gate"))
    if shape == "gate":
        gates = [condition(f"g{place}") for place in range(dice.randint(1, 2))]
        return {"shape": shape, "conditions": gates, "rule": rule_form(dice, most, simple)}
    names = dice.choice([("true", "false"), ("đô thị", "nông thôn", "miền núi")])
    branches = {name: rule_form(dice, most, simple) for name in names}
    return {"shape": shape, "branch_on": condition("kind_of_place"), "branches": branches}


def penalty_form(dice: Random) -> dict[str, object]:
    """The JSON form of a rule that takes points off."""
    if dice.random() < 0.5:
        rule: dict[str, object] = {"shape": "penalty", "per": dice.choice(["0.5", "1", "5"])}
    else:
        rule = {"shape": "late_days", "first_days": 2, "first": "1", "per_day": "0.5", "adds": dice.random() < 0.5}
        rule |= {"waiver": "lý do khách quan"} if dice.random() < 0.5 else {}
    return rule | ({"cap": "5"} if dice.random() < 0.5 else {})


def leaf(dice: Random, code: str, kind: str, *, gates: bool = True) -> Node:
    """A component of its own; one in six has no rule."""
    excuse = dice.choice(["", "reduce_max", "full_points"])
    most = dice.choice([None, Decimal(5)]) if kind == "penalty" else dice.choice(MAXIMA)
    rule = None
    while rule is None and dice.random() > 0.15:
        form = penalty_form(dice) if kind == "penalty" else rule_form(dice, most)
        try:
            rule = parse_rule(form, max_score=most)
        except RuleRefused:
            continue  # two branches whose inputs share a name
    gate = gates and kind == "base" and dice.random() < 0.12
    return Node(code, f"Thành phần {code}", kind, most, rule, excuse, gate=gate)


def tree(dice: Random, *, gates: bool = True) -> list[Node]:
    """Domains with components; some have parts of their own, a smaller maximum than their parts, or a condition."""
    domains = []
    for domain in range(dice.randint(1, 4)):
        kind = dice.choice(["base", "base", "bonus", "penalty"]) if domain else "base"
        children = []
        for place in range(dice.randint(1, 6)):
            code = f"{domain}.{place}"
            if dice.random() < 0.2:
                parts = tuple(leaf(dice, f"{code}.{n}", kind, gates=gates) for n in range(dice.randint(1, 3)))
                most = dice.choice([None, *MAXIMA]) if gates else None
                children.append(Node(code, kind=kind, max_score=most, children=parts))
            else:
                children.append(leaf(dice, code, kind, gates=gates))
        domains.append(Node(str(domain), kind=kind, children=tuple(children)))
    return domains


def policy(dice: Random) -> Policy:
    """A way to make a total."""
    return Policy(
        total_max=dice.choice([Decimal(85), Decimal(100), Decimal(7), Decimal("33.5")]),
        bonus_cap=dice.choice([None, Decimal(1), Decimal("2.5")]),
        penalty_cap=dice.choice([None, Decimal(2), Decimal("3.25")]),
        floor=dice.choice([None, Decimal(0)]),
        ceiling=dice.choice([None, Decimal(80)]),
        decimals=dice.randint(0, 4),
        rescale=dice.random() < 0.5,
        ties=dice.choice(TIES),
    )


def percentage(dice: Random) -> Decimal:
    """A percentage, often an edge or next to one."""
    if dice.random() < 0.4:
        near = dice.choice([Decimal(0), Decimal("0.01"), Decimal("-0.01"), Decimal("-0.0001")])
        return min(max(dice.choice([Decimal(0), *EDGES]) + near, Decimal(0)), Decimal(100))
    places = dice.choice([0, 1, 2, 4])
    return Decimal(dice.randint(0, 100 * 10**places)) / 10**places


def inputs_of(dice: Random, rule) -> dict[str, object]:
    """Inputs of a rule, some blank; what does not fit together is left blank altogether."""
    given: dict[str, object] = {}
    for one in rule.fields:
        if dice.random() < (0.4 if one.optional else 0.06) or one.name in ("numerator", "denominator"):
            continue
        if one.kind == "boolean":
            given[one.name] = dice.random() < 0.7
        elif one.kind == "choice":
            given[one.name] = dice.choice(one.options)
        elif one.kind == "percent":
            given[one.name] = percentage(dice)
        elif one.whole:
            given[one.name] = Decimal(dice.randint(0, 12))
        else:
            given[one.name] = Decimal(dice.randint(0, 1200)) / dice.choice([1, 10, 100])
    if "denominator" in {one.name for one in rule.fields} and dice.random() < 0.35:
        for one in rule.fields:
            if one.kind == "percent":
                given.pop(one.name, None)
        bottom = dice.choice([dice.randint(1, 40), 200, 400, dice.randint(10**11, 10**13)])
        top = bottom * dice.choice(EDGES) / 100 if dice.random() < 0.5 else Decimal(dice.randint(0, bottom))
        given |= {"denominator": Decimal(bottom), "numerator": min(round(top, 2), Decimal(bottom))}
        if dice.random() < 0.05:
            given.pop("denominator")
    if rule.shape in ("boolean", "comparison") and dice.random() < 0.1:
        given = {"value": dice.random() < 0.5}
    try:
        rule.read(given)
    except InputRefused:
        return {}
    return given


def answers_to(dice: Random, nodes: list[Node]) -> dict[str, Answer]:
    """One answer, or none, for each component; one sheet in twenty is blank."""
    found: dict[str, Answer] = {}
    if dice.random() < 0.05:
        return found
    for one in leaves_of(nodes):
        how = dice.random()
        if how < 0.06:
            continue
        if how < 0.15 and one.not_applicable:
            found[one.code] = Answer(not_applicable=True)
        elif how > 0.93 or one.rule is None:
            found[one.code] = Answer(given=points_up_to(dice, one.max_score or Decimal(3)))
        else:
            found[one.code] = Answer(inputs_of(dice, one.rule))
    return found
