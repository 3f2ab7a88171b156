"""Measurements, each printed beside a yardstick that ran at the same time. Nothing here asserts a time."""
