"""`python -m benchmarks [name ...]`: runs every benchmark, or those named. A benchmark is a module with `main()`."""

import importlib
import pkgutil
import sys
from collections.abc import Callable
from types import ModuleType

import benchmarks


def found() -> dict[str, Callable[[], None]]:
    """Modules without `main()` are material that benchmarks share."""
    names = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name != "__main__")
    modules: list[ModuleType] = [importlib.import_module(f"benchmarks.{name}") for name in names]
    return {module.__name__.removeprefix("benchmarks."): module.main for module in modules if hasattr(module, "main")}


def run(wanted: list[str]) -> int:
    known = found()
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"No benchmark is called {', '.join(unknown)}. There are: {', '.join(known) or 'none'}.", file=sys.stderr)
        return 2
    for name in wanted or known:
        print(f"== {name}", flush=True)
        known[name]()
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
