"""How much the exact batch costs beside the plainest arithmetic in floats, measured turn by turn in one run."""

import statistics
import time
from decimal import Decimal

import numpy as np

from indicators.scoring import Node, Policy, parse_rule, score_tree
from indicators.scoring.batch import Arrays, prepare

UNITS, YEARS, ROUNDS = 34, 10, 300
LADDER = [(1, 100, None), ("0.8", 90, 100), ("0.6", 80, 90), ("0.4", 70, 80), (0, None, 70)]
FORMS = (
    ({"shape": "tiers", "tiers": [{"score": s, "ge": low, "lt": high} for s, low, high in LADDER]}, 40),
    ({"shape": "choice", "options": [{"label": f"{s}", "score": s} for s in (1, "0.5", 0)]}, 15),
    ({"shape": "piecewise_ratio", "full_at_percent": 85, "zero_below_percent": 60}, 25),
    ({"shape": "survey"}, 15),
    ({"shape": "deduction", "per": "0.25"}, 10),
    ({"shape": "boolean", "true": 1, "false": 0}, 15),
)


def framework():
    rules = [parse_rule(form, max_score=Decimal(1)) for form, times in FORMS for _ in range(times)]
    leaves = [Node(str(place), max_score=Decimal(1), rule=rule) for place, rule in enumerate(rules)]
    return [Node(f"D{domain}", children=tuple(leaves[domain::8])) for domain in range(8)]


def random_values(batch):
    dice = np.random.default_rng(1)
    values = np.empty((UNITS, YEARS, len(batch.columns)))
    for place, column in enumerate(batch.columns):
        ends = {"boolean": 2, "choice": 3, "count": 6}
        if column.field.kind in ends:
            values[:, :, place] = dice.integers(0, ends[column.field.kind], (UNITS, YEARS))
        else:
            values[:, :, place] = np.round(dice.uniform(0, 100, (UNITS, YEARS)), 2)
    return values


def plain(part):
    """The same rules in floats: no blanks, no checks, halves as they fall."""
    t, p, c = part["tiers"], part["piecewise_ratio"], part["choice"]
    scores = np.concatenate(
        [
            np.select([t >= 100, t >= 90, t >= 80, t >= 70], [1, 0.8, 0.6, 0.4], 0.0),
            np.select([c == 0, c == 1], [1.0, 0.5], 0.0),
            np.where(p >= 85, 1.0, np.where(p < 60, 0.0, np.round(p / 85, 2))),
            np.round(part["survey"] / 100, 2),
            np.maximum(1 - 0.25 * part["deduction"], 0.0),
            np.where(part["boolean"] == 1, 1.0, 0.0),
        ],
        axis=2,
    )
    totals = np.round(scores.sum(axis=2), 2)
    return totals, (-totals).argsort(axis=0).argsort(axis=0) + 1


def test_the_exact_batch_beside_plain_arithmetic():
    tree = framework()
    batch = prepare(tree, Policy(total_max=Decimal(120)))
    values = random_values(batch)
    shapes = [leaf.rule.shape for leaf in batch.leaves]
    part = {
        shape: values[:, :, shapes.index(shape) : shapes.index(shape) + shapes.count(shape)] for shape in set(shapes)
    }
    taken = {"plain": [], "batch": []}
    for _ in range(ROUNDS):
        for name, work in (("plain", lambda: plain(part)), ("batch", lambda: batch.score(Arrays(values)))):
            started = time.perf_counter()
            work()
            taken[name].append((time.perf_counter() - started) * 1000)
    median = {name: statistics.median(times) for name, times in taken.items()}
    started = time.perf_counter()
    score_tree(tree, {}, Policy(total_max=Decimal(120)))
    print(f"\n{UNITS} units × {YEARS} years × {len(batch.leaves)} components with ranks; medians")
    for name, milliseconds in median.items():
        print(f"  {name:<45} {milliseconds:8.2f} ms")
    print(f"  {'one blank sheet explained':<45} {(time.perf_counter() - started) * 1000:8.2f} ms")
    ratio = median["batch"] / median["plain"]
    print(f"  batch / plain: {ratio:.2f} (goal: 2)")
    # Half as much again for a machine that is busy with something else.
    assert ratio < 3
