from __future__ import annotations

import json
import socket
import subprocess
import sys
from importlib import metadata

import pytest

import datagen_core.testing
from datagen_core.inputs import Inputs
from datagen_core.testing import awkward_samples, make_inputs, offline

pytest_plugins = ["pytester"]


def test_pytest_finds_the_fixtures_by_a_module_that_imports_nothing_heavy() -> None:
    (entry,) = [e for e in metadata.entry_points(group="pytest11") if e.name == "datagen"]
    code = (
        "import json, sys, pytest; before = set(sys.modules);"
        f"import {entry.value}; print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [
        "datagen_core",
        "datagen_core.testing",
        "datagen_core.testing.fixtures",
    ]


def test_everything_exported_is_there() -> None:
    for name in datagen_core.testing.__all__:
        assert getattr(datagen_core.testing, name).__name__ == name
    assert set(datagen_core.testing.__all__) <= set(dir(datagen_core.testing))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        datagen_core.testing.nothing  # noqa: B018


def test_the_suites_asserts_are_rewritten_so_that_failures_show_values() -> None:
    from datagen_core.testing.generators import GeneratorConformance

    names = GeneratorConformance.test_at_most_n_samples_come.__code__.co_names
    assert any(name.startswith("@py") for name in names)


def test_offline_blocks_connections_and_look_ups_and_tells_who_tried() -> None:
    with offline() as tried:
        with pytest.raises(OSError, match="no network in this test"):
            socket.create_connection(("192.0.2.1", 80), timeout=1)
        with pytest.raises(OSError, match="no network"):
            socket.getaddrinfo("example.invalid", 80)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, pytest.raises(OSError):
            sock.sendto(b"", ("192.0.2.1", 53))
    assert tried == ["192.0.2.1", "example.invalid", "192.0.2.1"]


def test_offline_lets_loopback_through_and_puts_all_back() -> None:
    before = [socket.socket.connect, socket.socket.sendto, socket.getaddrinfo]
    with offline() as tried, socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()
    assert tried == []
    assert [socket.socket.connect, socket.socket.sendto, socket.getaddrinfo] == before
    assert "connect" not in vars(socket.socket)


def test_the_offline_fixture_fails_a_test_that_hides_an_attempt(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import socket

        def test_hides(offline):
            try:
                socket.getaddrinfo("example.invalid", 80)
            except OSError:
                pass

        def test_honest(offline):
            assert offline == []
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*the test tried to reach example.invalid*"])


def test_one_attribute_makes_a_suite(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from datagen_core.testing import RouterConformance

        class TestUniform(RouterConformance):
            component = "uniform"

        class TestNobody(RouterConformance):
            component = "no-such-router"
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-k", "names or lone_arm")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(["*no router 'no-such-router' is installed*"])


def test_the_toy_job_offers_what_components_need(toy_inputs: Inputs) -> None:
    assert len(toy_inputs.seeds) == 14
    assert {seed.label for seed in toy_inputs.seeds} == set(toy_inputs.labels)
    assert all(value in seed.text for seed in toy_inputs.seeds for _, value in seed.slots)
    assert toy_inputs.unlabelled and toy_inputs.grammar and len(toy_inputs.chunks) == 3


def test_toy_samples_are_new_and_all_rows_have_ids_of_their_own(toy_inputs, toy_samples) -> None:
    seeds = {seed.text for seed in toy_inputs.seeds}
    assert not seeds & {sample.response for sample in toy_samples}
    rows = [*toy_samples, *awkward_samples()]
    assert len({row.id for row in rows}) == len(rows)


def test_inputs_take_their_labels_from_the_seeds() -> None:
    assert make_inputs([("a", "x"), ("b", "y"), ("c", "x")]).labels == ("x", "y")
