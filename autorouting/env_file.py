"""The `.env` file: settings for a machine where nobody sets environment variables. The quickstart writes it."""

import os
import secrets
from pathlib import Path
from typing import Final

BASE_DIR: Final = Path(__file__).resolve().parent.parent


def env_file_path() -> Path:
    """Return where the file is: `ENV_FILE`, or `.env` beside manage.py."""
    return Path(os.environ.get("ENV_FILE") or BASE_DIR / ".env")


def ensure_env_file() -> None:
    """Write the file with fresh secrets, readable by its owner alone, unless there is one or the environment has them."""
    path = env_file_path()
    if path.exists() or os.environ.get("SECRET_KEY"):
        return
    lines = [
        "# Written by `manage.py quickstart` for this machine. Environment variables win over this file.",
        f"SECRET_KEY={secrets.token_urlsafe(50)}",
        f"INTERNAL_API_SECRET={secrets.token_urlsafe(32)}",
        "ALLOWED_HOSTS=localhost,127.0.0.1,[::1]",
        "HTTPS=false",
    ]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join(lines) + "\n")
