"""R's answers are read by tests/stats/golden.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
