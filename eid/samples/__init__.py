"""Sample relying services, each a small application of its own: a clinic's counter, a bank, a check at the roadside.

They know the service only by its published interface and import nothing of it; what they share stands in this folder.
"""
