from __future__ import annotations

import plotly.graph_objects as go
import pytest
from dash import dcc, html

from dashboard.flatten import as_html, flattened
from dashboard.markup import Chart, Markup


def test_html_is_written_as_react_would_draw_it() -> None:
    made = html.Div(
        [html.A("a & b", href="/x?y=1&z=2", className="c"), html.Td("1", colSpan="2"), 3, None, html.Br()],
        id="i",
        style={"fontSize": "2px", "--h": "1"},
        **{"data-x": '"', "aria-label": "<"},
    )
    head, rest = as_html(made).split(">", 1)
    assert set(head.split()) == {
        "<div",
        'id="i"',
        'style="font-size:2px;--h:1"',
        'data-x="&quot;"',
        'aria-label="&lt;"',
    }
    assert 'href="/x?y=1&amp;z=2"' in rest
    assert rest.endswith('>a &amp; b</a><td colspan="2">1</td>3<br></div>')


def test_markup_inside_stays_as_it_is() -> None:
    assert as_html(html.Span(Markup("<b>x</b>", tag="i", className="k"))) == '<span><i class="k"><b>x</b></i></span>'


def test_what_holds_a_chart_stays_a_component_and_the_rest_becomes_one() -> None:
    chart = Chart(go.Figure(), "10px", "x")
    page = flattened(html.Div([html.Section([html.H2("a"), html.P("b")]), html.Section([html.H2("c"), chart])]))
    first, second = page.children
    assert isinstance(first, Markup)
    assert [type(child).__name__ for child in second.children] == ["Markup", "Chart"]


def test_parts_that_are_made_anew_keep_their_id() -> None:
    page = flattened(html.Div([html.Div([html.P("a")], id="part", **{"data-refresh": "minute"}), html.P("b")]))
    part = page["part"]
    assert isinstance(part, html.Div)
    assert [type(child).__name__ for child in part.children] == ["Markup"]


def test_other_components_are_left_to_dash() -> None:
    page = flattened(html.Div([dcc.Link("x", href="/"), html.P("y")]))
    assert [type(child).__name__ for child in page.children] == ["Link", "Markup"]
    with pytest.raises(TypeError, match="Link"):
        as_html(dcc.Link("x", href="/"))
