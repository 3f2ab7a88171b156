"""Trying the bot without an account, a token or a cloud: a local ECR, a local Slack workspace, the bot between them."""
