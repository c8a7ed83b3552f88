"""Marks that steer a terminal or a template, and text that only looks like them."""

from __future__ import annotations

import pytest

from datagen_core.steering_marks import steering_mark


@pytest.mark.parametrize(
    "mark",
    ["\x00", "\x1b", "\u202e", "\ud800", "<|im_start|>", "<|endoftext|>", "<think>", "</think>", "\x85"],
)
def test_a_mark_is_found_wherever_it_stands(mark: str) -> None:
    assert steering_mark(f"ninety {mark} hours") == mark


@pytest.mark.parametrize(
    "text",
    ["", "a\tb\r\nc", "a | b |> c", "<b>bold</b>", "f(x) <| y", "雨 ฝน مطر 😀", "<|NOT|>", "I think so"],
)
def test_text_is_left_alone(text: str) -> None:
    assert steering_mark(text) is None
