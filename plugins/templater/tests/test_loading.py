from pathlib import Path

import pytest
from datagen_plugin_templater.config import TemplaterConfig
from datagen_plugin_templater.generator import Templater
from datagen_plugin_templater.loading import MAX_FILE_BYTES, load_grammar

from datagen_core import InputError, InputPath
from datagen_core.testing import make_inputs

PLAIN = "start: s\nrules:\n  s: [fly to <city>]\nwords:\n  city: lists/cities.txt\n"


def written(folder: Path, text: str, name: str = "grammar.yaml") -> InputPath:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return InputPath(str(file))


def test_word_lists_are_read_from_beside_the_grammar_file(tmp_path: Path) -> None:
    written(tmp_path, "# places\nOslo\n\n  Rio de Janeiro \nOslo\n<b>\n", "lists/cities.txt")
    grammar = load_grammar(written(tmp_path, PLAIN))
    assert [a.parts for a in grammar.rules["city"]] == [("Oslo",), ("Rio de Janeiro",), ("<b>",)]


def test_word_lists_of_an_inline_grammar_are_read_from_the_recipes_folder(tmp_path: Path) -> None:
    written(tmp_path, "Oslo\n", "cities.txt")
    data = {
        "start": "s",
        "words": {"city": "cities.txt", "day": ["today", "today"]},
        "rules": {"s": ["<city> <day>"]},
    }
    generator = Templater(TemplaterConfig(grammar=data), make_inputs(base=tmp_path))
    assert generator.distinct.total.value == 1
    config = TemplaterConfig.model_validate({"grammar": data}, context={"base": tmp_path})
    assert Templater(config, make_inputs()).distinct.total.value == 1


def test_the_fingerprint_covers_the_contents_of_grammar_and_word_lists(tmp_path: Path) -> None:
    written(tmp_path, "Oslo\n", "lists/cities.txt")
    config = TemplaterConfig(grammar=written(tmp_path, PLAIN))
    first = config.fingerprint()
    assert TemplaterConfig(grammar=written(tmp_path, "# a comment\n" + PLAIN)).fingerprint() == first
    written(tmp_path, "Oslo\nParis\n", "lists/cities.txt")
    assert config.fingerprint() != first
    inline = {"start": "s", "words": {"city": "lists/cities.txt"}, "rules": {"s": ["fly to <city>"]}}
    same = TemplaterConfig.model_validate({"grammar": inline}, context={"base": tmp_path})
    assert same.fingerprint() == config.fingerprint()
    assert TemplaterConfig().fingerprint()["grammar"] is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("  city: missing.txt", "no file missing.txt"),
        ("  city: empty.txt", "no words"),
        ("  city: []", "no words"),
        ("  city: [yes]", "neither a file nor a list"),
        ("  city: {a: b}", "neither a file nor a list"),
        ("  s: [x]", "under words: and under rules:"),
        ("  latin: latin.txt\n  city: [x]", "isn't UTF-8"),
    ],
)
def test_a_bad_word_list_is_refused(tmp_path: Path, words: str, message: str) -> None:
    written(tmp_path, "# only a comment\n\n", "empty.txt")
    (tmp_path / "latin.txt").write_bytes("Málaga".encode("latin-1"))
    with pytest.raises(InputError, match=message):
        load_grammar(written(tmp_path, f"start: s\nrules:\n  s: [<city>]\nwords:\n{words}\n"))


def test_a_file_over_the_limit_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    body = "start: s\nrules: {s: [x]}\n"
    padding = "#" * (MAX_FILE_BYTES - len(body))
    assert load_grammar(written(tmp_path, body + padding)).start == "s"
    with pytest.raises(InputError, match="larger than 1 MiB"):
        load_grammar(written(tmp_path, body + padding + "#"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &a [x, x]\nb: &b [*a, *a]\nstart: s\nrules: {s: *b}\n", "aliases"),
        ("start: s\nrules:\n  s: [x]\n  s: [y]\n", "the key 's' stands twice"),
        ("start: [s\n", "not valid YAML"),
        ("[" * 2000, "not valid YAML"),
        ("start: !!python/object/apply:os.getcwd []\n", "not valid YAML"),
        ("just text", "holds no mapping"),
        ("", "holds no mapping"),
    ],
)
def test_a_malformed_or_dangerous_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_grammar(written(tmp_path, text))


def test_errors_name_the_file_and_the_rule(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_grammar(written(tmp_path, "start: s\nrules: {s: [x, 7]}\n"))
    assert str(caught.value.where).endswith("grammar.yaml.rules.s[1]")
