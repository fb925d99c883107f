"""How figures are written for people: money, shares, intervals, times. Unknown is said, never shown as 0."""

from datetime import timedelta
from decimal import Decimal
from typing import Final

UNKNOWN: Final = "unknown"
_SIGNIFICANT_DIGITS: Final = 3
_MOST_DECIMALS: Final = 10


def usd(amount: Decimal | float | None) -> str:
    """Return USD with cents, or below a dollar with three significant digits: $1,234.50, $0.00123."""
    if amount is None:
        return UNKNOWN
    amount = Decimal(str(amount))
    if not amount:
        return "$0"
    decimals = 2 if abs(amount) >= 1 else min(_MOST_DECIMALS, _SIGNIFICANT_DIGITS - 1 - amount.adjusted())
    return f"{'-' if amount < 0 else ''}${abs(amount):,.{decimals}f}"


def signed_usd(amount: Decimal | None) -> str:
    """Return a change in USD with its sign."""
    return f"+{usd(amount)}" if amount is not None and amount > 0 else usd(amount)


def percent(share: float | None) -> str:
    """Return a share in whole percents."""
    return UNKNOWN if share is None else f"{share:.0%}"


def signed_percent(share: float | None) -> str:
    """Return a relative change in whole percents with its sign, none for what rounds to 0."""
    if share is None:
        return UNKNOWN
    return f"{share:+.0%}" if abs(share) >= 0.005 else "0%"


def points(share: float | None) -> str:
    """Return a change of a share in percentage points with its sign."""
    return UNKNOWN if share is None else f"{100 * share:+.0f} points"


def interval(low: float | None, high: float | None) -> str:
    """Return a 95 % interval of a share: 65-99%."""
    return UNKNOWN if low is None or high is None else f"{100 * low:.0f}-{100 * high:.0f}%"


def duration(span: timedelta | None) -> str:
    """Return a time span in its two largest units."""
    if span is None:
        return UNKNOWN
    seconds = max(0, round(span.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"
