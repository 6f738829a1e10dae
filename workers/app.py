"""The Celery application: wakes workers, and knows nothing else. All state of a pull lives in the database."""

import warnings

from celery import Celery
from celery.platforms import SecurityWarning
from celery.schedules import crontab
from celery.signals import beat_init, setup_logging, worker_init, worker_ready

from backend import logs
from backend.settings import Environment, settings
from workers.hardening import forbid_core_dumps

# A task ends before the broker would hand it to a second worker: soft limit < hard limit < visibility time-out.
_SOFT_LIMIT = 20 * 60
_HARD_LIMIT = 25 * 60
_VISIBILITY = 60 * 60

# Said at each start in celery's words; `fieldveil doctor` says it in ours.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("fieldveil", broker=settings().redis_url or "redis://127.0.0.1:6379/0", include=["workers.tasks"])
app.conf.update(
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    # A task that ran into its limit is given up, not started again for ever; the schedule pulls on from the marks.
    task_acks_on_failure_or_timeout=True,
    task_soft_time_limit=_SOFT_LIMIT,
    task_time_limit=_HARD_LIMIT,
    worker_prefetch_multiplier=1,
    worker_send_task_events=False,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": _VISIBILITY,
        # The default sweeps for the tasks of killed workers only every hundred seconds.
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
    },
    timezone="UTC",
    beat_schedule={
        "pull-every-form": {"task": "pull.every_form", "schedule": float(settings().pull_every_seconds)},
        "what-is-due": {"task": "due.sweep", "schedule": 15.0},
        "letter-keys": {"task": "letters.keep_keys", "schedule": 6 * 3600.0},
        "letters-past-retention": {"task": "letters.destroy_old", "schedule": 3600.0},
        "server-requests-past-a-day": {"task": "servers.forget_requests", "schedule": 3600.0},
        "drift": {"task": "drift.every_form", "schedule": crontab(hour="3", minute="20")},
        "inbox-past-seven-days": {"task": "inbox.expire", "schedule": 3600.0},
    },
)


@setup_logging.connect  # type: ignore[untyped-decorator]
def _log_without_secrets(**_: object) -> None:
    logs.configure(settings().log_level, as_json=settings().environment is Environment.PRODUCTION)


@worker_ready.connect  # type: ignore[untyped-decorator]
def _look_after_keys(**_: object) -> None:
    """At once, and not hours later: without a key of the month phones are turned away, also after a restore."""
    app.send_task("letters.keep_keys")


@worker_init.connect  # type: ignore[untyped-decorator]
@beat_init.connect  # type: ignore[untyped-decorator]
def _harden(**_: object) -> None:
    forbid_core_dumps()
