"""What a row answers where the passages don't have the answer."""

from __future__ import annotations

from collections.abc import Mapping

REFUSALS: Mapping[str, str] = {
    "ar": "لا تحتوي المقاطع على إجابة عن هذا السؤال.",
    "de": "Die Textstellen enthalten keine Antwort auf diese Frage.",
    "en": "The passages don't contain the answer to this question.",
    "es": "Los pasajes no contienen la respuesta a esta pregunta.",
    "fr": "Les passages ne contiennent pas la réponse à cette question.",
    "hi": "इन अनुच्छेदों में इस प्रश्न का उत्तर नहीं है।",
    "it": "I passaggi non contengono la risposta a questa domanda.",
    "ja": "これらの文章には、この質問への答えが書かれていません。",
    "ko": "주어진 글에는 이 질문에 대한 답이 없습니다.",
    "nl": "De passages bevatten geen antwoord op deze vraag.",
    "pt": "Os trechos não contêm a resposta a esta pergunta.",
    "ru": "В этих отрывках нет ответа на этот вопрос.",
    "th": "ข้อความเหล่านี้ไม่มีคำตอบของคำถามนี้",
    "tr": "Bu metinlerde bu sorunun cevabı bulunmuyor.",
    "vi": "Các đoạn văn không có câu trả lời cho câu hỏi này.",
    "zh": "这些段落中没有这个问题的答案。",
}
"""By language code."""


def refusal_in(language: str, texts: Mapping[str, str]) -> str | None:
    """The text for a language: of its exact code, else of the code before the first hyphen or underscore."""
    return texts.get(language) or texts.get(language.replace("_", "-").partition("-")[0])
