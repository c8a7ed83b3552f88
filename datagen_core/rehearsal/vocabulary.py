"""Words and sentence frames that a rehearsal writes with, and the words of prompts that it doesn't."""

from __future__ import annotations

from collections.abc import Mapping


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in text.split(",") if phrase.strip())


NOUNS = _words(
    "account balance basin border budget bridge calendar camera canal capacity catalogue channel circuit climate "
    "column contract corridor cycle deadline debate decade delay design detail distance district draft drought "
    "engine estimate evening exception factor field figure filter forecast formula frame garden guide habit "
    "harvest horizon index island journal kitchen layer ledger library limit machine manual map margin market "
    "measure meeting memory method mirror mixture model morning motion network notebook orchard outcome pattern "
    "permit picture pipeline platform portion practice price process programme proposal quarter question range "
    "reason receipt record region remedy repair report reserve result review ridge river route routine sample "
    "schedule screen season sequence service setting shelter signal site sketch source station storm strategy "
    "structure summary supply surface survey system table target theory timetable tradition trail transfer trial "
    "tunnel valley version vessel village visit voyage warehouse warning window winter workshop yield"
)
PLURALS = _words(
    "answers archives beginners boundaries buildings changes choices clues comparisons conditions connections "
    "consequences conversations costs decisions demands differences drawings effects efforts errors examples "
    "expectations experiments failures families farmers features gaps guests habits hints instruments interviews "
    "investments landscapes lessons letters materials mechanics memories mistakes models movements nights notes "
    "objections observations opinions options partners patterns photographs pieces problems promises questions "
    "readers reasons recipes records regions relations repairs reports requests residents resources responses "
    "results risks roots routes rules samples seasons settings shadows shortcuts signals sources standards steps "
    "stories students surprises symptoms tests textures tools traces travellers trends values variations views "
    "visitors volunteers weeks windows workers"
)
ADJECTIVES = _words(
    "abrupt accurate active ambitious ancient annual awkward balanced bold brief bright broad busy calm careful "
    "central cheap clear clever coastal common complex constant cool costly crowded curious daily deep delicate "
    "dense detailed direct distant double dry durable early easy elegant empty entire exact familiar famous final "
    "flexible formal fragile frequent fresh gentle gradual hidden honest humble immediate independent inner "
    "large late lively local long loose loud modern modest mutual narrow natural neat obvious odd open ordinary "
    "outer partial patient plain popular practical precise private proper public quick quiet rare regular reliable "
    "remote rough rural seasonal sensible separate serious shallow sharp simple slow small smooth solid special "
    "stable steady strange strict strong subtle sudden thorough tidy typical unusual urban useful usual vague "
    "valuable vivid warm weekly wide wild wise young"
)
VERBS = _words(
    "absorbs adjusts alters balances blocks carries challenges clarifies complicates confirms connects covers "
    "defines delays describes divides drives explains exposes extends favours follows frames guides hides improves "
    "influences interrupts joins justifies limits lowers marks matches mirrors moves needs offers outlasts "
    "outweighs precedes predicts preserves prevents promises protects questions raises reaches recalls reduces "
    "replaces requires resembles reshapes reveals rewards separates shapes shortens shows simplifies slows "
    "softens solves spoils steadies strengthens suggests supports surprises tests threatens transforms undermines "
    "warms weakens widens"
)
PASTS = _words(
    "admired analysed avoided borrowed built changed checked collected compared completed copied corrected counted "
    "defended delivered described designed discovered discussed doubted drew examined explored finished followed "
    "forgot found ignored inspected introduced kept learned left liked measured mentioned missed noticed opened "
    "ordered painted photographed planned praised prepared presented preferred questioned read rebuilt recorded "
    "repaired repeated replaced reported reviewed saved shared showed sketched sorted studied tested traced "
    "trusted understood updated used valued visited watched weighed welcomed"
)
PEOPLE = _phrases(
    "the accountant, the archivist, the architect, the baker, a botanist, the captain, the caretaker, a carpenter, "
    "the clerk, the coach, a colleague, the committee, the conductor, the council, the curator, a cyclist, "
    "the designer, the director, a doctor, the editor, an engineer, the farmer, a fisherman, the gardener, "
    "a geologist, the guide, the historian, an inspector, the instructor, a journalist, the judge, the librarian, "
    "the manager, a mechanic, the museum, a musician, a neighbour, the night shift, a nurse, the owner, a painter, "
    "a passenger, the photographer, a pilot, the planner, a potter, the principal, the ranger, a researcher, "
    "the research team, a sailor, the secretary, the shopkeeper, a student, the supplier, a surveyor, a tailor, "
    "the teacher, a technician, a tourist, the translator, the treasurer, a volunteer, the watchmaker, a writer, "
    "Amara, Bruno, Chidi, Clara, Dario, Edith, Farid, Greta, Hana, Igor, Jonas, Kavya, Leila, Marek, Nadia, Omar, "
    "Paula, Quentin, Rosa, Samir, Tessa, Uma, Viktor, Wanda, Yusuf, Zoe"
)
PLACES = _phrases(
    "across the valley, along the canal, at the harbour, at the market, at the northern border, at the old mill, "
    "at the university, behind the station, below the ridge, beside the lake, beyond the city walls, by the river, "
    "in a crowded office, in a quiet village, in a small workshop, in most countries, in the archive, in the attic, "
    "in the capital, in the classroom, in the desert, in the kitchen, in the laboratory, in the mountains, "
    "in the old town, in the southern districts, inside the museum, near the airport, near the coast, "
    "on a narrow street, on the east bank, on the farm, on the island, on the second floor, outside the theatre, "
    "under the bridge, within walking distance"
)
TIMES = _phrases(
    "after a long winter, after lunch, after the first trial, at dawn, at the end of the month, before the meeting, "
    "before the rain came, by late autumn, during the drought, during the summer, every second week, "
    "for most of the year, in early spring, in the first decade, in the last quarter, in the long run, last Tuesday, "
    "late at night, on rainy days, on the third attempt, once a year, over the past ten years, shortly after sunrise, "
    "since the last review, this morning, three days later, toward evening, two years ago, until the end of May, "
    "when the season ends, within a few hours, within an hour"
)
ADVERBS = _words(
    "again almost always badly barely briefly carefully cautiously cheaply clearly closely deeply directly easily "
    "eventually evenly exactly fairly finally firmly gently gradually hardly honestly immediately indirectly largely "
    "mainly mostly naturally nearly often openly partly patiently plainly precisely quickly quietly rarely reliably "
    "seldom sharply simply slightly slowly smoothly sometimes steadily strongly suddenly thoroughly usually widely"
)
TOPIC = "t"
LISTS: Mapping[str, tuple[str, ...]] = {
    "n": NOUNS,
    "s": PLURALS,
    "a": ADJECTIVES,
    "v": VERBS,
    "d": PASTS,
    "p": PEOPLE,
    "w": PLACES,
    "h": TIMES,
    "r": ADVERBS,
    "N": tuple(str(n) for n in (*range(2, 30), 35, 40, 45, 48, 50, 60, 64, 75, 80, 90, 120, 150, 200)),
}
"""Letter of a slot in a frame → what may stand there; `{t}` is a topic of the prompt."""

FRAMES = (
    "{p} {d} {t} and the {a} {n}",
    "{t} {v} the {a} {n} {w}",
    "{w}, {t} {r} {v} {s}",
    "{h}, {p} {d} a {n} about {t}",
    "{p} {d} {N} {a} {s} on {t}",
    "the {n} of {t} {v} {a} {s}",
    "{a} {s} are what {t} {r} {v}",
    "a {a} {n} {w} {r} {v} {t}",
    "{t} and a {a} {n} {r} go together {h}",
    "nothing about {t} {v} the {n} as much as {a} {s}",
    "{p} {r} {d} how {t} {v} the {n}",
    "{h}, the {n} {w} {d} more {s} than {t}",
    "most {s} {w} have a {a} link to {t}",
    "without {a} {s}, {t} {r} {v} a {n}",
    "{t} is less {a} than the {n} {w}",
    "it took {N} {s} to explain {t} {w}",
    "{p} keeps a {a} {n} for {t} {w}",
    "one {n} in {N} {v} {t} {h}",
    "there were {N} {s} {w}, and {t} {v} the {a} ones",
    "what {p} {d} {h} was {a} {t}",
    "{s} of {t} look {a} {w} and {a} {h}",
    "the {a} side of {t} {v} {a} {s}",
    "instead of {t}, {p} {d} the {n} and its {s}",
    "{p} and {p} {d} {t} {h}",
    "because {t} {v} the {n}, {s} stay {a}",
    "{h}, {s} about {t} became {a} and {a}",
    "the {n} {v} {t}, so {p} {d} the {s}",
    "{N} of the {s} {d} {w} concern {t}",
    "every {n} {w} {v} {t} in a {a} way",
    "although {s} differ, {t} {r} {v} the {n}",
    "{t} {v} what {p} {d} {w}",
    "{p} compared {t} with a {a} {n} {h}",
    "no {n} {v} {s} like {t}",
    "between {s} and {s}, {t} {v} the {a} {n}",
    "a {n} that {v} {t} is {a} {w}",
    "{p} would rather lose the {n} than {t}",
    "{a} as it is, {t} {v} {N} {s} {h}",
    "to understand {t}, {p} {d} the {a} {s} first",
    "the {s} {w} make {t} {a}",
    "{p} {d} {a} {s} {h} and called it {t}",
)
"""Main clauses, without a capital and a full stop."""
SHORT_FRAMES = (
    "{t} {v} {s}",
    "{t} {r} {v} {s}",
    "{t} {v} the {n}",
    "{p} {d} {t}",
    "{p} {r} {d} {t}",
    "{a} {s} of {t}",
    "{t} is {a} {h}",
    "{N} {s} {d} {w}",
    "{a} {s} need {t}",
    "no {n} {v} {t}",
)
PHRASES = ("{a} {n}", "{a} {t}", "{a} {t} {n}", "{a} {n} {t}", "{a} {a} {n}", "{n} and {n}", "{t} and {s}")
PLAINEST = ("{s}", "{a} {s}", "{a} {s} matter", "the {n} {v} {s}", "the {a} {n} {v} {s}")
ADDED = ("{r}", "and {s}", "and {a} {s}", "and {N} {a} {s}", "because {a} {s} matter {r}")
"""Clauses of one word to five, and what makes clauses so much longer, whatever the topics are."""
OPENERS = (
    "according to {p},",
    "by contrast,",
    "for example,",
    "in short,",
    "even so,",
    "as a rule,",
    "perhaps {r},",
    "to {p},",
    "for {N} {s},",
    "after all,",
)
TAILS = (
    "because {p} {d} the {n}",
    "although the {s} were {a}",
    "while {s} {w} stay {a}",
    "and {p} {r} {d} the {s}",
    "which {v} the {n}",
    "as {p} {d} {h}",
    "with {N} {s} to spare",
    "so the {n} {r} {v} {s}",
    "but only {h}",
    "if the {n} is {a}",
    "{w}",
    "{h}",
)
QUESTIONS = (
    "how does {t} {w} affect the {a} {n}",
    "why is {t} {a} {h}",
    "which {s} should {p} check before relying on {t}",
    "what makes {t} more {a} than a {n}",
    "who {d} {t} {w}",
    "what would a {a} {n} change about {t}",
    "when do {a} {s} matter for {t}",
    "how many {s} does {t} need {w}",
    "what is the {n} between {t} and {a} {s}",
    "how can {p} explain {t} with {N} {s}",
)
NAMES = ("{a} {n}", "{a} {t}", "{n} of {t}", "{t} {n}", "{a} {s}")

STOP_WORDS = frozenset(
    _words(
        "a about above after again against all also although am among an and any are as at be because been before "
        "being below between both but by can cannot could did do does doing don't down during each either else "
        "enough etc even ever every few for from further get had has have having he her here hers him his how "
        "however i if in into is isn't it its itself just least less let like many may me might more most much must "
        "my near need neither no nor not nothing now of off often on once only or other others otherwise our out "
        "over own per rather same shall she should since so some such than that the their them themselves then "
        "there these they this those through thus to too toward under until up upon us very was we were what when "
        "where whether which while who whom whose why will with within without would yes yet you your yours "
        "yourself"
    )
)
INSTRUCTION_WORDS = frozenset(
    _words(
        "above add additional answer answers answering array ask asked assistant avoid based begin below bullet "
        "character characters choose classification classify come complete completion consider contain contains "
        "containing content context convert copy correct create creating criteria data dataset describe description "
        "diverse document domain end ensure evaluate example examples exactly explain explanation extract false "
        "field fields file fill find first follow following follows format formatted formatting generate generated "
        "generating give given good hello help helpful high include included including input inputs instruction "
        "instructions item items json judge keep key label labels language last length list long make making "
        "markdown match maximum mention min minimum model name new next note number numbered object one order "
        "original output outputs paragraph paragraphs passage please possible produce prompt property provide "
        "provided put quality query question questions quote quotes rate rating read realistic reason repeat "
        "rephrase replace reply request required respond response responses return rewrite row rows rule rules "
        "sample samples satisfy say schema score scores second see select sentence sentences set short should show "
        "single specific start step string style summarise summarize summary synthetic system tag tags task tasks "
        "text texts think three title token tokens tone topic topics training true two type types unique use user "
        "using valid value values want way word words write writing written"
    )
)
