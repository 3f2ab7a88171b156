"""A local AWS for the tests and the demo: moto's server application, corrected where it differs from ECR.

Nothing here ever speaks to the real AWS, and everything listens on loopback alone.
"""

from demo.aws.local import LocalAws

__all__ = ["LocalAws"]
