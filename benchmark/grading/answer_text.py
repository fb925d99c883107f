"""What an answer says once its wrapping is off: code fences, surrounding space, Markdown emphasis."""

import re

# No \s before the fence: it would match across lines, which takes quadratic time on an answer of blank lines.
_FENCE_LINE = re.compile(r"^[ \t]*(```|~~~)[^\n]*$", re.MULTILINE)


def unwrap(answer: str) -> str:
    """Return `answer` without code fence lines and surrounding space."""
    return _FENCE_LINE.sub("", answer).strip()


def last_line(answer: str) -> str:
    """Return the last non-empty line of the unwrapped answer, without Markdown emphasis around it."""
    lines = unwrap(answer).splitlines() or [""]
    return plain(lines[-1])


def plain(text: str) -> str:
    """Return `text` without surrounding space and the Markdown marks that wrap all of it (`**x**`, `` `x` ``)."""
    text = text.strip()
    for mark in ("**", "__", "`", "*"):
        if len(text) > 2 * len(mark) and text.startswith(mark) and text.endswith(mark):
            inner = text[len(mark) : -len(mark)]
            if mark not in inner:
                return plain(inner)
    return text
