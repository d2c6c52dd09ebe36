"""One case as a whole process: python benchmarks/one.py ROOM CASE. R's counterpart is tests/golden/r/one.R."""

import sys

from harness import read_rooms

room_name, case_name = sys.argv[1:]
(room,) = read_rooms([room_name])
(case,) = [case for case in room.cases if case.name == case_name]
case.prepare()()
