"""Tables for teachers link to chapters, sections and exercises."""

from docutils import nodes
from small_chapter import HEAD, HEADER, NAME, put

from coldcarbon.book.teaching.head import read_head
from coldcarbon.book.teaching.overview import goals_table, heads, module_nodes
from coldcarbon.book.teaching.plan import Block, Module


def plain(text: str) -> list[nodes.Node]:
    return [nodes.Text(text)]


def test_goals_are_a_list_in_their_cell() -> None:
    table = goals_table([read_head(NAME, HEAD)], plain, to_root="../")
    (row,) = next(table.findall(nodes.tbody)).findall(nodes.row)
    title, goals, time, needs = row.findall(nodes.entry)
    assert [link["refuri"] for link in title.findall(nodes.reference)] == ["../notebooks/xiao2023/small.html"]
    assert [item.astext() for item in goals.findall(nodes.list_item)] == ["to double", "to halve again, and to stop"]
    assert next(iter(goals.findall(nodes.paragraph))).parent.tagname == "list_item"
    assert (time.astext(), needs.astext()) == ("20 min", "{ref}`xiao2023-other`; to add")


def test_heads_of_one_paper(tmp_path) -> None:
    put(tmp_path, HEADER + HEAD)
    project = put(tmp_path, HEADER + HEAD, "liu2022/other")
    assert [head.chapter for head in heads(project)] == ["liu2022/other", NAME]
    assert [head.chapter for head in heads(project, "xiao2023")] == [NAME]


def test_blocks_add_up_and_lead_somewhere() -> None:
    blocks = (
        Block(50, "Listen.", materials="slides"),
        Block(40, "Look.", NAME, "The claims it tests"),
        Block(30, "Reckon.", NAME, exercise="e-double"),
    )
    found = module_nodes(Module("xiao2023", "T", "A", "B", "K", blocks), {NAME: "Small"}, to_root="../")
    table = found[-1]
    rows = [[entry.astext() for entry in row.findall(nodes.entry)] for row in table.findall(nodes.row)]
    assert [row[0] for row in rows] == ["Minutes", "0–50", "50–90", "90–120"]
    assert rows[1][2:] == ["–", "slides"]
    assert rows[3][2] == "Small: exercise e-double"
    assert [link["refuri"] for link in table.findall(nodes.reference)] == [
        "../notebooks/xiao2023/small.html#the-claims-it-tests",
        "../notebooks/xiao2023/small.html#e-double",
    ]
