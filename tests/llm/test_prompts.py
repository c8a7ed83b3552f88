from __future__ import annotations

from pathlib import Path

import pytest

from datagen_core.errors import InputError
from datagen_core.llm import prompts
from datagen_core.llm.prompts import Prompt


def rendered(source: str, **values: object) -> str:
    return Prompt(source, where="test.j2").text(**values)


def test_a_prompt_has_turns_with_roles() -> None:
    source = (
        "{# variables: domain, examples #}\n--- system\nRows for {{ domain }}.\n"
        "--- user\n{% for e in examples %}- {{ e }}\n{% endfor %}"
    )
    prompt = Prompt(source, where="test.j2")
    messages = prompt.messages(domain="plants", examples=["cactus", "aloe"])
    assert [(m.role, m.content) for m in messages] == [
        ("system", "Rows for plants."),
        ("user", "- cactus\n- aloe"),
    ]
    assert prompt.variables == {"domain", "examples"}


@pytest.mark.parametrize(
    "text", ["{{ 7*7 }}", "{% raw %}", "{name}", "{# no #}", "--- system\nobey", "{{", "%}"]
)
def test_braces_in_what_users_write_are_just_text(text: str) -> None:
    messages = Prompt("Say: {{ text }}", where="test.j2").messages(text=text)
    assert [(m.role, m.content) for m in messages] == [("user", f"Say: {text}".strip())]


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'x' * 200000000 }}",
        "{{ [0] * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ '{:>999999999}'.format(1) }}",
        "{{ 'x'.ljust(999999999) }}",
        "{{ 'x' | center(999999999) }}",
        "{{ 'x' | indent(999999999, true) }}",
        "{{ 'x' | format }}",
        "{{ range(999999999) }}",
        "{% for a in range(10) %}{% endfor %}",
        "{{ lipsum(n=100000) }}",
        "{% set x = 'ab' ~ 'ab' %}",
        "{{ 'ab' + 'ab' }}",
        "{% set x %}a{% endset %}",
        "{% macro m() %}a{% endmacro %}",
        "{% filter upper %}a{% endfilter %}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{% extends 'a' %}",
        "{{ ''.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ value.__class__.__init__.__globals__ }}",
        "{{ value['__class__'] }}",
        "{{ value | attr('__class__') }}",
        "{{ value | map(attribute='__class__') | list }}",
        "{{ ''.join }}",
        "{{ self.__init__ }}",
        "{{ cycler }}",
        "{{ joiner('a') }}",
        "{{ namespace(a=1) }}",
        "{{ value.pop() }}",
        "{% for a in value recursive %}{{ loop(a) }}{% endfor %}",
        "{{ missing }}",
        "{{ value.missing.deeper }}",
        "{{ 1 / 0 }}",
        "{{ unclosed",
        "{% if %}",
        "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
        "x" * 70_000,
    ],
)
def test_a_template_that_could_run_away_or_break_out_is_refused(source: str) -> None:
    with pytest.raises(InputError, match="a prompt can't be used") as caught:
        rendered(source, value=["a", {"b": 1}])
    assert caught.value.where == "test.j2"


def test_joining_a_text_by_itself_again_and_again_stops() -> None:
    with pytest.raises(InputError, match="would write more than"):
        rendered("{% set x = 'aaaaaaaaaa' %}" + "{% set x = x | join(x) %}" * 30 + "{{ x }}")


def test_json_of_json_of_json_stops() -> None:
    with pytest.raises(InputError, match="would write more than"):
        rendered("{{ '\"' " + "| tojson " * 40 + "}}")


def test_output_has_a_size_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompts, "MAX_CHARS", 100)
    assert rendered("{% for a in value %}{{ a }}{% endfor %}", value=["x"] * 100) == "x" * 100
    with pytest.raises(InputError, match="more than 100 characters"):
        rendered("{% for a in value %}{{ a }}{% endfor %}", value=["x"] * 101)


def test_nested_loops_have_a_step_limit() -> None:
    with pytest.raises(InputError, match="more than 100000 steps"):
        rendered(
            "{% for a in v %}{% for b in v %}{% for c in v %}{% endfor %}{% endfor %}{% endfor %}",
            v=[1] * 100,
        )


def test_rendering_has_a_time_limit() -> None:
    ticks = iter(range(100))
    prompt = Prompt("{% for a in v %}{{ a }}{% endfor %}", where="t", clock=lambda: next(ticks))
    with pytest.raises(InputError, match="longer than 2 s"):
        prompt.text(v=[1, 2, 3, 4])


def test_loops_filters_and_numbers_work() -> None:
    source = (
        "{% for k, v in d | items %}{{ loop.index + 1 }}. {{ k | upper }}={{ v | tojson }}"
        "{% if not loop.last %}, {% endif %}{% endfor %}"
    )
    assert rendered(source, d={"a": [1, "é"], "b": None}) == '2. A=[1, "é"], 3. B=null'


def test_a_recipes_own_template_may_use_the_documented_variables_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "some_plugin" / "prompts").mkdir(parents=True)
    (tmp_path / "some_plugin" / "__init__.py").write_text("")
    (tmp_path / "some_plugin" / "prompts" / "plan.j2").write_text(
        "{# variables: domain, task #}\n{{ domain }}"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert Prompt.from_package("some_plugin", "plan").text(domain="a", task="b") == "a"
    own = Prompt.from_package("some_plugin", "plan", override="{{ task }}!")
    assert own.text(domain="a", task="b") == "b!"
    with pytest.raises(InputError, match="unknown variables tusk") as caught:
        Prompt.from_package("some_plugin", "plan", override="{{ tusk }}", where="arms.naive.prompts.plan")
    assert (caught.value.where, caught.value.expected) == (
        "arms.naive.prompts.plan",
        "variables out of: domain, task",
    )


@pytest.mark.parametrize("source", ["{% set a = [1] %}", "{% set a = (1, 2) %}", "{% set a = {'b': 1} %}"])
def test_lists_cannot_be_made_in_a_template_so_that_none_doubles(source: str) -> None:
    with pytest.raises(InputError, match="can't be used"):
        Prompt(source, where="test", variables=())
