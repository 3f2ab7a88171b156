"""Lines for infrastructure code, a module for each language; `ecr.infrastructure` chooses among them. Pure.

The properties are those of each tool's own reference, of a repository, of a registry's scanning configuration and of a
repository creation template. `words` is what all of them need.
"""
