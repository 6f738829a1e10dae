"""What workers remember in small files beside their keys, where no restored database takes it back."""

import json
from typing import Any
from uuid import uuid4

from backend.settings import Settings


def read(settings: Settings, name: str) -> Any:
    """None where nothing was kept, or what was kept is damaged."""
    try:
        return json.loads((settings.worker_keys / name).read_text())
    except (FileNotFoundError, ValueError):
        return None


def write(settings: Settings, name: str, value: Any) -> None:
    """Whole or not at all. `name` begins with a dot: whoever lists the keys must not take it for one."""
    file = settings.worker_keys / name
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Two workers may write at once, each its own draft.
    draft = file.with_name(f"{name}.{uuid4().hex}")
    draft.write_text(json.dumps(value))
    draft.replace(file)
