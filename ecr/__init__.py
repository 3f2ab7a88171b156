"""Knowledge: the domain of ecrbot and its one AWS adapter.

Values, the control, and use cases live here. Nothing in this package knows Slack or SQLite.
"""
