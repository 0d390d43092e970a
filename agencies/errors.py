"""Errors that people and programs read: a stable code and a Vietnamese sentence."""


class PortalError(Exception):
    """A refused request.

    ``code`` is stable for programs, ``message`` says in Vietnamese what is wrong and what to do,
    ``fields`` maps form fields to their own sentences.
    """

    status = 400

    def __init__(self, code: str, message: str, *, fields: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = fields or {}


class Invalid(PortalError):
    """The input cannot be taken as it is."""

    status = 422


class Refused(PortalError):
    """The person may see the row but may not take this step."""

    status = 403


class Conflict(PortalError):
    """Somebody was faster, or the row is no longer in the state the step needs."""

    status = 409


class PreconditionRequired(PortalError):
    """A write to something people edit together came without saying which revision it read."""

    status = 428
