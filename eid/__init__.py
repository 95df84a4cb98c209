"""eid: a reference service for electronic identification and authentication.

It is a simulation: every person in it is made up, and it never talks to a government system.
Importing this package, or eid.crypto, loads neither Flask nor a database.
"""

__version__ = "0.1.0"
