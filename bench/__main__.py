"""`make bench`: the command line beside bare boto3 scripts, a year of history, the bot between two servers, a page."""

from __future__ import annotations

from bench import bot_speed, check_speed, guardrail_speed, history_year, page_speed, request_speed, sweep_speed


def main() -> None:
    """Run every benchmark, each of which prints its figures."""
    check_speed.main()
    sweep_speed.main()
    guardrail_speed.main()
    history_year.main()
    bot_speed.main()
    request_speed.main()
    page_speed.main()


if __name__ == "__main__":
    main()
