"""Files become customers and events. docs/importing.md is the manual; start with runs.py.

reader (readers, spreadsheet) -> rows -> checked and normalised (checking, customer_rows, event_rows, convert) -> staging
-> who is who (people) -> merge_customers or merge_events, in one transaction -> report.
"""

from .errors import ImportFailed, ImportRefused
from .mappings import get as get_mapping
from .mappings import save as save_mapping
from .mappings import save_shipped
from .runs import forgotten, run, start

__all__ = ["ImportFailed", "ImportRefused", "forgotten", "get_mapping", "run", "save_mapping", "save_shipped", "start"]
