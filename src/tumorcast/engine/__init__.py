"""Running independent tasks on processes, and keeping their results."""

from tumorcast.engine.journal import Journal
from tumorcast.engine.key import key_of
from tumorcast.engine.pool import WORKER_ENVIRONMENT
from tumorcast.engine.run import run_tasks
from tumorcast.engine.store import Store, StoreError
from tumorcast.engine.task import Task, TaskError, TaskResult

__all__ = [
    "WORKER_ENVIRONMENT",
    "Journal",
    "Store",
    "StoreError",
    "Task",
    "TaskError",
    "TaskResult",
    "key_of",
    "run_tasks",
]
