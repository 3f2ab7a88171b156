"""Journeys: the real bot, the real protocols, and what people see."""
