"""presidio-analyzer as a detector: its patterns without a model, and names and places by a spaCy model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from datagen_core.errors import PluginError
from datagen_core.local_model import LocalModel
from datagen_plugin_pii.config import Kind, SearchConfig
from datagen_plugin_pii.finding import Finding

ENTITIES: Mapping[str, Kind] = {
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "CREDIT_CARD": "CREDIT_CARD",
    "IBAN_CODE": "IBAN",
    "US_SSN": "US_SSN",
    "IP_ADDRESS": "IP",
    "MAC_ADDRESS": "MAC",
    "CRYPTO": "CRYPTO",
    "URL": "URL",
    "US_PASSPORT": "PASSPORT",
    "PERSON": "PERSON",
    "LOCATION": "LOCATION",
}
"""presidio's name → ours; it has none for SECRET, DOMAIN and the national numbers."""
INSTALL = "pip install 'datagen-plugin-pii[presidio]'"


class Presidio:
    """What presidio finds of the kinds wanted, from a score on. Loaded on first use, once per process.

    Raises:
        PluginError: it isn't installed, or its model isn't.
    """

    def __init__(self, config: SearchConfig) -> None:
        if find_spec("presidio_analyzer") is None:
            raise PluginError("detector: presidio needs presidio-analyzer", where="detector", hint=INSTALL)
        if config.presidio_model != "none" and find_spec(config.presidio_model) is None:
            raise PluginError(
                f"the spaCy model {config.presidio_model!r} isn't installed",
                where="presidio_model",
                expected="a spaCy model that is installed as a package, or none",
                hint=f"python -m spacy download {config.presidio_model}",
            )
        self._language, self._min_score = config.presidio_language, config.presidio_min_score
        self._wanted = [theirs for theirs, ours in ENTITIES.items() if ours in config.types]
        key = (config.presidio_model, config.presidio_language)
        self._analyzer = LocalModel(("presidio", *key), partial(_analyzer, *key))

    def __call__(self, text: str) -> Iterator[Finding]:
        """The findings in a text; they may touch one another."""
        if not self._wanted:
            return
        for one in self._analyzer.run_now(partial(_analyzed, self._asked(text))):
            yield Finding(ENTITIES[one.entity_type], one.start, one.end, text[one.start : one.end])

    def _asked(self, text: str) -> Mapping[str, Any]:
        return {
            "text": text,
            "language": self._language,
            "entities": self._wanted,
            "score_threshold": self._min_score,
        }


def _analyzed(asked: Mapping[str, Any], analyzer: Any) -> list[Any]:
    found: list[Any] = analyzer.analyze(**asked)
    return found


def _analyzer(model: str, language: str) -> Any:
    """An AnalyzerEngine that opens no connection: the model's package is there, and hosts are read offline."""
    presidio: Any = import_module("presidio_analyzer")

    if model == "none":
        engine = _no_model()(language)
    else:
        engine = import_module("presidio_analyzer.nlp_engine").SpacyNlpEngine(
            models=[{"lang_code": language, "model_name": model}]
        )
        engine.load()
    registry = presidio.RecognizerRegistry(supported_languages=[language])
    registry.load_predefined_recognizers(languages=[language], nlp_engine=engine)
    registry.remove_recognizer("EmailRecognizer")
    registry.add_recognizer(_offline_emails()(supported_language=language))
    return presidio.AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=[language])


def _offline_emails() -> Callable[..., Any]:
    usual: Any = import_module("presidio_analyzer.predefined_recognizers").EmailRecognizer
    extract = import_module("tldextract").TLDExtract(cache_dir=None, suffix_list_urls=())

    class OfflineEmails(usual):  # type: ignore[misc]
        """presidio's own fetches the list of public suffixes; this one reads the list that tldextract brings."""

        def validate_result(self, pattern_text: str) -> bool:
            found = extract(pattern_text)
            return bool(found.domain and found.suffix)

    return OfflineEmails


def _no_model() -> Callable[[str], Any]:
    nlp: Any = import_module("presidio_analyzer.nlp_engine")

    class NoModel(nlp.NlpEngine):  # type: ignore[misc]
        """An engine that knows no words: recognizers that are patterns need none."""

        def __init__(self, language: str) -> None:
            self._language = language

        def load(self) -> None:
            """Nothing to load."""

        def is_loaded(self) -> bool:
            return True

        def process_text(self, text: str, language: str) -> Any:
            return nlp.NlpArtifacts([], [], [], [], self, language)

        def process_batch(self, texts: Any, language: str, **options: Any) -> Iterator[tuple[str, Any]]:
            return ((text, self.process_text(text, language)) for text in texts)

        def is_stopword(self, word: str, language: str) -> bool:
            return False

        def is_punct(self, word: str, language: str) -> bool:
            return False

        def get_supported_entities(self) -> list[str]:
            return []

        def get_supported_languages(self) -> list[str]:
            return [self._language]

    return NoModel
