"""Questions that lean on the text they were made from are told from those that stand by themselves."""

from __future__ import annotations

import pytest

from datagen_core.passage_references import passage_reference

LEANING = """
According to the text, what raises the sea?
What is the default port based on the given context?
What does the passage say about tides?
Which options are mentioned above?
What does the code below print?
Which steps are described in this section?
What is the main topic of this article?
What does the author describe as a lease?
How is the lease defined in the document?
What is a tide in the text?
Laut dem Text: Was hebt das Meer?
Was hebt laut Abschnitt das Meer?
Was steht im obigen Text über Gezeiten?
Selon le texte, qu'est-ce qui élève la mer ?
Que fait le code ci-dessus ?
Según el texto, ¿qué eleva el mar?
¿Qué hace el código anterior?
De acordo com o texto, o que eleva o mar?
O que diz o trecho acima?
Secondo il testo, che cosa alza il mare?
Wat tilt volgens de tekst de zee op?
Metne göre denizi ne yükseltir?
Что, согласно тексту, поднимает море?
О чём говорится в этом отрывке?
Що підіймає море згідно з текстом?
根据上述文本，是什么使海水上升？
文中提到了哪些原因？
上記の文章によると、何が海を上げますか？
본문에 따르면 무엇이 바다를 높입니까?
وفقًا للنص، ما الذي يرفع البحر؟
ما الذي يرفع البحر حسب النص أعلاه؟
उपरोक्त गद्यांश के अनुसार समुद्र को क्या उठाता है?
จากข้อความข้างต้น อะไรทำให้น้ำทะเลขึ้น
"""
STANDING = """
What raises the sea twice a day?
Which text editor does the project use by default?
How do I add a section to the configuration file?
How many words may a document of the index have?
What does get_text return for an empty document?
What happened after the passage of the act in 1954?
How is the context passed to the handler?
Which example datasets does h5py ship?
Is the text column of a table searched?
How do I read lines from a file?
Was hebt das Meer zweimal am Tag?
Wie fügt man im Texteditor eine Zeile ein?
Qu'est-ce qui élève la mer deux fois par jour ?
¿Cómo se guarda un texto en un archivo?
Как сохранить текст в файл?
如何在文本框中输入文字？
文本文件的默认编码是什么？
テキストファイルの文字コードは何ですか？
텍스트 파일의 기본 인코딩은 무엇입니까?
كيف أحفظ النصوص في ملف؟
ไฟล์ข้อความใช้รหัสอะไร
"""


@pytest.mark.parametrize("question", LEANING.strip().splitlines())
def test_a_question_that_points_at_its_passage_is_seen(question: str) -> None:
    assert passage_reference(question) in question
    assert passage_reference(question)


@pytest.mark.parametrize("question", STANDING.strip().splitlines())
def test_a_question_that_stands_by_itself_is_not(question: str) -> None:
    assert passage_reference(question) == ""


def test_a_hostile_question_is_read_to_a_limit() -> None:
    assert passage_reference("according to the given " * 50_000 + "in the text above") == ""
