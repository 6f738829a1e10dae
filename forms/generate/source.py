"""Opens a form in as many engines as are worth it, and has them fill the templates."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from forms.engine import Engine, OpenForm, Plan, Templates
from forms.engine.recording import Extent, Tick, record_pools
from forms.generate.plants import GenerateError
from forms.generate.weights import Weights


@dataclass(frozen=True, slots=True)
class Prepared:
    """The templates, and the form still open for looking at what is made of them."""

    form: OpenForm
    templates: Templates


@contextmanager
def prepare(
    xform: bytes,
    media: Mapping[str, bytes],
    plan: Plan,
    extent: Extent,
    *,
    tick: Tick,
    weights: Weights | None = None,
    engines: int = 2,
) -> Iterator[Prepared]:
    """Raises EngineError when the form cannot be filled, GenerateError when its submissions could not be told apart.

    `weights` are those in the plan, to be compared with the form.
    """
    with ExitStack() as stack:
        forms = [stack.enter_context(Engine()).open_form(xform, media) for _ in range(engines)]
        if not forms[0].info.liberties.ids:
            raise GenerateError("The form has no instanceID, by which servers tell interviews apart. Convert it anew")
        if weights:
            weights.check(forms[0].info, xform, media)
        yield Prepared(forms[0], Templates.of(record_pools(forms, plan, extent, tick)))
