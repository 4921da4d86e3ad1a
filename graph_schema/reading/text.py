"""What may be a name, and how a value is quoted in messages."""

from __future__ import annotations

import re

LONGEST_NAME = 10_000
"""Characters a field may have at most."""

# Control characters, line separators, and the marks that turn the writing direction of what follows.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
CONTROL_IN_TEXT = re.compile(CONTROL.pattern.replace(r"\x00-\x1f", r"\x00-\x08\x0b-\x1f"))


def field_fault(value: str) -> tuple[str, str] | None:
    """(found, wanted) of what is wrong with a name, or None."""
    if not value.strip():
        return "a blank field", "a name"
    control = CONTROL.search(value.strip(" \r"))
    if control:
        return f"the control character U+{ord(control.group()):04X} in {shown(value)}", "printable text"
    if len(value) > LONGEST_NAME:
        return f"a name of {len(value):,} characters", f"at most {LONGEST_NAME:,} characters"
    return None


def shown(value: str) -> str:
    """A value as quoted in messages: escaped, and cut when long."""
    return repr(value if len(value) <= 60 else value[:57] + "…")
