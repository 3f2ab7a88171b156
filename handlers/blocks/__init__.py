"""What people see, as Block Kit: pure functions from values to messages, one module for each noun."""
