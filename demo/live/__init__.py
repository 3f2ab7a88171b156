"""The demo's page, live: it is told what a person sees as it changes, and what they do there is done."""

from demo.live.site import LiveSite
from demo.live.stage import Stage

__all__ = ["LiveSite", "Stage"]
