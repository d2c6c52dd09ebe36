"""A content security policy for each page: only files of the site, and the inline scripts the page came with."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256

__all__ = ["content_security_policy", "with_policy"]

INLINE = re.compile(r"<(script|style)\b([^>]*)>(.*?)</\1>", re.DOTALL | re.IGNORECASE)
DATA_TYPE = re.compile(r"""\btype=["']?(?!text/javascript|application/javascript|module)[\w.+-]+/""", re.IGNORECASE)
STYLE_ATTRIBUTE = re.compile(r"<[a-zA-Z][^<>]*?\sstyle=[\"']")
# MathJax writes a style sheet and style attributes of its own; nothing else on the pages does.
MATHS = re.compile(r"<script [^>]*\bsrc=\"[^\"]*mathjax", re.IGNORECASE)
POLICY = re.compile(r'\s*<meta http-equiv="Content-Security-Policy"[^>]*>')
# Where it goes: after the first of these that the page has.
START_OF_HEAD = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (r'<meta charset="[^"]*"\s*/?>', r"<head\b[^>]*>", r"<html\b[^>]*>", r"<!DOCTYPE [^>]*>")
)


def content_security_policy(html: str) -> str:
    """Policy under which a page works, and that lets it do nothing else.

    Everything comes from the site itself; pictures may also stand within the style sheets. Inline scripts and styles
    run by their hash. Handlers in attributes and `eval` do not run. Inline styles of any kind are allowed on pages with
    mathematics, where MathJax writes them, and on pages with style attributes, which have no hash.

    Parameters
    ----------
    html : str
        The page.

    Returns
    -------
    str
        Value for `Content-Security-Policy`.
    """
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for tag, attributes, text in INLINE.findall(html):
        kind = tag.lower()
        if text and not re.search(r"\bsrc=", attributes) and not (kind == "script" and DATA_TYPE.search(attributes)):
            digest = b64encode(sha256(text.encode("utf-8")).digest()).decode("ascii")
            hashes[kind].append(f"'sha256-{digest}'")
    styles = ["'unsafe-inline'"] if MATHS.search(html) or STYLE_ATTRIBUTE.search(html) else sorted(set(hashes["style"]))
    rules = {
        "default-src": ["'none'"],
        "script-src": ["'self'", *sorted(set(hashes["script"]))],
        "style-src": ["'self'", *styles],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
    }
    return "; ".join(" ".join([name, *sources]) for name, sources in rules.items())


def with_policy(html: str) -> str:
    """The page with its policy, before anything that the policy governs; an older policy is replaced."""
    bare = POLICY.sub("", html)
    meta = f'\n    <meta http-equiv="Content-Security-Policy" content="{content_security_policy(bare)}" />'
    for pattern in START_OF_HEAD:
        if start := pattern.search(bare):
            return bare[: start.end()] + meta + bare[start.end() :]
    return f"{meta.strip()}\n{bare.lstrip()}"
