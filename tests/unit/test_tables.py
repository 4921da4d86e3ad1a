"""Tables, JSON lines and folders as people and papers write them, and what each gives."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest

from graph_schema.errors import InputError
from kgplatform.graphs.importing import read_files
from tests.written import AB, BC, column, facts_of, put, read

HEADERS = {
    "bulk.csv": (":START_ID,:TYPE,:END_ID\na,r,b\nb,r,c\n", [AB, BC]),
    "bulk_groups.csv": (":START_ID(Drug),dose:float,:END_ID(Gene),:TYPE\na,1.5,b,r\nb,2,c,r\n", [AB, BC]),
    "kgtk.tsv": ("node1\tlabel\tnode2\na\tr\tb\nb\tr\tc\n", [AB, BC]),
    "kgtk_id.tsv": ("id\tnode1\tlabel\tnode2\ne1\ta\tr\tb\ne2\tb\tr\tc\n", [AB, BC]),
    "kgx.tsv": (
        "id\tsubject\tpredicate\tobject\trelation\tcategory\ne1\ta\tr\tb\tRO:1\tbiolink:Association\n",
        [AB],
    ),
    "two_drugs.csv": ("drug_a,effect,drug_b\na,r,b\nb,r,c\n", [AB, BC]),
    "entities.csv": ("Entity1,Relationship,Entity2\na,r,b\nb,r,c\n", [AB, BC]),
    "spo.tsv": ("s\tp\to\na\tr\tb\n", [AB]),
    "primekg.csv": (
        "relation,display_relation,x_index,x_id,x_type,x_name,x_source,y_index,y_id,y_type,y_name,y_source\n"
        "r,is next to,0,a,gene,Ay,NCBI,1,b,gene,Bee,NCBI\n",
        [AB],
    ),
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_of_other_tools_are_known(name: str, tmp_path: Path) -> None:
    text, wanted = HEADERS[name]
    assert facts_of(read(tmp_path, {name.replace("entities", "edges"): text})) == wanted


def test_further_columns_are_properties_and_reserved_names_get_another(tmp_path: Path) -> None:
    reading = read(tmp_path, {"kgx.tsv": HEADERS["kgx.tsv"][0]})
    (fact,) = reading.data.facts.to_pylist()
    assert (fact["id_"], fact["relation_"], fact["category"]) == ("e1", "RO:1", "biolink:Association")
    assert any("id_, relation_" in note for note in reading.notes)


def test_names_and_kinds_of_ends_are_kept(tmp_path: Path) -> None:
    reading = read(tmp_path, {"primekg.csv": HEADERS["primekg.csv"][0]})
    assert {n["id"]: (n["name"], n["category"]) for n in reading.data.nodes.to_pylist()} == {
        "a": ("Ay", "gene"),
        "b": ("Bee", "gene"),
    }


def test_an_id_of_two_kinds_is_two_nodes(tmp_path: Path) -> None:
    text = "x_id,x_type,relation,y_id,y_type\n1,drug,binds,1,gene\n2,drug,binds,1,gene\n"
    reading = read(tmp_path, {"edges.csv": text + "1,gene,near,3,gene\n"})
    assert ("gene::1", "near", "3") in facts_of(reading)
    assert any("several kinds" in note for note in reading.notes)


def test_typed_columns_of_nodes_and_edges(tmp_path: Path) -> None:
    nodes = "id:ID,name,mass:float,tags:string[],:LABEL\na,Ay,1.5,x;y,Star\nb,Bee,,,Star\n"
    edges = ":START_ID,years:int,:END_ID,:TYPE\na,7,b,r\nb,,a,r\n"
    reading = read(tmp_path, {"nodes.csv": nodes, "edges.csv": edges})
    node, other = reading.data.nodes.to_pylist()
    assert (node["name"], node["mass"], node["tags"], node["category"]) == ("Ay", 1.5, ["x", "y"], "Star")
    assert (other["mass"], other["tags"]) == (None, None)
    assert column(reading, "years") == [7, None]
    wrong = tmp_path / "wrong"
    with pytest.raises(InputError, match=r"edges.csv:2: found 'seven' in column 'years:int'"):
        read(wrong, {"nodes.csv": nodes, "edges.csv": edges.replace("7", "seven")})
    assert read_files([wrong], skip_rejected=True).rejected == 1


def test_a_word_that_recurs_is_no_header(tmp_path: Path) -> None:
    assert len(facts_of(read(tmp_path, {"a.tsv": "node_a\tnear\tnode_b\nnode_b\tnear\tnode_a\n"}))) == 2


def test_a_strange_first_row_is_asked_about(tmp_path: Path) -> None:
    rows = "".join(f"e{i}\tr\te{i + 1}\n" for i in range(30))
    reading = read(tmp_path, {"a.tsv": "Thing\tdoes\tOther\n" + rows})
    assert ("Thing", "does", "Other") in facts_of(reading)
    assert any("If it is a header" in note for note in reading.notes)
    assert not read(tmp_path / "other", {"a.tsv": rows}).notes
    few = "gene,assoc,disease\nBRCA1,linked,cancer\nTP53,linked,cancer\n"
    assert any("If it is a header" in n for n in read(tmp_path / "few", {"a.csv": few}).notes)


def test_rows_that_begin_with_a_hash(tmp_path: Path) -> None:
    text = "# made by hand\n#rain\tabout\tweather\nstorm\tabout\tweather\n#only\n#snow\tabout\twinter\n"
    reading = read(tmp_path, {"a.tsv": text})
    assert [h for h, _, _ in facts_of(reading)] == ["#rain", "#snow", "storm"]
    assert any("lines with # taken for comments: 2, the first in line 1" in n for n in reading.notes)
    assert any("rows that begin with #, read as rows: 2" in note for note in reading.notes)


def test_quoted_and_unquoted_files_give_the_same_names(tmp_path: Path) -> None:
    quoted = '"aspirin"\t"treats"\t"pain"\n"a ""x"""\t"treats"\t"pain"\n'
    reading = read(tmp_path, {"a.tsv": quoted, "b.tsv": "aspirin\tcauses\tbleeding\n"})
    assert {h for h, _, _ in facts_of(reading)} == {"aspirin", 'a "x"'}
    headed = read(tmp_path / "headed", {"a.tsv": '"head"\t"relation"\t"tail"\n"a"\t"r"\t"b"\n'})
    assert facts_of(headed) == [AB]


def test_one_name_however_it_is_composed(tmp_path: Path) -> None:
    reading = read(tmp_path, {"a.tsv": "cafe\u0301\tin\tParis\ncaf\u00e9\tsells\tcoffee\n"})
    assert {h for h, _, _ in facts_of(reading)} == {"caf\u00e9"}
    lines = [{"head": "cafe\u0301", "relation": "in", "tail": "Paris", "said": "cafe\u0301"}]
    reading = read(tmp_path / "json", {"a.jsonl": "\n".join(map(json.dumps, lines))})
    assert (facts_of(reading)[0][0], column(reading, "said")) == ("caf\u00e9", ["caf\u00e9"])


def test_what_nobody_sees_is_shown(tmp_path: Path) -> None:
    reading = read(tmp_path, {"a.tsv": "a\u200b\tr\tb\na\tr\tc\n"})
    assert len(reading.data.nodes) == 4
    assert any(r"'a\u200b'" in note for note in reading.notes)


NO_TEXT = {
    "surrogate.jsonl": '{"head":"\\ud83d","relation":"r","tail":"b"}\n["b","r","c"]\n',
    "nul.jsonl": '{"head":"a\\u0000","relation":"r","tail":"b"}\n{"head":"b","relation":"r","tail":"c"}\n',
    "property.jsonl": '["x","r","y"]\n{"head":"a","relation":"r","tail":"b","note":"\\ud83d"}\n',
    "digits.jsonl": '{"head":' + "9" * 5000 + ',"relation":"r","tail":"b"}\n["b","r","c"]\n',
    "deep.jsonl": "[" * 50_000 + "\n" + '["b","r","c"]\n',
    "control.tsv": "a\x07\tr\tb\nb\tr\tc\n",
}


@pytest.mark.parametrize("name", NO_TEXT)
def test_what_is_no_text_is_a_rejected_row(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=name):
        read(tmp_path, {name: NO_TEXT[name]})
    reading = read_files([tmp_path], skip_rejected=True)
    assert (reading.rejected, len(facts_of(reading))) == (1, 1)
    assert str(reading.rejected_rows[0]).isprintable()


def test_json_lines_keep_properties_and_sources(tmp_path: Path) -> None:
    lines: list[dict[str, object]] = [
        {"head": "a", "relation": "r", "tail": "b", "year": 1999, "source": "X|Z", "sure": True},
        {"head": "b", "relation": "r", "tail": "c", "year": 2001, "sources": ["Y"], "about": {"k": [1]}},
    ]
    reading = read(tmp_path, {"a.jsonl": "\n".join(map(json.dumps, lines))})
    assert column(reading, "year") == [1999, 2001]
    assert column(reading, "sources") == [["X", "Z"], ["Y"]]
    assert column(reading, "sure") == [True, None]
    assert column(reading, "about") == [None, '{"k": [1]}']


def test_long_and_two_line_texts_stay_whole(tmp_path: Path) -> None:
    long = "x" * 200_000
    text = f'head,relation,tail,abstract\na,r,b,"two\nlines"\nb,r,c,{long}\n'
    assert column(read(tmp_path, {"a.csv": text}), "abstract") == ["two\nlines", long]


def test_a_comma_in_the_name_of_a_relation(tmp_path: Path) -> None:
    reading = read(tmp_path, {"a.tsv": "a\ttarget of\tb\nb\ttarget, of\tc\n"})
    assert [r for _, r, _ in facts_of(reading)] == ["target of", "target, of"]


def test_columns_by_name_and_left_out(tmp_path: Path) -> None:
    files = {"a.tsv": "r\ta\tb\t0.5\tx\nr\tb\tc\t1.5\ty\n"}
    reading = read(tmp_path, files, columns=["relation", "head", "tail", "weight", "_"])
    assert (facts_of(reading), column(reading, "weight")) == ([AB, BC], ["0.5", "1.5"])
    with pytest.raises(InputError, match="5 columns"):
        read_files([tmp_path])
    with pytest.raises(InputError, match="each once"):
        read_files([tmp_path], columns=["head", "relation", "weight"])


def test_a_weight_or_a_date_in_the_fourth_column(tmp_path: Path) -> None:
    assert column(read(tmp_path, {"a.tsv": "a\tr\tb\t0.5\nb\tr\tc\t2\n"}), "weight") == ["0.5", "2"]
    dated = read(tmp_path / "icews", {"train.txt": "a\tr\tb\t2014-01-01\nb\tr\tc\t2014-02-01\n"})
    assert column(dated, "date") == ["2014-01-01", "2014-02-01"]
    with pytest.raises(InputError, match="neither numbers nor dates"):
        read(tmp_path / "other", {"a.tsv": "a\tr\tb\tx y\n"})


def test_the_order_of_rows_and_of_files_does_not_matter(tmp_path: Path) -> None:
    one = ["head\trelation\ttail\tyear", "a\tr\tb\t1", "a\tr\tb\t2", "b\tr\tc\t3"]
    two = ["id\tname\tsize", "a\tAy\t1", "a\tAy\t2", "b\tBee\t"]
    first = read(tmp_path, {"facts.tsv": "\n".join(one), "things.tsv": "\n".join(two)})
    turned = {"facts.tsv": "\n".join([one[0], *one[:0:-1]]), "things.tsv": "\n".join([two[0], *two[:0:-1]])}
    second = read(tmp_path / "turned", turned)
    assert first.data.facts.equals(second.data.facts)
    assert first.data.nodes.equals(second.data.nodes)
    assert any("of which one was kept: 2" in note for note in first.notes)


def test_facts_say_where_they_were_imported_from(tmp_path: Path) -> None:
    files = {"a.tsv": "a\tr\tb\n", "b.tsv": "a\tr\tb\nb\tr\tc\n"}
    assert column(read(tmp_path, files), "imported_from") == [["a", "b"], ["b"]]
    assert column(read_files([tmp_path], source="mine"), "imported_from") == [["mine"], ["mine"]]


def test_an_id_of_two_kinds_of_hetionet_is_two_nodes(tmp_path: Path) -> None:
    nodes = (
        "id\tname\tkind\tlicence\nCompound::2244\taspirin\tCompound\tCC0\nGene::2244\tFGB\tGene\t\n"
        "Side Effect::C01\tHeadache\tSide Effect\t\nDisease::C01\tHeadache\tDisease\t\n"
    )
    edges = (
        "source\tmetaedge\ttarget\tscore\nCompound::2244\tCbG\tGene::2244\t1\n"
        "Compound::2244\tCcSE\tSide Effect::C01\t\nCompound::2244\tCtD\tDisease::C01\t\n"
    )
    reading = read(tmp_path, {"nodes.tsv": nodes, "edges.tsv": edges})
    assert {(n["id"], n["type"]) for n in reading.data.nodes.to_pylist()} == {
        ("2244", "Drug"),
        ("Gene::2244", "Gene"),
        ("C01", "Disease"),
        ("Side Effect::C01", "SideEffect"),
    }
    assert facts_of(reading) == [
        ("2244", "BINDS", "Gene::2244"),
        ("2244", "CAUSES", "Side Effect::C01"),
        ("2244", "TREATS", "C01"),
    ]
    assert reading.data.nodes["licence"].to_pylist()[0] == "CC0"
    assert column(reading, "score")[0] == "1"
    assert any("each a node of its own: 2" in note for note in reading.notes)


def test_tables_of_other_tools_are_read_as_any_domain(tmp_path: Path) -> None:
    files = {
        "nodes.csv": "id:ID,name,:LABEL\n1,Aspirin,Drug\n2,Warfarin,Drug\n3,CYP2C9,Gene\n",
        "edges.csv": ":START_ID,:END_ID,:TYPE\n1,2,INTERACTS_WITH\n2,3,BINDS\n",
    }
    reading = read(tmp_path, files, domain="drug")
    assert facts_of(reading) == [("1", "INTERACTS_WITH", "2"), ("2", "BINDS", "3")]
    assert {n["type"] for n in reading.data.nodes.to_pylist()} == {"Drug", "Gene"}
    with pytest.raises(InputError, match="the node type 'Planet'"):
        read(tmp_path / "x", {**files, "nodes.csv": files["nodes.csv"] + "4,Mars,Planet\n"}, domain="drug")


def test_an_id_of_several_kinds_is_told_apart_at_both_ends(tmp_path: Path) -> None:
    header = "x_id\tx_type\trelation\ty_id\ty_type\n"
    text = header + "1\tgene\tr\t2\tgene\n1\tdisease\tr\t2\tgene\n3\tgene\tr\t1\tgene\n"
    assert facts_of(read(tmp_path, {"edges.tsv": text})) == [
        ("3", "r", "gene::1"),
        ("disease::1", "r", "2"),
        ("gene::1", "r", "2"),
    ]
    loop = "x_id\tx_type\trelation\ty_id\ty_type\n1\tgene\tr\t1\tdisease\n"
    assert facts_of(read(tmp_path / "loop", {"edges.tsv": loop})) == [("gene::1", "r", "disease::1")]


def test_what_edges_say_of_their_ends_contradicts_no_table_of_nodes(tmp_path: Path) -> None:
    edges = (
        "subject\tpredicate\tobject\tsubject_category\tobject_category\tsubject_name\n"
        "d1\ttreats\tx1\tDrug\tDisease\tASA\n"
    )
    nodes = "id\tname\tcategory\nd1\tAspirin\tDrug\n"
    for folder, files in (("one", {"edges.tsv": edges, "nodes.tsv": nodes}), ("two", {"edges.tsv": edges})):
        node = read(tmp_path / folder, files).data.nodes.to_pylist()[0]
        assert (node["name"], node["aliases"]) == (("Aspirin", ["ASA"]) if folder == "one" else ("ASA", []))
        assert node["category"] == "Drug"


ODD = {
    "dates_and_numbers.tsv": "a\tr\tb\t2020-01-01\nb\tr\tc\t5\nc\tr\td\t2020-01-02\n",
    "two_kinds.jsonl": '{"h":"a","r":"r","t":"b","n":9007199254740993}\n{"h":"a","r":"r","t":"c","n":0.5}\n',
    "heavy.tsv": f'/a/x\t/r/IsA\t/c/en/a\t/c/en/b\t{{"weight": 1{"0" * 400}}}\n'
    '/a/x\t/r/IsA\t/c/en/a\t/c/en/c\t{"weight": 1}\n',
    "source.tsv": '/a/x\t/r/IsA\t/c/en/a\t/c/en/b\t{"dataset": "\\ud800"}\n'
    '/a/x\t/r/IsA\t/c/en/a\t/c/en/c\t{"weight": 1}\n',
    "superscript/entity2id.txt": "²\na\t0\n",
    "many_digits/entities.dict": "9" * 5000 + "\n",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_input_never_ends_in_a_traceback(name: str, tmp_path: Path) -> None:
    files = {name: ODD[name]}
    if "/" in name:
        files[f"{Path(name).parent}/train.txt"] = "a\tr\tb\n"
    target = tmp_path / Path(name).parent
    put(tmp_path, files)
    for skip in (False, True):
        with contextlib.suppress(InputError):
            read_files([target], skip_rejected=skip)


def test_one_bad_row_changes_no_other_name(tmp_path: Path) -> None:
    text = '"a"\t"r"\t"b"\n"x"\t"y"\n"b"\t"r"\t"c"\n'
    assert facts_of(read(tmp_path, {"a.tsv": text}, skip_rejected=True)) == [AB, BC]


def test_headers_are_cut_as_the_rows_are(tmp_path: Path) -> None:
    files = {"edges.csv": "source,type,target\na,r,b\n", "nodes.csv": "id,name\na,Alpha\n"}
    assert read(tmp_path / "nodes", files).data.nodes["name"].to_pylist() == ["Alpha", "b"]
    quoted = read(tmp_path / "quoted", {"a.csv": '"Smith, J",knows,Bob\n'})
    assert facts_of(quoted) == [("Smith, J", "knows", "Bob")]
    headed = read(tmp_path / "headed", {"a.csv": 'head,relation,tail,"weight, kg",cafe\u0301\na,r,b,1,2\n'})
    assert {"weight, kg", "caf\u00e9"} <= set(headed.data.facts.column_names)
    comments = "# c\n" * 25
    assert facts_of(read(tmp_path / "far", {"a.tsv": comments + "head\trelation\ttail\na\tr\tb\n"})) == [AB]
    assert facts_of(read(tmp_path / "txt", {"a.txt": "# my facts\na,r,b\n"})) == [AB]


def test_a_table_of_genes_with_their_places_is_one_of_nodes(tmp_path: Path) -> None:
    files = {"genes.tsv": "id\tname\ttype\tstart\tend\ng1\tTP53\tgene\t100\t200\n", "f.tsv": "g1\tr\tg2\n"}
    assert facts_of(read(tmp_path, files)) == [("g1", "r", "g2")]


def test_a_rejected_row_is_left_out_whole_and_counted_once(tmp_path: Path) -> None:
    text = "subject\tsubject_name\tpredicate\tobject\tobject_name\na\tA\tPREDICTED\tb\tB\nc\tC\tr\td\tD\n"
    reading = read(tmp_path, {"a.tsv": text}, skip_rejected=True)
    assert (reading.data.nodes["id"].to_pylist(), reading.rejected) == (["c", "d"], 1)
    twice = "head\trelation\ttail\tmass:float\tsplit\na\tr\tb\tx\tfoo\nb\tr\tc\t1\ttrain\n"
    assert read(tmp_path / "twice", {"a.tsv": twice}, skip_rejected=True).rejected == 1
    files = {"entities.dict": "0\ta\n1\tb\n1\tc\n", "relations.dict": "0\tr\n", "train.txt": "0\t0\t1\n"}
    assert read(tmp_path / "lists", {**files, "valid.txt": "1\t0\t0\n"}, skip_rejected=True).rejected == 1


def test_two_columns_of_one_name_are_two_properties(tmp_path: Path) -> None:
    reading = read(
        tmp_path, {"a.tsv": "head\trelation\ttail\tid\tid_\tmass\tmass:int\na\tr\tb\t1\t2\t3\t4\n"}
    )
    (fact,) = reading.data.facts.to_pylist()
    assert (fact["id_"], fact["id__"], fact["mass"], fact["mass_"]) == ("1", "2", "3", 4)


def test_columns_beside_a_header_of_another_width(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a header of 4 columns"):
        read(
            tmp_path, {"a.tsv": "head\trelation\ttail\tw\na\tr\tb\t1\n"}, columns=["tail", "relation", "head"]
        )


def test_a_first_fact_of_short_words_is_no_header_where_they_recur(tmp_path: Path) -> None:
    text = "h\tr\tt\nt\tr\th\nh\tr\tu\n"
    assert ("h", "r", "t") in facts_of(read(tmp_path, {"a.tsv": text}))
    assert facts_of(read(tmp_path / "header", {"a.tsv": "h\tr\tt\na\tr\tb\n"})) == [AB]
