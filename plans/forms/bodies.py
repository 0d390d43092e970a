"""The agencies and groups that the text of a task may name."""

from datetime import date

from agencies.models import Agency, AgencyGroup
from plans.actions.plans import Party
from plans.models import TaskVersion


class Bodies:
    """The agencies and groups of a province, as choices ``agency:5`` and ``group:2``."""

    def __init__(self, province_id: int, on: date) -> None:
        self.agencies = {
            agency.pk: agency
            for agency in Agency.objects.filter(province_id=province_id).valid_on(on).order_by("order", "name")
        }
        self.groups = {group.pk: group for group in AgencyGroup.objects.filter(province_id=province_id)}

    def add(self, version: TaskVersion | None) -> None:
        """Offer what a text names already, even when it has ended since."""
        for party in version.parties.select_related("agency", "group") if version else ():
            if party.agency is not None:
                self.agencies.setdefault(party.agency.pk, party.agency)
            if party.group is not None:
                self.groups.setdefault(party.group.pk, party.group)

    def choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return them for a select."""
        return [
            ("Nhóm cơ quan", [(f"group:{pk}", group.name) for pk, group in self.groups.items()]),
            ("Cơ quan", [(f"agency:{pk}", agency.name) for pk, agency in self.agencies.items()]),
        ]

    def party(self, role: str, chosen: str, wording: str = "") -> Party:
        """Return a chosen body as a party of a text."""
        kind, _, pk = chosen.partition(":")
        if kind == "group":
            return Party(role, group=self.groups[int(pk)], wording=wording)
        return Party(role, agency=self.agencies[int(pk)], wording=wording)
