"""What the database itself refuses in indicators (see ``agencies.constraints``)."""

from agencies.constraints import NoReplace, NoTruncate, Promise, Trigger, append_only

_FRAMEWORK = "parportal: a framework that a year uses is never changed"
_CROSSWALK = "parportal: the crosswalk of a framework that a year uses is never changed"
_LAYER = "parportal: a layer that was handed in is never changed"


def _used(framework: str) -> str:
    """Return the condition that a year uses a framework: a score sheet, or a published figure of a component."""
    return (
        f"(EXISTS (SELECT 1 FROM indicators_scoresheet s WHERE s.framework_id = {framework}) "
        "OR EXISTS (SELECT 1 FROM indicators_result r JOIN indicators_component c ON c.id = r.component_id "
        f"WHERE c.framework_id = {framework}))"
    )


def _frozen(layer: str) -> str:
    return f"EXISTS (SELECT 1 FROM indicators_entrylayer l WHERE l.id = {layer} AND l.frozen_at IS NOT NULL)"


def _part_of_a_layer(table: str) -> tuple[Promise, ...]:
    """Return the promises of what hangs on a layer: it changes with the layer only, and moves to no other."""
    kept = _frozen("OLD.layer_id")
    return (
        Trigger(f"{table}_frozen", table, "UPDATE", f"{kept} OR {_frozen('NEW.layer_id')}", _LAYER),
        Trigger(f"{table}_kept", table, "DELETE", kept, _LAYER),
        Trigger(f"{table}_closed", table, "INSERT", _frozen("NEW.layer_id"), _LAYER),
        NoReplace(f"{table}_no_replace", table, "o.id = NEW.id", _frozen("o.layer_id"), _LAYER),
    )


PROMISES: tuple[Promise, ...] = (
    Trigger("indicators_framework_frozen", "indicators_framework", "UPDATE", _used("OLD.id"), _FRAMEWORK),
    Trigger("indicators_framework_kept", "indicators_framework", "DELETE", _used("OLD.id"), _FRAMEWORK),
    NoReplace(
        "indicators_framework_no_replace",
        "indicators_framework",
        "o.id = NEW.id OR o.code = NEW.code OR (o.index_id = NEW.index_id AND o.version = NEW.version "
        "AND (o.province_id = NEW.province_id OR (o.province_id IS NULL AND NEW.province_id IS NULL)))",
        _used("o.id"),
        _FRAMEWORK,
    ),
    NoTruncate("indicators_framework_no_truncate", "indicators_framework", _FRAMEWORK),
    Trigger(
        "indicators_component_frozen",
        "indicators_component",
        "UPDATE",
        f"{_used('OLD.framework_id')} OR {_used('NEW.framework_id')}",
        _FRAMEWORK,
    ),
    Trigger("indicators_component_kept", "indicators_component", "DELETE", _used("OLD.framework_id"), _FRAMEWORK),
    Trigger("indicators_component_closed", "indicators_component", "INSERT", _used("NEW.framework_id"), _FRAMEWORK),
    NoReplace(
        "indicators_component_no_replace",
        "indicators_component",
        "o.id = NEW.id OR (o.framework_id = NEW.framework_id AND o.code = NEW.code)",
        _used("o.framework_id"),
        _FRAMEWORK,
    ),
    NoTruncate("indicators_component_no_truncate", "indicators_component", _FRAMEWORK),
    # A crosswalk may come after the first year of use (years are compared through it, nothing is scored by it); then
    # it stays as well.
    Trigger(
        "indicators_componentlink_frozen",
        "indicators_componentlink",
        "UPDATE",
        f"{_used('OLD.framework_id')} OR {_used('NEW.framework_id')}",
        _CROSSWALK,
    ),
    Trigger(
        "indicators_componentlink_kept",
        "indicators_componentlink",
        "DELETE",
        _used("OLD.framework_id"),
        _CROSSWALK,
    ),
    NoReplace(
        "indicators_componentlink_no_replace",
        "indicators_componentlink",
        "o.id = NEW.id OR (o.framework_id = NEW.framework_id AND o.old_id = NEW.old_id AND o.new_id = NEW.new_id)",
        _used("o.framework_id"),
        _CROSSWALK,
    ),
    NoTruncate("indicators_componentlink_no_truncate", "indicators_componentlink", _CROSSWALK),
    Trigger("indicators_entrylayer_frozen", "indicators_entrylayer", "UPDATE", "OLD.frozen_at IS NOT NULL", _LAYER),
    Trigger("indicators_entrylayer_kept", "indicators_entrylayer", "DELETE", "OLD.frozen_at IS NOT NULL", _LAYER),
    NoReplace(
        "indicators_entrylayer_no_replace",
        "indicators_entrylayer",
        "o.id = NEW.id OR (o.entry_id = NEW.entry_id AND o.stage = NEW.stage AND o.number = NEW.number)",
        "o.frozen_at IS NOT NULL",
        _LAYER,
    ),
    NoTruncate("indicators_entrylayer_no_truncate", "indicators_entrylayer", _LAYER),
    *_part_of_a_layer("indicators_declaredinput"),
    *_part_of_a_layer("indicators_sheetevidence"),
    # A survey is written once: what was wrong is replaced by the next import.
    *append_only("indicators_survey", "o.id = NEW.id OR o.replaces_id = NEW.replaces_id"),
    *append_only("indicators_surveyquestion", "o.id = NEW.id OR (o.survey_id = NEW.survey_id AND o.code = NEW.code)"),
    *append_only(
        "indicators_surveycount", "o.id = NEW.id OR (o.question_id = NEW.question_id AND o.option = NEW.option)"
    ),
)
