"""From the JSON form of a rule to the rule: every shape, every fault at once."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from indicators.scoring.branches import read_branch, read_gate
from indicators.scoring.choices import read_choice
from indicators.scoring.conditions import read_boolean, read_comparison
from indicators.scoring.counts import read_counting, read_late_days
from indicators.scoring.faults import RuleFault, RuleRefused
from indicators.scoring.ladders import read_deadline, read_tiers
from indicators.scoring.rule import Rule
from indicators.scoring.shares import read_best_peer, read_piecewise, read_plain
from indicators.scoring.surveys import read_survey
from indicators.scoring.written import Written

SHAPES: dict[str, Callable[[Written, Decimal | None], Rule | None]] = {
    "tiers": read_tiers,
    "deadline": read_deadline,
    "piecewise_ratio": read_piecewise,
    "plain_ratio": read_plain,
    "best_peer": read_best_peer,
    "boolean": read_boolean,
    "comparison": read_comparison,
    "choice": read_choice,
    "deduction": lambda written, most: read_counting(written, most, "deduction"),
    "addition": lambda written, most: read_counting(written, most, "addition"),
    "penalty": lambda written, most: read_counting(written, most, "penalty"),
    "late_days": read_late_days,
    "survey": read_survey,
    "branch": lambda written, most: read_branch(written, most, read_shape),
    "gate": lambda written, most: read_gate(written, most, read_shape),
    # Names that frameworks in use give to the same shapes.
    "count_add": lambda written, most: read_counting(written, most, "addition"),
    "count_deduction": lambda written, most: read_counting(written, most, ""),
}
# The older ``type`` of a rule, and the shapes that may stand beside it; the first is meant when none does.
TYPES: dict[str, tuple[str, ...]] = {
    "tiers": ("tiers", "deadline", "branch"),
    "boolean": ("boolean",),
    "manual": ("choice",),
    "choice": ("choice",),
    "ratio": ("plain_ratio", "piecewise_ratio", "best_peer"),
    "count_deduction": ("count_deduction", "count_add", "late_days"),
    "survey": ("survey",),
}


def parse_rule(data: Mapping[str, object], *, max_score: Decimal | None) -> Rule:
    """Read a rule; raises RuleRefused with everything that is wrong with it.

    >>> rule = parse_rule({"type": "boolean", "true": 3, "false": 0, "input": "on_time"}, max_score=Decimal(3))
    >>> rule.describe()
    'Đạt yêu cầu “Đúng thời hạn” được 3 điểm; không đạt được 0 điểm.'
    >>> parse_rule(rule.to_dict(), max_score=Decimal(3)) == rule
    True
    >>> parse_rule({"shape": "lottery"}, max_score=None)
    Traceback (most recent call last):
    ...
    indicators.scoring.faults.RuleRefused: shape “lottery”: không có loại cách tính này.
    """
    faults: list[RuleFault] = []
    rule = read_shape(Written(data, "", faults), max_score)
    if faults or rule is None:
        raise RuleRefused(faults)
    return rule


def read_shape(written: Written, max_score: Decimal | None) -> Rule | None:
    """Read the rule that the shape names; inside a branch, a ladder needs no name."""
    shape, kind = written.words("shape"), written.words("type")
    if kind and kind not in TYPES:
        written.fault("type", "không có loại cách tính này.")
        return None
    if not shape:
        shape = TYPES[kind][0] if kind else "tiers" if written.has("tiers") else ""
    elif kind and shape not in TYPES[kind]:
        written.fault("shape", f"không đi cùng type “{kind}”.")
        return None
    if shape not in SHAPES:
        written.fault("shape", "không có loại cách tính này.")
        return None
    rule = SHAPES[shape](written, max_score)
    written.finish()
    return rule
