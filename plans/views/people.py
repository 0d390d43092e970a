"""Who is asking, and which page of a list (the same in every storey)."""

from agencies.views.people import page_rows, person

__all__ = ["page_rows", "person"]
