"""A crashed process must not leave its memory on disk: submissions in clear live there for the length of a page."""

try:
    import resource
except ImportError:  # not on Windows, which writes no core files by itself
    resource = None  # type: ignore[assignment]


def forbid_core_dumps() -> None:
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
