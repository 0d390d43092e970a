"""How points come about: rules, score sheets, ranks. Numbers in, numbers and their reasons out; no database.

``parse_rule`` reads a rule, ``rule.score`` scores one component, ``score_tree`` a whole sheet, ``rank`` and
``groups`` compare units. ``batch`` does the same arithmetic for many sheets at once, to the last digit.
"""

from indicators.scoring.explanation import Explanation, GradeCap, Scored
from indicators.scoring.faults import InputFault, InputRefused, RuleFault, RuleRefused
from indicators.scoring.inputs import Field, Value
from indicators.scoring.parsing import parse_rule
from indicators.scoring.ranks import Rank, group_sizes, groups, rank
from indicators.scoring.rule import Rule
from indicators.scoring.tree import Answer, Grade, Node, Policy, Sheet, leaves_of, score_tree, share, tree_faults

__all__ = [
    "Answer",
    "Explanation",
    "Field",
    "Grade",
    "GradeCap",
    "InputFault",
    "InputRefused",
    "Node",
    "Policy",
    "Rank",
    "Rule",
    "RuleFault",
    "RuleRefused",
    "Scored",
    "Sheet",
    "Value",
    "group_sizes",
    "groups",
    "leaves_of",
    "parse_rule",
    "rank",
    "score_tree",
    "share",
    "tree_faults",
]
