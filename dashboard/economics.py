"""The former import path of `dashboard.service.decide.economics`: ``from dashboard.economics import saving`` keeps working."""

from dashboard.service.decide.economics import Measured, saving, ways

__all__ = ["Measured", "saving", "ways"]
