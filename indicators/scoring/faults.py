"""What cannot be taken: a rule that is not a rule, an input that does not fit. Every fault is told at once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from agencies.errors import Invalid


@dataclass(frozen=True)
class RuleFault:
    """One thing wrong with a rule: where it stands in the JSON form, what stands there, what is wrong."""

    path: str
    value: str
    message: str

    def __str__(self) -> str:
        return f"{self.path or 'cách tính điểm'} “{self.value}”: {self.message}"


class RuleRefused(ValueError):
    """A rule, or a tree of components, that cannot be taken, with everything that is wrong with it."""

    def __init__(self, faults: Iterable[RuleFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(frozen=True)
class InputFault:
    """One input that does not fit: component, declared input, a stable code, and the sentence for people."""

    component: str
    name: str
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.component}: {self.message}" if self.component else self.message


class InputRefused(Invalid):
    """Inputs that do not fit, all of them. ``fields`` maps ``component.name`` to its sentence."""

    def __init__(self, faults: Iterable[InputFault]) -> None:
        self.faults = tuple(faults)
        super().__init__(
            "inputs_refused",
            "\n".join(str(fault) for fault in self.faults),
            fields={".".join(filter(None, (fault.component, fault.name))): fault.message for fault in self.faults},
        )

    @property
    def component(self) -> str:
        """The first component that is at fault."""
        return self.faults[0].component

    def of(self, component: str) -> "InputRefused":
        """Return the same refusal, said of a component."""
        return InputRefused(replace(fault, component=component) for fault in self.faults)
