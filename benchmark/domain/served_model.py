"""Whether the model that served a reply is the one that was asked."""

import re
from typing import Final

_VERSION_SUFFIX: Final = re.compile(r"[-:@](\d[\w.-]*|latest|free|beta|preview|exp)(?:[-:@].*)?")


def is_same_model(asked: str, served: str) -> bool:
    """Return whether `served` names the model `asked`, but for vendor prefix, case and a date or version suffix."""
    asked, served = asked.casefold().rpartition("/")[2], served.casefold().rpartition("/")[2]
    shorter, longer = sorted((asked, served), key=len)
    return (
        not served
        or shorter == longer
        or (longer.startswith(shorter) and _VERSION_SUFFIX.fullmatch(longer[len(shorter) :]) is not None)
    )
