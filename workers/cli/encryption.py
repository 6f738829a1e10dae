"""Whether a folder or the swap lies on an encrypted volume, as far as Linux tells. Reads /proc and /sys only."""

import os
from pathlib import Path

_BLOCK = Path("/sys/dev/block")
_SWAPS = Path("/proc/swaps")


def is_encrypted(folder: Path) -> bool | None:
    """None where it cannot be told: another system, a network volume, a container."""
    device = os.stat(folder).st_dev
    return _crypt_below(_BLOCK / f"{os.major(device)}:{os.minor(device)}")


def open_swap() -> list[str]:
    """Swap on disk that is not encrypted."""
    if not _SWAPS.exists():
        return []
    names = [line.split()[0] for line in _SWAPS.read_text().splitlines()[1:] if line.strip()]
    return [name for name in names if not name.startswith("/dev/zram") and not _swap_encrypted(Path(name))]


def _swap_encrypted(device: Path) -> bool:
    if not device.exists():
        return False
    status = device.stat()
    number = status.st_rdev or status.st_dev
    return _crypt_below(_BLOCK / f"{os.major(number)}:{os.minor(number)}") is True


def _crypt_below(block: Path) -> bool | None:
    """A volume may lie on others (LVM on LUKS): encrypted when it, or all that it lies on, is."""
    if not block.exists():
        return None
    kind = block / "dm" / "uuid"
    if kind.exists() and kind.read_text().startswith("CRYPT-"):
        return True
    slaves = block / "slaves"
    below = [_crypt_below(slave.resolve()) for slave in slaves.iterdir()] if slaves.exists() else []
    return bool(below) and all(below)
