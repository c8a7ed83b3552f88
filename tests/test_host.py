"""Plugins: a broken one hurts only who needs it, names lead somewhere, and looking at them imports nothing heavy."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

import datagen_core
from datagen_core import runs
from datagen_core.config import Config
from datagen_core.errors import PluginError, RecipeError
from datagen_core.generator import GenerateRequest, Generator
from datagen_core.plugins.host import Host, _satisfied
from datagen_core.plugins.spec import KIND_HOOKS, Component, Preset, hookimpl
from datagen_core.resolve import resolve
from datagen_core.sample import Rejection, Sample


class Count(Generator[Config]):
    """Rows that say their number."""

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        for i, _ in enumerate(request.wanted()):
            yield request.sample(response=f"row {request.origin.batch}-{i}")


def _component(name: str, **more: Any) -> Component:
    return Component(**{"name": name, "summary": f"the {name}", "impl": f"{__name__}:Count", **more})


def _module(name: str, **hooks: Callable[..., Any]) -> ModuleType:
    made = ModuleType(name)
    for hook, function in hooks.items():
        setattr(made, hook, hookimpl(function))
    return made


def _offering(name: str, *components: Component, kind: str = "generator") -> ModuleType:
    return _module(name, **{KIND_HOOKS[kind]: lambda: list(components)})


def _raises(error: BaseException) -> Callable[..., Any]:
    def function() -> Any:
        raise error

    return function


Entry = tuple[str, str, str, Callable[[], ModuleType]]


def _entry(name: str, load: Callable[[], ModuleType] | ModuleType) -> Entry:
    loader = (lambda: load) if isinstance(load, ModuleType) else load
    return name, f"pkg-{name}", "1.0", loader


BUILTIN: Entry = ("builtin", "datagen-core", "0", lambda: importlib.import_module("datagen_core.builtin"))


def _states(host: Host) -> dict[str, str]:
    return {plugin.name: plugin.state for plugin in host.plugins}


def _distribution(folder: Path, name: str, requires: str = "", entry: str = "", code: str = "") -> None:
    """An installed package as pip leaves it: metadata, entry point and module."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        "Version: 1.0",
        requires and f"Requires-Dist: {requires}",
    ]
    (info / "METADATA").write_text("\n".join(filter(None, lines)) + "\n", encoding="utf-8")
    if entry:
        (info / "entry_points.txt").write_text(f"[datagen]\n{entry} = {entry}_module\n", encoding="utf-8")
        (folder / f"{entry}_module.py").write_text(code, encoding="utf-8")


# -- broken plugins -------------------------------------------------------------------------------------------


@pytest.fixture
def battered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """One healthy plugin among six kinds of broken ones."""
    _distribution(tmp_path, "pkg-future", requires="datagen-core>=99,<100")
    monkeypatch.syspath_prepend(str(tmp_path))
    misnamed = _offering("misnamed", _component("misnamed"))
    misnamed.datagen_validatorz = hookimpl(lambda: [])  # type: ignore[attr-defined]
    return Host(
        [
            BUILTIN,
            _entry("absent", _raises(ImportError("No module named 'heavy_thing'"))),
            _entry("raising", _module("raising", datagen_generators=_raises(ValueError("bad day\nmore")))),
            _entry("misnamed", misnamed),
            _entry("stranger", _module("stranger", datagen_generators=lambda: [_component("x"), "stranger"])),
            _entry("future", _offering("future", _component("future"))),
            _entry("twin", _offering("twin", _component("shared"), _component("own"))),
            _entry("other-twin", _offering("other-twin", _component("shared"))),
            _entry("healthy", _offering("healthy", _component("healthy"))),
        ]
    )


def test_each_broken_plugin_is_listed_with_its_cause(battered: Host) -> None:
    assert _states(battered) == {
        "builtin": "ok",
        "absent": "ImportError: No module named 'heavy_thing'",
        "raising": "ValueError: bad day",
        "misnamed": "PluginError: there is no hook datagen_validatorz; did you mean datagen_validators?",
        "stranger": "PluginError: datagen_generators returned str, not a Component",
        "future": f"PluginError: asks for datagen-core >=99,<100, this is {datagen_core.__version__}",
        "twin": "ok",
        "other-twin": "ok",
        "healthy": "ok",
    }


def test_a_broken_plugin_offers_nothing_and_all_others_their_components(battered: Host) -> None:
    names = [offer.name for offer in battered.of_kind("generator")]
    assert names == ["as-is", "healthy", "own", "shared", "shared"]
    assert battered.find("router", "uniform")[0].state == "ok"


def test_a_name_offered_twice_can_be_used_from_neither_and_both_are_named(battered: Host) -> None:
    states = {offer.state for offer in battered.of_kind("generator") if offer.name == "shared"}

    assert states == {"the name 'shared' is offered by pkg-other-twin and pkg-twin"}
    assert battered.find("generator", "own")[0].package == "pkg-twin"
    with pytest.raises(RecipeError, match="pkg-other-twin and pkg-twin"):
        battered.find("generator", "shared")


def test_one_name_may_stand_for_components_of_two_kinds() -> None:
    host = Host(
        [
            _entry("one", _offering("one", _component("same"))),
            _entry("two", _offering("two", _component("same"), kind="validator")),
        ]
    )

    assert host.find("generator", "same")[0].package == "pkg-one"
    assert host.find("validator", "same")[0].package == "pkg-two"


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("absent", "No module named 'heavy_thing'"),
        ("absent-wild", "No module named 'heavy_thing'"),  # a preset of it, perhaps
        ("raising", "bad day"),
        ("misnamed", "did you mean datagen_validators?"),
        ("stranger", "not a Component"),
        ("future", "asks for datagen-core >=99,<100"),
        ("shared", "offered by"),
    ],
)
def test_a_recipe_that_needs_a_broken_plugin_fails_with_the_cause(
    battered: Host, name: str, cause: str
) -> None:
    with pytest.raises(RecipeError) as caught:
        resolve(runs.load({"arms": [name], "validators": []}), battered)

    assert cause in caught.value.message
    assert caught.value.exit_code == 2


def test_a_recipe_that_needs_none_of_them_runs(battered: Host, tmp_path: Path) -> None:
    job = resolve(runs.load({"num_samples": 3, "arms": ["healthy"], "validators": []}), battered)

    assert [row.response for row in runs.carry_on(job, tmp_path / "run")] == ["row 0-0", "row 0-1", "row 0-2"]


def test_a_plugin_that_exits_at_import_ends_only_itself() -> None:
    host = Host(
        [_entry("exits", _raises(SystemExit(3))), _entry("fine", _offering("fine", _component("fine")))]
    )

    assert _states(host) == {"exits": "SystemExit: 3", "fine": "ok"}


def test_of_two_plugins_with_one_entry_name_the_first_stands_and_the_second_is_listed_with_why() -> None:
    first, second = (_offering(name, _component(name)) for name in ("first", "second"))
    host = Host([_entry("same", first), _entry("same", second)])

    assert [plugin.state == "ok" for plugin in host.plugins] == [True, False]
    assert "same" in host.plugins[1].state
    assert host.names("generator") == ["first"]


def test_a_hook_with_other_arguments_than_the_hooks_disables_its_plugin_whole() -> None:
    heard: list[Any] = []
    module = _module(
        "odd",
        datagen_batch_finished=lambda batch: heard.append(batch),
        datagen_run_started=lambda wrong: None,
    )
    host = Host([_entry("odd", module)])

    assert "datagen_run_started" in host.plugins[0].state
    assert host.notify("datagen_batch_finished", batch={}) == []
    assert heard == []


def test_a_component_whose_code_is_missing_is_an_error_only_when_it_is_built() -> None:
    broken = _component("hollow", impl="no_such_module:Thing")
    host = Host([BUILTIN, _entry("hollow", _offering("hollow", broken))])

    assert host.find("generator", "hollow")[0].state == "ok"
    with pytest.raises(PluginError, match="no_such_module") as caught:
        resolve(runs.load({"arms": ["hollow"], "validators": []}), host)
    assert "pkg-hollow" in caught.value.message


# -- names ----------------------------------------------------------------------------------------------------


def _styles() -> Host:
    presets = (Preset(name="calm", summary="", options={"x": 1}), Preset(name="wild", summary=""))
    return Host([_entry("paint", _offering("paint", _component("paint", presets=presets), _component("b")))])


def test_a_preset_is_found_by_the_components_name_and_its_own() -> None:
    offer, preset = _styles().find("generator", " paint-calm ")

    assert offer.name == "paint"
    assert preset is not None
    assert preset.options == {"x": 1}
    assert _styles().find("generator", "paint")[1] is None
    assert _styles().names("generator") == ["b", "paint", "paint-calm", "paint-wild"]


@pytest.mark.parametrize(
    ("kind", "name", "hint"),
    [
        ("generator", "piant-calm", "did you mean 'paint-calm'?"),
        ("generator", "qqqq", "datagen plugins list"),
        ("validator", "paint", "datagen plugins list"),
        ("generator", "naive", "pip install datagen-plugin-naive"),
        ("generator", "naive-conservative", "pip install datagen-plugin-naive"),
        ("validator", "label-agreement-strict", "pip install datagen-plugin-label-agreement"),
    ],
)
def test_an_unknown_name_is_answered_with_the_next_step(kind: str, name: str, hint: str) -> None:
    with pytest.raises(RecipeError) as caught:
        _styles().find(kind, name, "r.yaml:3")

    assert caught.value.hint == hint
    assert caught.value.where == "r.yaml:3"
    assert "paint-wild" in (caught.value.expected or "") or kind == "validator"


def test_a_package_that_is_there_is_not_to_be_installed_again() -> None:
    host = Host([("naive", "datagen-plugin-naive", "1.0", lambda: _offering("naive", _component("naive")))])

    with pytest.raises(RecipeError) as caught:
        host.find("generator", "naive-something-else")
    assert "pip install" not in (caught.value.hint or "")


# -- versions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("specifier", "version", "holds"),
    [
        ("", "0.1.0", True),
        (">=0.1", "0.1.0", True),
        (">=0.1.0,<0.2", "0.1.9", True),
        (">=0.1,<0.2", "0.2.0", False),
        ("(>=0.1)", "0.1.0", True),
        (" >= 0.2 ", "0.1.0", False),
        (">0.1", "0.1.0", False),
        ("<=0.1", "0.1.0", True),
        ("==0.1", "0.1.0", True),
        ("==0.1.*", "0.1.7", True),
        ("==0.1.*", "0.10.0", False),
        ("!=0.1.3", "0.1.3", False),
        ("!=0.1.*", "0.2.0", True),
        ("~=0.1.2", "0.1.9", True),
        ("~=0.1.2", "0.2.0", False),
        ("~=0.1", "0.9", True),
        ("~=1.0.0", "1", True),
        (">=0.9", "0.10", True),
        # a pre-release counts as its release, whatever is asked
        (">=0.2,<0.3", "0.2.0rc1", True),
        ("==0.2.0", "0.2.0.dev3", True),
        ("<=0.1", "0.1.0+local.7", True),
    ],
)
def test_a_requirement_is_read_as_pip_reads_it(specifier: str, version: str, holds: bool) -> None:
    assert _satisfied(specifier, version) is holds


RELEASES = st.lists(st.integers(0, 12), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
CLAUSES = st.tuples(st.sampled_from(["==", "!=", ">=", "<=", ">", "<"]), RELEASES).map("".join)
SERIES = st.tuples(st.sampled_from(["==", "!="]), RELEASES).map(lambda pair: "".join(pair) + ".*")
COMPATIBLE = RELEASES.filter(lambda release: "." in release).map("~={}".format)


@settings(max_examples=200, deadline=None)
@given(st.lists(CLAUSES | SERIES | COMPATIBLE, max_size=3).map(",".join), RELEASES)
def test_for_releases_the_answer_is_that_of_the_packaging_library(specifier: str, release: str) -> None:
    assert _satisfied(specifier, release) == SpecifierSet(specifier).contains(release)


@pytest.mark.parametrize(
    ("requires", "works"),
    [
        ("datagen-core", True),
        ("datagen-core>=0.0.1", True),
        ("datagen-core>=99", False),
        ("Datagen_Core (>=99)", False),
        ("datagen-core[bench] >=99 ; python_version > '3'", False),
        ("datagen-core-extras>=99", True),
        ("", True),
    ],
)
def test_a_plugins_own_requirement_is_compared_with_the_running_core(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, requires: str, works: bool
) -> None:
    _distribution(tmp_path, "pkg-asking", requires=requires)
    monkeypatch.syspath_prepend(str(tmp_path))
    host = Host([_entry("asking", _offering("asking", _component("asking")))])

    assert (host.plugins[0].state == "ok") is works
    assert works or "asks for datagen-core" in host.plugins[0].state


# -- observers ------------------------------------------------------------------------------------------------


def test_observers_that_raise_only_complain_and_the_others_hear_everything(tmp_path: Path) -> None:
    heard: list[str] = []

    def listens(name: str) -> Callable[..., None]:
        return lambda: heard.append(name)

    hooks = ("datagen_run_started", "datagen_batch_finished", "datagen_run_finished")
    raising = _module("raising", **{hook: _raises(RuntimeError("no")) for hook in hooks})
    quiet = _module("quiet", **{hook: listens(hook) for hook in hooks})
    arm = _offering("arm", _component("arm"))
    host = Host([BUILTIN, _entry("raising", raising), _entry("arm", arm), _entry("quiet", quiet)])
    job = resolve(runs.load({"num_samples": 2, "arms": ["arm"], "validators": []}), host)

    results = runs.carry_on(job, tmp_path / "run")

    assert results.status == "complete"
    assert heard == list(hooks)
    assert results.warnings == [f"raising: {hook}: RuntimeError: no" for hook in hooks]
