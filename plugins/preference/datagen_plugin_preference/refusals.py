"""Whether a reply declines to answer: by how it begins, and by being short."""

from __future__ import annotations

import re

from datagen_core.words import words

MOST_WORDS = 79
"""WizardLM's eliminator takes "sorry" in fewer than 80 words for a refusal: what is longer has more to say than no."""

_SORRY = r"(?:(?:i(?:'m| am) )?(?:very |so |really )?sorry|i apologi[sz]e|my apologies|unfortunately)"
_CANT = (
    r"i(?: (?:can't|cannot|can not|won't|will not|must decline to)|(?:'m| am) (?:unable|not able|not going) to"
    r"|(?:'m| am) not comfortable(?: with)?)(?: be able to)?"
)
_DO = (
    r"(?:help|assist|provid(?:e|ing)|comply|fulfill?|generat(?:e|ing)|creat(?:e|ing)|writ(?:e|ing)|answer|do that"
    r"|support|discuss(?:ing)?|engage|shar(?:e|ing)|offer|participate|continue)"
)
_BEGINS = re.compile(
    rf"(?:{_SORRY}\b[^.!?\n]{{0,60}}?\b)?{_CANT} {_DO}\b"
    rf"|as an? (?:ai|artificial intelligence|(?:large )?language)\b[^.!?\n]{{0,60}}\b{_CANT} "
    r"|(?:很|非常)?(?:抱歉|对不起|遗憾)[，, ]{0,2}(?:但)?我?(?:无法|不能|没办法|不便)"
    r"|作为(?:一个|一名|一款)?(?:人工智能|ai|语言模型|大型)[^。]{0,20}(?:无法|不能)"
    r"|(?:申し訳|すみません)[^。]{0,20}(?:でき|お手伝い|お答え)"
    r"|(?:es )?tut mir leid[^.!?\n]{0,40}(?:nicht|kein)|leider kann ich[^.!?\n]{0,40}(?:nicht|kein)"
    r"|(?:je suis )?désolée?[^.!?\n]{0,30} (?:ne |n')"
    r"|lo siento[^.!?\n]{0,30}\bno (?:puedo|es posible)"
    r"|(?:извините|к сожалению|простите)[^.!?\n]{0,20}\bне (?:могу|буду)"
    r"|(?:آسف|عذر[اًا]+|أعتذر|للأسف)[^.!?\n]{0,30}لا (?:أستطيع|يمكنني|يمكن)",
    re.IGNORECASE,
)


def is_refusal(text: str) -> bool:
    """Whether a reply begins as assistants do when they decline, and has fewer than 80 words.

    Known are English, Chinese, Japanese, German, French, Spanish, Russian and Arabic.
    """
    plain = text.replace("’", "'").strip(" \t\n\"'*_“”«»#>")
    return bool(_BEGINS.match(plain)) and len(words(text)) <= MOST_WORDS
