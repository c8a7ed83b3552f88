from __future__ import annotations

import pytest
from datagen_plugin_conversation.user_turns import is_refusal, objection

FAREWELLS = """
Thanks!
Thank you so much for your help!
Thank you. That's very helpful. Have a great day!
OK, thanks, bye!
Great, thank you! I'll definitely try that this weekend.
Thank you for the detailed explanation!
I really appreciate your help. Take care!
That's all I needed, thanks.
No more questions. Goodbye!
Perfect, thanks a lot 😊
[End]
[END]
**Thank you!**
谢谢！
非常感谢您的帮助，再见！
شكرا جزيلا
Спасибо большое! До свидания.
Muchas gracias por tu ayuda.
Merci beaucoup, au revoir !
Vielen Dank! Tschüss.
Obrigado!
ありがとうございました
""".strip().split("\n")
TURNS = """
Thanks! And how long does it keep?
Thanks, now put that in a table.
Thank you, but that doesn't work with rye bread.
Great, go on.
OK
Perfect. Shorten it to one line.
Write a thank-you note to my aunt.
What does "bye" come from?
I'm sorry I wasn't clear: I meant rye bread.
Can you help me with a letter?
I need help to assist my father with his taxes.
谢谢，那黑面包呢？
شكرا، وماذا عن خبز الجاودار؟
Спасибо, а ржаной хлеб?
As a baker I do it another way. Is that wrong?
How can I help my neighbour?
Sure, but what if it rains?
Of course I did that already.
Sorry, I can't find that button. Where is it?
Sorry, I don't understand the second step.
I can't create an account. What now?
I'd be happy to pay more. Is there a better one?
I'm glad to hear that. What comes next?
Sure, I'll send it: Dear Sir or Madam
Absolutely! Let's do that.
抱歉，我说的是黑面包。
Tut mir leid, ich kann den Knopf nicht finden.
Извините, я не могу найти кнопку.
عذرًا، لا أستطيع فتح الملف.
""".strip().split("\n")
OFF_ROLE = """
As an AI language model, I can't eat bread.
I'm sorry, but as an AI I can't eat bread.
Unfortunately, I cannot assist with that.
I'm here to help! What would you like to know?
I'm sorry, but I can't help with that request.
Sorry, I cannot assist with that.
Hello! How can I help you today?
Sure! Here are three ways to store bread.
Certainly! Bread keeps best in paper.
You're welcome! Enjoy your bread.
I'm glad you found it helpful!
If you have any other questions, feel free to ask.
Great question! Bread goes stale because starch crystallises.
Of course! Here's a list.
**Assistant:** Keep it dry.
作为一个人工智能，我不能吃面包。
抱歉，我无法协助处理该请求。
Als KI kann ich das nicht.
Es tut mir leid, dabei kann ich nicht helfen.
En tant qu'IA, je ne mange pas.
Lo siento, no puedo ayudar con eso.
Как языковая модель, я не ем хлеб.
Извините, но я не могу помочь с этим.
عذرًا، لا يمكنني مساعدتك في ذلك.
Désolé, mais je ne peux pas vous aider.
""".strip().split("\n")


@pytest.mark.parametrize("text", FAREWELLS)
def test_nothing_but_thanks_or_a_goodbye_ends_a_conversation(text: str) -> None:
    assert objection(text) == "user_ended"


@pytest.mark.parametrize("text", TURNS)
def test_what_asks_for_something_is_a_turn(text: str) -> None:
    assert objection(text) == ""


@pytest.mark.parametrize("text", OFF_ROLE)
def test_an_assistants_words_are_off_role(text: str) -> None:
    assert objection(text) == "off_role"


def test_refusals_are_told_from_other_words_of_assistants() -> None:
    assert is_refusal("I’m sorry, but I can’t help with that.") and is_refusal("抱歉，我无法协助")
    assert not is_refusal("Sure! Here is the transcript:") and not is_refusal("I am sorry to hear it rains.")
