"""Which values of a notebook are typed in: a data flow over its cells, as simple as serves."""

from __future__ import annotations

import ast
import builtins

__all__ = ["Flow", "called_name"]

# Modules whose functions only rearrange the numbers they are given. Random numbers are left out: drawing is computing.
ARITHMETIC = ("np", "numpy", "math", "pd", "pandas", "decimal", "fractions", "operator", "itertools")
BUILTINS = frozenset(name for name in dir(builtins) if name.islower()) - {"open", "input", "eval", "exec", "getattr"}
Literals = dict[str, bool]


def called_name(call: ast.Call) -> str:
    """Dotted name of what is called; the part after the last dot where the rest is no plain name."""
    parts = []
    node: ast.expr = call.func
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts))


class Flow:
    """Names of a notebook and whether what they hold was typed in, as of the statement last seen.

    Statements are taken in their order, branches and loops as if they ran once. A name is typed in if what was assigned
    last is; a container that got one computed item is not.

    Attributes
    ----------
    texts : dict of name to expressions
        Everything that was assigned to a name, for captions that are put together elsewhere.
    """

    def __init__(self) -> None:
        self._literal: Literals = {}
        self.texts: dict[str, list[ast.expr]] = {}

    def typed_in(self, node: ast.expr) -> bool:
        """True if an expression is a constant, or arithmetic and containers of constants.

        Parameters
        ----------
        node : ast.expr
            Read with the names as they stand now.

        Returns
        -------
        bool
        """
        match node:
            case ast.Constant():
                return True
            case ast.Name():
                return self._literal.get(node.id, False)
            case ast.Attribute() | ast.Starred():
                return self.typed_in(node.value)
            case ast.Subscript():
                return self.typed_in(node.value)
            case ast.IfExp():
                return self.typed_in(node.body) or self.typed_in(node.orelse)
            case ast.NamedExpr():
                return self.typed_in(node.value)
            case ast.JoinedStr():
                return all(self.typed_in(part.value) for part in node.values if isinstance(part, ast.FormattedValue))
            case ast.Dict():
                return all(self.typed_in(value) for value in node.values)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return self._comprehension(node.generators, node.elt)
            case ast.DictComp():
                return self._comprehension(node.generators, node.value)
            case ast.Call():
                return self._call(node)
            case ast.BinOp() | ast.UnaryOp() | ast.BoolOp() | ast.Compare() | ast.Tuple() | ast.List() | ast.Set():
                parts = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
                return all(self.typed_in(child) for child in parts)
        return False

    def see(self, statement: ast.stmt) -> None:
        """Take note of what one simple statement assigns or changes; blocks are the caller's to open.

        Parameters
        ----------
        statement : ast.stmt
            Its own expressions are read; the statements within it are not.
        """
        match statement:
            case ast.Assign():
                for target in statement.targets:
                    self._assign(target, statement.value)
            case ast.AnnAssign(value=ast.expr() as value):
                self._assign(statement.target, value)
            case ast.AugAssign():
                self._add(statement.target, statement.value)
            case ast.For():
                self._assign(statement.target, statement.iter)
            case ast.With():
                for item in statement.items:
                    if item.optional_vars is not None:
                        self._assign(item.optional_vars, item.context_expr)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=holder)) as call):
                # list.append, dict.update and the like, also on an item of something
                for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
                    self._add(holder, argument)
            case ast.Import() | ast.ImportFrom():
                for alias in statement.names:
                    self._literal.pop((alias.asname or alias.name).partition(".")[0], None)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        match target:
            case ast.Name():
                self._literal[target.id] = self.typed_in(value)
                self.texts.setdefault(target.id, []).append(value)
            case ast.Tuple() | ast.List():
                pairs = value.elts if isinstance(value, ast.Tuple | ast.List) else []
                matched = len(pairs) == len(target.elts) and not any(isinstance(x, ast.Starred) for x in target.elts)
                for index, part in enumerate(target.elts):
                    self._assign(part, pairs[index] if matched else value)
            case ast.Starred():
                self._assign(target.value, value)
            case _:
                self._add(target, value)

    def _add(self, target: ast.expr, value: ast.expr) -> None:
        """Something became part of what a name holds."""
        while isinstance(target, ast.Subscript | ast.Attribute):
            target = target.value
        if isinstance(target, ast.Name) and not self.typed_in(value):
            self._literal[target.id] = False

    def _comprehension(self, generators: list[ast.comprehension], result: ast.expr) -> bool:
        inner = Flow()
        inner._literal = dict(self._literal)
        for generator in generators:
            if not inner.typed_in(generator.iter):
                return False
            inner._assign(generator.target, generator.iter)
        return inner.typed_in(result)

    def _call(self, call: ast.Call) -> bool:
        arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
        all_typed = all(self.typed_in(argument) for argument in arguments)
        first, _, rest = called_name(call).partition(".")
        last = rest.rpartition(".")[2] or first
        if isinstance(call.func, ast.Attribute) and self.typed_in(call.func.value):
            return all_typed  # a method of something typed in
        if not arguments or not all_typed or last == "Chapter":
            return False
        # A class only holds what it is given, wherever it comes from.
        return (
            (not rest and first in BUILTINS)
            or (first in ARITHMETIC and "random" not in rest)
            or (last[:1].isupper() and not last.isupper())
        )
