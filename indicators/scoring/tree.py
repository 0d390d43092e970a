"""A framework as a tree of components, the answers to it, and the score sheet they make.

* Points add up: a component's are the sum of its parts, unrounded; only the total is rounded.
* A blank answer is no answer: it adds nothing, it is not 0, and the sheet says how many of how many are answered.
* Not applicable is an answer: by the component's policy it takes the component's maximum away, or gives full points.
* The whole subtree of a bonus or penalty counts as such. A penalty's score is what it takes off.
* total = base (up to the framework's total) + bonus (up to its cap) − penalty (up to its cap), between floor and
  ceiling. Where the framework rescales, base is first stretched from what is applicable to the framework's total.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from agencies.text import fold
from indicators.scoring.counts import cap_words
from indicators.scoring.exact import points, round_to, shown
from indicators.scoring.explanation import Explanation, GradeCap, Scored
from indicators.scoring.faults import InputFault, InputRefused, RuleFault, RuleRefused
from indicators.scoring.inputs import Value, number_of
from indicators.scoring.intervals import Interval, coverage
from indicators.scoring.ranks import Ties
from indicators.scoring.rule import Rule

Kind = Literal["base", "bonus", "penalty"]
NotApplicable = Literal["reduce_max", "full_points", ""]
ZERO = Decimal(0)


@dataclass(frozen=True)
class Answer:
    """What was said about one component: inputs of its rule, "không phát sinh", or points that a person gave."""

    inputs: Mapping[str, Value] = field(default_factory=dict)
    not_applicable: bool = False
    given: Decimal | None = None

    @property
    def blank(self) -> bool:
        """Whether nothing was said."""
        return not self.stated and not self.not_applicable and self.given is None

    @property
    def stated(self) -> bool:
        """Whether any input was declared."""
        return any(value is not None for value in self.inputs.values())


@dataclass(frozen=True)
class Node:
    """A component. ``gate``: when it is not met, the whole component above it has 0 points."""

    code: str
    name: str = ""
    kind: Kind = "base"
    max_score: Decimal | None = None
    rule: Rule | None = None
    not_applicable: NotApplicable = ""
    children: tuple["Node", ...] = ()
    gate: bool = False


@dataclass(frozen=True)
class Grade:
    """A grade and the totals it covers: from ``at_least``, below ``below``."""

    code: str
    name: str
    at_least: Decimal | None = None
    below: Decimal | None = None

    @property
    def range(self) -> Interval:
        """The totals it covers."""
        return Interval(ge=self.at_least, lt=self.below)


@dataclass(frozen=True)
class Policy:
    """How a framework makes a total, a percentage and a grade of the points."""

    total_max: Decimal = Decimal(100)
    bonus_cap: Decimal | None = None
    penalty_cap: Decimal | None = None
    floor: Decimal | None = ZERO
    ceiling: Decimal | None = None
    decimals: int = 2
    rescale: bool = False
    grades: tuple[Grade, ...] = ()
    ties: Ties = "shared"


@dataclass(frozen=True)
class Sheet:
    """A score sheet. ``bonus`` and ``penalty`` are what counts, after their caps; None: nothing is known yet.

    ``percent`` is the total as a share of the framework's total; ``applicable_max`` what could be reached in the base.
    """

    components: dict[str, Scored]
    base: Decimal | None
    bonus: Decimal | None
    penalty: Decimal | None
    total: Decimal | None
    applicable_max: Decimal
    percent: Decimal | None
    grade: Grade | None
    explanation: Explanation
    answered: int
    leaves: int
    grade_caps: tuple[tuple[str, GradeCap], ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every component is answered; before that a grade is provisional."""
        return self.answered == self.leaves


def leaves_of(nodes: Sequence[Node]) -> Iterator[Node]:
    """Yield the components that are answered, in their order."""
    for node in nodes:
        if node.children:
            yield from leaves_of(node.children)
        else:
            yield node


def tree_faults(nodes: Sequence[Node], policy: Policy) -> list[RuleFault]:
    """Return what is wrong with a tree or its policy; the path is the component's code."""
    faults: list[RuleFault] = []
    seen: set[str] = set()
    for node in nodes:
        if node.gate:
            faults.append(RuleFault(node.code, "gate", "điều kiện bắt buộc phải nằm trong một tiêu chí."))
        _check_node(node, node.kind, seen, faults)
    grades = policy.grades
    ladder = coverage([grade.range for grade in grades], least=None, most=None, whole=False) if grades else []
    faults += [RuleFault("grades", grades[place].name, message) for place, message in ladder]
    for leaf in leaves_of(nodes):
        cap = getattr(leaf.rule, "grade_cap", None)
        if isinstance(cap, GradeCap) and grades and cap.below and _grade_place(grades, cap.below) is None:
            faults.append(RuleFault(leaf.code, cap.below, "bộ tiêu chí không có mức xếp loại này."))
    if policy.total_max <= 0:
        faults.append(RuleFault("total_max", str(policy.total_max), "phải lớn hơn 0."))
    return faults


def _check_node(node: Node, kind: Kind, seen: set[str], faults: list[RuleFault]) -> None:
    if node.code in seen:
        faults.append(RuleFault(node.code, node.code, "hai thành phần có cùng mã."))
    seen.add(node.code)
    if node.kind not in ("base", kind):
        faults.append(RuleFault(node.code, node.kind, f"khác loại với thành phần cấp trên ({kind})."))
    if node.children and node.rule is not None:
        faults.append(RuleFault(node.code, node.rule.shape, "có thành phần con thì không có cách tính riêng."))
    if node.rule is not None:
        best = node.rule.best(node.max_score)
        if node.rule.takes_off and kind != "penalty":
            faults.append(RuleFault(node.code, node.rule.shape, "cách tính điểm trừ chỉ dùng cho điểm trừ."))
        if best is None and kind != "penalty":
            faults.append(RuleFault(node.code, "", "cần điểm tối đa để tính điểm."))
        if best is not None and node.max_score is not None and best > node.max_score:
            faults.append(RuleFault(node.code, str(best), f"vượt điểm tối đa {shown(node.max_score)}."))
    if not node.children and node.max_score is None and kind != "penalty" and not node.gate:
        faults.append(RuleFault(node.code, "", "thành phần chưa có điểm tối đa."))
    for child in node.children:
        _check_node(child, kind, seen, faults)


def score_tree(nodes: Sequence[Node], answers: Mapping[str, Answer], policy: Policy) -> Sheet:
    """Score every component and make the total. Raises InputRefused, or RuleRefused for a tree that is none.

    >>> from indicators.scoring.parsing import parse_rule
    >>> rule = parse_rule({"shape": "survey"}, max_score=Decimal(10))
    >>> nodes = [Node("1", max_score=Decimal(90)), Node("2", max_score=Decimal(10), rule=rule)]
    >>> answers = {"1": Answer(given=Decimal("80.5")), "2": Answer({"value": Decimal("91.17")})}
    >>> sheet = score_tree(nodes, answers, Policy())
    >>> sheet.total, sheet.percent, sheet.answered, sheet.leaves
    (Decimal('89.62'), Decimal('89.62'), 2, 2)
    >>> score_tree(nodes, {"1": answers["1"]}, Policy()).explanation.steps[0]
    'Mới có 1/2 thành phần được trả lời: kết quả là tạm tính'
    """
    wrong = tree_faults(nodes, policy)
    if wrong:
        raise RuleRefused(wrong)
    _known_components(nodes, answers)
    scored: dict[str, Scored] = {}
    faults: list[InputFault] = []
    for node in nodes:
        _score_node(node, node.kind, answers, scored, faults)
    if faults:
        raise InputRefused(faults)
    return _sheet(nodes, scored, policy)


def _known_components(nodes: Sequence[Node], answers: Mapping[str, Answer]) -> None:
    leaves = {leaf.code for leaf in leaves_of(nodes)}
    every = _codes(nodes)
    faults = []
    for code, answer in answers.items():
        if code in leaves or answer.blank:
            continue
        if code in every:
            faults.append(InputFault(code, "", "component_has_parts", "Điểm được tính từ các thành phần con."))
        else:
            faults.append(InputFault(code, "", "component_unknown", "Bộ tiêu chí không có thành phần này."))
    if faults:
        raise InputRefused(faults)


def _codes(nodes: Sequence[Node]) -> set[str]:
    return {node.code for node in nodes}.union(*(_codes(node.children) for node in nodes))


def _score_node(
    node: Node, kind: Kind, answers: Mapping[str, Answer], scored: dict[str, Scored], faults: list[InputFault]
) -> Scored:
    if node.children:
        parts = [(child, _score_node(child, kind, answers, scored, faults)) for child in node.children]
        result = _sum(node, kind, parts)
    else:
        try:
            result = score_leaf(node, kind, answers.get(node.code, Answer()))
        except InputRefused as refused:
            faults += refused.of(node.code).faults
            result = Scored(None, node.max_score, Explanation(""))
    scored[node.code] = result
    return result


def score_leaf(node: Node, kind: Kind, answer: Answer) -> Scored:
    """Score one component that has no parts."""
    rule = node.rule.sentence(node.max_score) if node.rule is not None else "Điểm do người chấm nhập."
    contradictions = [answer.stated, answer.not_applicable, answer.given is not None]
    if sum(contradictions) > 1:
        words = "Chỉ chọn một: số liệu kê khai, “không phát sinh”, hoặc điểm nhập tay."
        raise InputRefused([InputFault("", "", "input_contradiction", words)])
    if answer.not_applicable:
        return _not_applicable(node, kind, rule)
    if answer.given is not None:
        return _given(node, answer.given, rule)
    if node.rule is not None:
        return node.rule.score(answer.inputs, node.max_score)
    if answer.stated:
        words = "Thành phần này không có cách tính theo số liệu; hãy nhập điểm."
        raise InputRefused([InputFault("", "", "input_without_rule", words)])
    return Scored(None, node.max_score, Explanation(rule, (), ("Chưa nhập điểm; chưa có điểm",)))


def _not_applicable(node: Node, kind: Kind, rule: str) -> Scored:
    said = ("Không phát sinh",)
    if node.not_applicable == "reduce_max":
        step = "không chấm" if node.max_score is None else f"không chấm, điểm tối đa giảm {points(node.max_score)}"
        return Scored(None, ZERO, Explanation(rule, said, (step,)), not_applicable=True)
    if node.not_applicable == "full_points":
        got = ZERO if kind == "penalty" or node.max_score is None else node.max_score
        step = "trừ 0 điểm" if kind == "penalty" else f"được điểm tối đa {points(got)}"
        return Scored(got, node.max_score, Explanation(rule, said, (step,)), not_applicable=True, met=True)
    words = "Thành phần này không được chọn “không phát sinh”."
    raise InputRefused([InputFault("", "not_applicable", "not_applicable_not_allowed", words)])


def _given(node: Node, given: Decimal, rule: str) -> Scored:
    number = number_of(given)
    if number is None:
        raise InputRefused([InputFault("", "given", "input_type", f"Điểm phải là một số, không phải “{given}”.")])
    if number < 0 or (node.max_score is not None and number > node.max_score):
        most = f" đến {shown(node.max_score)}" if node.max_score is not None else ""
        words = f"Điểm phải từ 0{most}, không phải {shown(number)}."
        raise InputRefused([InputFault("", "given", "given_range", words)])
    explanation = Explanation(rule, (f"Điểm nhập: {shown(number)}",), (points(number),))
    return Scored(number, node.max_score, explanation, met=number > 0)


def own_max(node: Node, kind: Kind) -> Decimal | None:
    """Return the maximum that a component with parts states; 0 of a penalty group states nothing."""
    return None if kind == "penalty" and not node.max_score else node.max_score


def _sum(node: Node, kind: Kind, parts: Sequence[tuple[Node, Scored]]) -> Scored:
    known = [(part, score.score) for part, score in parts if score.score is not None]
    blank = [part.code for part, score in parts if score.score is None and not score.not_applicable]
    own = own_max(node, kind)
    applicable = sum((score.max_score for _, score in parts if score.max_score is not None), ZERO)
    if own is not None:
        applicable = min(own, applicable)
    lines = tuple(f"{part.code}: {points(got)}" for part, got in known)
    excused = [part.code for part, score in parts if score.not_applicable and score.score is None]
    lines += tuple(f"{code}: không phát sinh" for code in excused)
    lines += tuple(f"{code}: chưa có điểm" for code in blank)
    rule = "Tổng điểm của các thành phần con."
    if not known:
        every_excused = len(excused) == len(parts)
        step = "không phát sinh" if every_excused else "chưa có điểm"
        return Scored(None, applicable, Explanation(rule, lines, (step,)), not_applicable=every_excused)
    total = sum((got for _, got in known), ZERO)
    steps = [f"{' + '.join(shown(got) for _, got in known)} = {shown(total)}"]
    unmet = [part for part, score in parts if part.gate and score.met is False]
    if own is not None and total > own:
        total = own
        steps.append(f"tối đa {points(own)}")
    if unmet and kind != "penalty":
        total = ZERO
        names = ", ".join(f"“{part.name or part.code}”" for part in unmet)
        steps.append(f"Không đạt điều kiện bắt buộc {names}: cả tiêu chí 0 điểm")
    steps.append(points(total))
    return Scored(total, applicable, Explanation(rule, lines, tuple(steps)), met=total > 0)


def _sheet(nodes: Sequence[Node], scored: Mapping[str, Scored], policy: Policy) -> Sheet:
    base, bonus, penalty = (_side(nodes, scored, kind) for kind in ("base", "bonus", "penalty"))
    applicable = sum((scored[node.code].max_score or ZERO for node in nodes if node.kind == "base"), ZERO)
    leaves = list(leaves_of(nodes))
    answered = sum(scored[leaf.code].score is not None or scored[leaf.code].not_applicable for leaf in leaves)
    steps = []
    if answered < len(leaves):
        steps.append(f"Mới có {answered}/{len(leaves)} thành phần được trả lời: kết quả là tạm tính")
    counted_base = _capped(base, policy.total_max, "Điểm cơ bản", steps)
    counted_bonus = _capped(bonus, policy.bonus_cap, "Điểm thưởng", steps)
    counted_penalty = _capped(penalty, policy.penalty_cap, "Điểm trừ", steps)
    total = percent = grade = None
    caps = tuple((leaf.code, cap) for leaf in leaves for cap in scored[leaf.code].grade_caps)
    if any(side is not None for side in (counted_base, counted_bonus, counted_penalty)):
        exact = exact_total(counted_base, counted_bonus, counted_penalty, applicable, policy)
        total = round_to(exact, policy.decimals)
        percent = round_to(exact / Fraction(policy.total_max) * 100, policy.decimals)
        steps += _total_steps(counted_base, counted_bonus, counted_penalty, applicable, policy, exact)
        steps.append(
            f"Tổng điểm: {points(total, policy.decimals)}; đạt {shown(percent)} % của {shown(policy.total_max)}"
        )
        grade = grade_of(total, [cap for _, cap in caps], policy.grades)
        if grade is not None:
            steps += [f"{code}: {cap_words(cap)}" for code, cap in caps]
            steps.append(f"Xếp loại: {grade.name}")
    sums = (("Điểm cơ bản", base), ("Điểm thưởng", bonus), ("Điểm trừ", penalty))
    lines = tuple(f"{name}: {points(value)}" for name, value in sums if value is not None)
    if not lines:
        lines, steps = ("chưa có số liệu",), [f"Mới có {answered}/{len(leaves)} thành phần được trả lời; chưa có điểm"]
    return Sheet(
        components=dict(scored), base=counted_base, bonus=counted_bonus, penalty=counted_penalty, total=total,
        applicable_max=applicable, percent=percent, grade=grade,
        explanation=Explanation(_total_rule(policy), lines, tuple(steps)),
        answered=answered, leaves=len(leaves), grade_caps=caps,
    )  # fmt: skip


def _side(nodes: Sequence[Node], scored: Mapping[str, Scored], kind: Kind) -> Decimal | None:
    known = [score for node in nodes if node.kind == kind and (score := scored[node.code].score) is not None]
    return sum(known, ZERO) if known else None


def _capped(value: Decimal | None, cap: Decimal | None, name: str, steps: list[str]) -> Decimal | None:
    if value is None or cap is None or value <= cap:
        return value
    steps.append(f"{name} {shown(value)} vượt mức tối đa: tính {points(cap)}")
    return cap


def exact_total(
    base: Decimal | None, bonus: Decimal | None, penalty: Decimal | None, applicable: Decimal, policy: Policy
) -> Fraction:
    """Return the total before rounding, from what counts of the three sides.

    >>> exact_total(Decimal(63), None, None, Decimal(70), Policy(rescale=True))
    Fraction(90, 1)
    """
    reached = Fraction(base or 0)
    if policy.rescale and applicable:
        reached = reached / Fraction(applicable) * Fraction(policy.total_max)
    total = reached + Fraction(bonus or 0) - Fraction(penalty or 0)
    if policy.floor is not None:
        total = max(total, Fraction(policy.floor))
    return total if policy.ceiling is None else min(total, Fraction(policy.ceiling))


def _total_steps(
    base: Decimal | None,
    bonus: Decimal | None,
    penalty: Decimal | None,
    applicable: Decimal,
    policy: Policy,
    exact: Fraction,
) -> list[str]:
    steps, reached = [], Fraction(base or 0)
    if policy.rescale and applicable and base is not None and applicable != policy.total_max:
        reached = reached / Fraction(applicable) * Fraction(policy.total_max)
        steps.append(
            f"Quy đổi phần áp dụng: {shown(base)} / {shown(applicable)} × {shown(policy.total_max)} = {shown(reached)}"
        )
    added = f" + {shown(bonus)}" if bonus is not None else ""
    taken = f" − {shown(penalty)}" if penalty is not None else ""
    total = reached + Fraction(bonus or 0) - Fraction(penalty or 0)
    if added or taken:
        steps.append(f"{shown(reached)}{added}{taken} = {shown(total)}")
    if exact > total:
        steps.append(f"không thấp hơn {shown(exact)}")
    elif exact < total:
        steps.append(f"không cao hơn {shown(exact)}")
    return steps


def _total_rule(policy: Policy) -> str:
    parts = [f"Tổng điểm = điểm cơ bản (tối đa {shown(policy.total_max)})"]
    if policy.rescale:
        parts[0] += f", quy đổi phần áp dụng về thang {shown(policy.total_max)},"
    parts.append(f"+ điểm thưởng{_most(policy.bonus_cap)} − điểm trừ{_most(policy.penalty_cap)}")
    parts.append(f"làm tròn {policy.decimals} chữ số")
    return f"{parts[0]} {parts[1]}; {parts[2]}."


def _most(cap: Decimal | None) -> str:
    return "" if cap is None else f" (tối đa {shown(cap)})"


def _grade_place(grades: Sequence[Grade], name: str) -> int | None:
    order = _best_first(grades)
    found = [place for place, grade in enumerate(order) if fold(name) in (fold(grade.name), fold(grade.code))]
    return found[0] if found else None


def _best_first(grades: Sequence[Grade]) -> list[Grade]:
    return sorted(grades, key=lambda grade: (grade.at_least is not None, grade.at_least or ZERO), reverse=True)


def grade_of(total: Decimal, caps: Sequence[GradeCap], grades: Sequence[Grade]) -> Grade | None:
    """Return the grade of a rounded total. Bars on grades count first, then levels down; never below the last.

    >>> grades = (Grade("A", "Xuất sắc", Decimal(90)), Grade("B", "Tốt", Decimal(80), Decimal(90)),
    ...     Grade("C", "Yếu", None, Decimal(80)))
    >>> [grade_of(Decimal(95), caps, grades).code for caps in ((), [GradeCap("Xuất sắc")], [GradeCap("", 1)])]
    ['A', 'B', 'B']
    """
    order = _best_first(grades)
    place = next((at for at, grade in enumerate(order) if grade.range.holds(Fraction(total))), None)
    if place is None:
        return None
    barred = [_grade_place(grades, cap.below) for cap in caps if cap.below]
    place = max([place, *(bar + 1 for bar in barred if bar is not None)])
    place += sum(cap.lower_by for cap in caps)
    return order[min(place, len(order) - 1)]


def share(sheet: Sheet, code: str) -> Decimal | None:
    """Return a component's points as a percentage of its maximum: how years with other weights are compared.

    None while it has no points or no maximum.
    """
    one = sheet.components[code]
    if one.score is None or not one.max_score:
        return None
    return round_to(Fraction(one.score) / Fraction(one.max_score) * 100, 2)
