"""The specification, as tests: they mirror the packages; journeys go through the real process."""
