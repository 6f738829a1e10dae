"""What can go wrong between the program and the form engine; one class for each decision of the caller."""


class EngineError(Exception):
    """The engine did not do its work. Messages may quote the form, never an answer."""


class EngineMissingError(EngineError):
    """No Java or no wheel on this machine: use recorded templates, or install the extra."""


class EngineStoppedError(EngineError):
    """The helper process hung or died: start a new engine."""


class FormRefusedError(EngineError):
    """The form or its media cannot be used as they are: correct the form."""


class TemplatesRefusedError(EngineError):
    """Recorded templates that do not belong to this form: record them again."""
