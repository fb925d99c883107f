"""What a measurement was made of. Measurements under different identities are never mixed."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MeasurementIdentity:
    """The questions and checks, the grading code, and who was asked."""

    golden_digest: str
    grading_version: str
    runner_identity: str

    @property
    def digest(self) -> str:
        words = (self.golden_digest, self.grading_version, self.runner_identity)
        return hashlib.sha256("\x1f".join(words).encode()).hexdigest()
