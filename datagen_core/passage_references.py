"""Whether a question leans on a text that its reader won't see: "according to the passage", "in the text above"."""

from __future__ import annotations

import re

_TEXT = "text|passage|paragraph|excerpt|section|snippet|chunk|extract"
_ANY = f"{_TEXT}|document|article|context|content|code|example|documentation|source|page|author"
_SHOWN = "(?:given|provided|above|following|preceding|present|quoted|supplied)"
_TOLD = "described|mentioned|stated|given|shown|provided|discussed|listed|explained|defined|presented|outlined|used"
_PHRASES = (
    # English
    rf"\b(?:according to|based (?:up)?on|(?:{_TOLD}) (?:in|by|on)) (?:the|this|that) (?:{_SHOWN} )?(?:{_ANY})\b",
    rf"\b(?:the|this|that|these) {_SHOWN} (?:{_ANY}|list|table|figure|lines?)\b",
    rf"\b(?:{_TEXT}|document|article|code|example|list|table|figure) (?:above|below)\b",
    rf"\b(?:{_TOLD}) (?:above|below|here)\b",
    r"\b(?:the|this) (?:passage|excerpt|snippet|chunk)\b(?! of)",
    r"\b(?:in|from|by|of) this (?:text|paragraph|section|document|article|page)\b",
    r"\b(?:the|this) (?:text|paragraph|author|document|article) "
    r"(?:say|state|mention|describe|explain|claim|suggest|list)s?\b",
    r"\b(?:in|from) the text(?= ?[,.?!;:]|$)",
    # German
    r"\b(?:laut|gemäß|nach|zufolge|basierend auf|anhand)\s+(?:de[mrs]|diese[mrs])\s+"
    r"(?:(?:obigen|vorliegenden|gegebenen)\s+)?(?:Text|Textes|Abschnitt|Absatz|Auszug|Passage|Dokument|Artikel|Autor)\b",
    r"\blaut\s+(?:Text|Abschnitt|Absatz|Auszug|Passage|Dokument|Artikel)\b",
    r"\b(?:im|in\s+diesem|aus\s+diesem)\s+(?:(?:obigen|vorliegenden|gegebenen)\s+)?(?:Text|Textabschnitt|Absatz|Auszug)\b",
    r"\b(?:obige[nmr]?|vorliegende[nmr]?)\s+(?:Text|Abschnitt|Absatz|Auszug|Passage|Code|Beispiel|Dokument)\b",
    r"\boben\s+(?:genannt|erwähnt|beschrieben|gezeigt)",
    # French
    r"\b(?:selon|d['’]après|dans|d['’]apr[eè]s)\s+(?:le|ce|la|cet|cette|l['’])\s*(?:texte|passage|extrait|paragraphe)\b",
    r"\b(?:texte|passage|extrait|paragraphe|code|exemple)\s+(?:ci-dessus|ci-dessous|fourni|donné|précédent)",
    # Spanish, Portuguese, Italian
    r"\b(?:según|de\s+acuerdo\s+con|en|basándose\s+en)\s+(?:el|la|este|esta)\s+(?:texto|pasaje|fragmento|párrafo|extracto)\b",
    r"\b(?:texto|pasaje|fragmento|párrafo|código)\s+(?:anterior|de\s+arriba|proporcionado|dado)\b",
    r"\b(?:segundo|de\s+acordo\s+com|conforme)\s+(?:o|este)\s+(?:texto|trecho|parágrafo|excerto|documento)\b",
    r"\b(?:no|neste)\s+(?:texto|trecho|excerto)\b",
    r"\b(?:texto|trecho|parágrafo|código)\s+(?:acima|abaixo|fornecido)\b",
    r"\b(?:secondo|in\s+base\s+al|nel|in\s+questo)\s+(?:il\s+|questo\s+)?(?:testo|brano|passaggio|paragrafo|estratto)\b",
    # Dutch, Turkish
    r"\b(?:volgens|in)\s+(?:de|deze|dit|het)\s+(?:tekst|passage|alinea|fragment)\b",
    r"\b(?:metne|metinde|parçaya|parçada|paragrafa|paragrafta)\s+(?:göre|geçen)\b",
    # Russian, Ukrainian
    r"\b(?:согласно|по|в|из)\s+(?:этому\s+|этом\s+|этого\s+|данному\s+|данном\s+)?(?:текст[еау]|отрывк[еау]|фрагмент[еау]|абзац[еау])\b",
    r"\b(?:згідно\s+з|у|в|за)\s+(?:цим\s+|цьому\s+)?(?:тексті|текстом|уривку|уривком|фрагменті)\b",
    # Chinese, Japanese, Korean
    r"(?:根据|按照|依据|在|从)(?:上述|以上|上面的?|本|该|此|这段|这篇|给定的?|所给的?|提供的?){0,2}(?:文本|段落|文章|短文|材料|片段|原文|文档|代码)(?!框|编辑|文件|库|段)",
    r"(?:文中|上文|文章中|段落中|文本中(?!的字))(?:提到|所述|说|描述|是|有|的)?",
    r"(?:上記|以上|この|本)の?(?:文章|テキスト|文書|段落|抜粋|コード)(?:に|で|から|の|中)|本文(?:に|で|中|から|の)",
    r"(?:위|이|본|주어진|제시된)\s?(?:글|텍스트|지문|본문|문단|단락|구절|문서)|본문(?:에|의|에서)",
    # Arabic, Hindi, Thai
    r"(?:وفق[اًا]*|حسب|بحسب|بناء[ًا]*\s+على|في)\s+(?:هذا\s+|هذه\s+)?(?:لل|ال|ل)(?:نص|فقرة|مقطع|مقتطف)",
    r"(?:النص|الفقرة|المقطع)\s+(?:أعلاه|السابق|السابقة|المذكور|المذكورة|التالي)",
    r"(?:उपरोक्त|ऊपर\s+दिए\s+गए|दिए\s+गए|इस)\s+(?:पाठ|गद्यांश|अनुच्छेद|लेख|अंश)",
    r"(?:จาก|ตาม|ใน)(?:ข้อความ|บทความ|ย่อหน้า|เนื้อหา)(?:ข้างต้น|ข้างบน|ด้านบน|นี้|ที่กำหนด)",
)
_FOUND = tuple(re.compile(phrase, re.IGNORECASE) for phrase in _PHRASES)
READ_CHARS = 2_000


def passage_reference(question: str) -> str:
    """The words by which a question points at the text that it was made from; "" where it stands by itself.

    Usual phrases of sixteen languages, in the first 2,000 characters. "The document" alone is none: documents may be
    what a question is about.

    Example:
        >>> passage_reference("According to the passage, who won?"), passage_reference("Who won in 1954?")
        ('According to the passage', '')
    """
    found = (pattern.search(question[:READ_CHARS]) for pattern in _FOUND)
    return next((match[0] for match in found if match), "")
