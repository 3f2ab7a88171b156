"""The process: command line, settings, the application put together, its logs and its HTTP face.

Imports everything, is imported by nothing.
"""
