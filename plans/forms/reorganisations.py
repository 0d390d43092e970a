"""The duties of a reorganised agency."""

from typing import Any

from agencies.forms import row_numbers
from agencies.text import nfc


class DutyForm:
    """What is decided about one open duty of a reorganised agency (its line of the table).

    Field names carry the duty's id: the table is one form, each line is confirmed by itself.
    """

    MOVE, KEEP, END = "move", "keep", "end"
    CHOICES = ((MOVE, "Chuyển"), (KEEP, "Giữ nguyên"), (END, "Kết thúc"))

    def __init__(self, data: Any, assignment_id: int) -> None:
        outcome = data.get(f"outcome_{assignment_id}", self.MOVE)
        self.outcome = outcome if outcome in dict(self.CHOICES) else self.MOVE
        self.receivers = row_numbers([*data.getlist(f"to_{assignment_id}"), data.get(f"other_{assignment_id}", "")])
        self.reason = nfc(data.get(f"reason_{assignment_id}", ""))[:2000]

    @staticmethod
    def chosen(data: Any) -> list[int]:
        """Return the duties to confirm: the one whose button was pressed, else those ticked."""
        one = data.get("one", "")
        return row_numbers([one]) if one else row_numbers(data.getlist("row"))
