"""One module per paper: its study design with a planted truth, in the columns that the reader gives.

What was planted stands in ``attrs["truth"]``. A simulation says what a design can show, never what nature is like.
"""
