"""Cells and tables of the page of results, as HTML."""

from __future__ import annotations

import html
from collections.abc import Sequence

from habilis.assets.names import visible


def board(title: str, about: str, names: Sequence[str], rows: Sequence[str]) -> str:
    """A table below its title; ``about`` and the rows, the cells of each, are HTML already."""
    head = "".join(f"<th>{name}</th>" for name in names)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return (
        f"<h2>{title}</h2><p>{about}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def text(words: object) -> str:
    """Words of somebody else's result: none of their signs acts or hides."""
    return html.escape(visible(words))


def who(name: str, *about: str) -> str:
    """The first cell of a row: plain text, a name and what there is to say below it."""
    small = "".join(f"<small>{text(line)}</small>" for line in about if line)
    return f'<td class="who"><b>{text(name)}</b>{small}</td>'


def cell(name: str, inside: str, kind: str = "") -> str:
    """A cell of HTML; ``name`` is said above it where the page is narrow."""
    return f'<td class="{kind}" data-name="{name}">{inside}</td>'


def number(value: str, small: str) -> str:
    """A number, and what is said of it below."""
    return f"{value}<small>{small}</small>"


def rate(value: float, interval: Sequence[float], more: str = "") -> str:
    """A rate above its interval; only what never failed is 1.00."""
    low, high = interval
    told = f"{value:.2f}"
    told = f"{value:.3f}" if value < 1 and told == "1.00" else told
    return number(told, f"{low:.2f}\N{EN DASH}{high:.2f}" + (more and f"<br>{more}"))


def bar(value: float, interval: Sequence[float]) -> str:
    """A rate drawn as a bar, with its interval."""
    low, high = interval
    return (
        f"<b>{value:.2f}</b><span class='bar'><i style='width:{value:.1%}'></i>"
        f"<u style='left:{low:.1%};right:{1 - high:.1%}'></u></span>"
        f"<small>{low:.2f}\N{EN DASH}{high:.2f}</small>"
    )
