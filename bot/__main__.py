"""`python -m bot`."""

import gc

# A command imports a lot, keeps it all and soon ends: collecting garbage meanwhile is a tenth of its time. The bot
# itself switches it on again (bot/running.py).
gc.disable()

from bot.cli import main  # noqa: E402 - the collector is off before the imports

if __name__ == "__main__":
    main()
