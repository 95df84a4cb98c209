"""python -m eid"""

from eid.cli import main

main()
