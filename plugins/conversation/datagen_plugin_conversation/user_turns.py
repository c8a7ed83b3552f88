"""What a user's turn must not be: a goodbye, or a turn of the assistant."""

from __future__ import annotations

import re

from datagen_core.llm.spoken import unwrapped

USER_LABEL = re.compile(r"\A[\[*_]{0,3}(?:user|human)[\]*_]{0,3}[:：][*_]{0,2}\s*", re.IGNORECASE)

END_MARK = re.compile(r"\[\s*end\s*\]", re.IGNORECASE)
QUESTION = re.compile(r"[?？؟]")
CLAUSE_END = re.compile(r"[.!,;。！，；、।—–\n]+")
MAX_FAREWELL_CHARS = 400

_THANKS = re.compile(
    r"(?:(?:ok|okay|great|perfect|awesome|wonderful|excellent|alright|got it|ah|oh|wow|well|and|many)[ ,]*)*"
    r"(?:thank(?:s| you)?(?: (?:you|so|very|much|a lot|a million|again|too))*"
    r"(?: for (?!.*\b(?:but|now|please)\b)[^,;:]*)?"
    r"|(?:good)?bye(?:[- ]bye)?(?: for now)?|see you(?: later| soon| next time)?|take care|cheers|good ?night"
    r"|i (?:really |truly |do )*appreciate (?:it|that|this|all|your|the)\b[^,;:]*"
    r"|(?:i have )?(?:no (?:more|further|other)|nothing (?:else|more)) ?(?:questions?)?(?: to ask)?(?: for now)?"
    r"|that(?:'s| is| will be| was) (?:all|everything)(?: i (?:need|needed|wanted)[^,;:]*)?(?: for (?:now|today))?)",
    re.IGNORECASE,
)
_NICE = re.compile(
    r"(?:ok|okay|great|perfect|awesome|wonderful|excellent|alright|got it|you too|same to you|understood)"
    r"|(?:this|that|it|you|your (?:advice|answers?|help|explanations?))(?:'s|'ve| is| was| were| has| have| all)*"
    r"(?: been)?(?: (?:so|very|really|extremely|incredibly|super|definitely|certainly|a|great|big|all))*"
    r" ?(?:helpful|useful|great|perfect|clear|amazing|help|helps|helped|clarifies|clarified|makes sense|lifesaver)\b"
    r"[^,;:]*"
    r"|(?:have|enjoy) (?:a|an|your|the rest of) [^,;:]*"
    r"|i(?:'ll| will)(?: definitely| certainly| be sure to| make sure to)* "
    r"(?:try|give|keep|use|check|look|follow|remember|do|start|come)\b[^,;:]*",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"(?:(?:非常|太|好的|十分)?(?:谢谢|感谢|多谢)(?:你|您|了|啦|的|帮助|解答|回答)*|再见|拜拜"
    r"|شكر[اًا]*(?: (?:جزيلا|لك|لكم|على[^؟]*))*|مع السلامة|спасибо(?: (?:большое|за[^?,]*|вам|тебе))*|до свидания"
    r"|(?:muchas |mil )?gracias(?: por[^?,]*)?|adiós|hasta luego|merci(?: (?:beaucoup|bien|pour[^?,]*))*|au revoir"
    r"|(?:vielen |besten |herzlichen )?dank(?:e)?(?: (?:schön|sehr|für[^?,]*|dir|ihnen))*|tschüss|auf wiedersehen"
    r"|(?:muito )?obrigad[oa](?: (?:por|pela|pelo)[^?,]*)?|tchau|(?:どうも)?ありがとう(?:ございま(?:す|した))?)",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"as an? (?:ai|artificial|large language|language model)|i(?:'m| am) (?:just |only )?an? (?:ai|language model)\b"
    r"|i (?:can't|cannot|can not|won't|am unable to|am not able to) (?:help|assist|comply)\b"
    r"|(?:(?:i(?:'m| am) )?(?:so |very |really )?sorry,? |unfortunately,? |i apologi[sz]e,? )(?:but )?"
    r"i (?:can't|cannot|can not|won't|am unable to|am not able to) "
    r"(?:help|assist|provide|comply|fulfil|generate|create|produce|discuss|answer|engage|continue|do that)\b"
    r"|(?:i(?:'m| am) )?sorry,? (?:but )?(?:as an|that (?:is|request)|that's|i(?:'m| am) (?:unable|not able))"
    r"|i apologi[sz]e|my apologies"
    r"|作为(?:一个|一名|一款)?(?:人工智能|ai|语言模型|大型)|(?:(?:很|非常)?抱歉|对不起)[，,]?(?:但)?我?(?:无法|不能)"
    r"|als (?:ki|künstliche|sprachmodell)"
    r"|(?:(?:es )?tut mir leid|leider)\b[^.!?]{0,60}\bkann\b[^.!?]{0,60}\bnicht (?:helfen|beantworten)"
    r"|en tant qu(?:e |')(?:ia|intelligence|mod)|(?:je suis )?désolée?,? (?:mais )?je ne peux pas"
    r"|como (?:una? )?(?:ia|inteligencia|modelo)\b|lo siento,? (?:pero )?no puedo (?:ayudar|cumplir)"
    r"|как (?:языковая|искусственный|ии)\b|(?:извините|к сожалению),? (?:но )?я не могу (?:помочь|выполнить|ответить)"
    r"|بصفتي|كنموذج لغوي|(?:عذر[اًا]+|آسف)،? (?:لكن )?(?:لا أستطيع|لا يمكنني) (?:مساعد|تقديم|المساعد)",
    re.IGNORECASE,
)
_HELPER = re.compile(
    r"i(?:'m| am) (?:always |still )?here (?:to (?:help|assist)|for you|if you)"
    r"|i(?:'m| am) (?:glad|happy|pleased|delighted) (?:to (?:help|assist|be of)|(?:that )?(?:i could|you)\b)"
    r"|i(?:'d| would) be (?:happy|glad|delighted) to (?:help|assist|explain|provide|answer)"
    r"|(?:hello|hi|hey|greetings)?[!,. ]*(?:how (?:can|may) i (?:help|assist)(?: you\b| ?\?| today)"
    r"|what can i do for you)"
    r"|(?:sure|certainly|of course|absolutely)(?: thing)?"
    r"(?:[!,.:]* here(?:'s| is| are| it| you)|!+ (?:i(?:'ll|'d| will| can)|let me))\b"
    r"|certainly[!.]|you(?:'re| are) (?:very |most )?welcome|great question"
    r"|feel free to|(?:please )?let me know if you|if you have any (?:more|other|further)|is there anything else"
    r"|我(?:很|非常)?(?:乐意|高兴)(?:为您|帮)|当然(?:可以)?[，！!]|有什么(?:我)?可以帮|gerne[!,.] (?:ich|hier)"
    r"|wie kann ich (?:ihnen|dir) helfen|comment puis-je vous aider|bien sûr !? ?voici|¿?en qué puedo ayudar"
    r"|¡?claro!?,? (?:aquí|puedo)|чем (?:я )?могу (?:вам )?помочь|كيف يمكنني مساعدت",
    re.IGNORECASE,
)
_BOTH_SIDES = re.compile(r"^\W{0,3}(?:assistant|ai)\W{0,3}[:：\]]", re.IGNORECASE | re.MULTILINE)


def objection(text: str) -> str:
    """Why a text is no turn of a user: `user_ended` (nothing but thanks or a goodbye), `off_role`; "" if it is one."""
    plain = _plain(text)
    if END_MARK.search(plain) or _is_farewell(plain):
        return "user_ended"
    is_off = _REFUSAL.match(plain) or _HELPER.match(plain) or _BOTH_SIDES.search(plain)
    return "off_role" if is_off else ""


def is_refusal(text: str) -> bool:
    """Whether a reply begins as assistants do when they decline. A handful of languages are known."""
    return bool(_REFUSAL.match(_plain(text)))


def _plain(text: str) -> str:
    return text.replace("’", "'").strip(" \t\n\"'*_“”«»")


def _is_farewell(text: str) -> bool:
    """Every clause is polite and one of them takes leave; nothing is asked."""
    if QUESTION.search(text) or len(text) > MAX_FAREWELL_CHARS:
        return False
    clauses = [part for part in (_bare(part) for part in CLAUSE_END.split(text)) if part]
    leaving = [bool(_THANKS.fullmatch(part) or _ELSEWHERE.fullmatch(part)) for part in clauses]
    return any(leaving) and all(
        is_leaving or _NICE.fullmatch(part) for part, is_leaving in zip(clauses, leaving, strict=True)
    )


def _bare(clause: str) -> str:
    """A clause without its marks and emoji at both ends, and without a word that joins it to the one before."""
    return re.sub(r"\A[\W_]*(?:(?:and|so|well) )?|[\W_]+\Z", "", clause, flags=re.IGNORECASE)


def user_turn(text: str) -> str:
    """What a user model said, without a label or quotation marks."""
    return unwrapped(USER_LABEL.sub("", text)).strip()
