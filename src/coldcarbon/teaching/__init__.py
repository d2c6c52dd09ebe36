"""For those who solve the exercises: `check` says whether an answer is right, and if not, where to look."""

from coldcarbon.teaching.answers import Answer, UnknownExerciseError
from coldcarbon.teaching.checking import Response, check
from coldcarbon.teaching.units import UnknownUnitError

__all__ = ["Answer", "Response", "UnknownExerciseError", "UnknownUnitError", "check"]
