"""The one adapter to AWS: sessions and credentials, calls, the translation of errors, the parsing of answers.

boto3 and botocore are imported in this package and nowhere else, and no rule of the control is decided here.
"""
