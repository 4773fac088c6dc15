"""Four words to be read aloud: sent to something on file, read back over the phone, typed in by whoever helps.

Of 256 words each, 32 bits in all, with few tries and a short life. The words are short, common and told apart by ear;
they stay English in every language, because both ends spell the same ones.
"""

from typing import Final

COUNT: Final = 4
ENTROPY_BYTES: Final = COUNT
LIST: Final[tuple[str, ...]] = tuple(
    """
    able acid acorn acre actor adult after album alley almond amber angle ankle apple apron arch
    arena arrow artist aunt autumn baby badge bagel baker ball bamboo banana banjo barn basil basket
    beach beard beetle bench bird biscuit blanket blue board boat bonus book border bottle bowl branch
    bread bridge broom brother bucket bugle button cabin cactus camel camera canal candle canoe captain carpet
    carrot castle cello chair chalk cheese cherry chess chimney circus city clay clock cloud clover coast
    cobra coffee comet copper coral corner cotton cousin cradle crane crayon cricket crown cushion dancer desert
    diamond dinner doctor dolphin donkey dragon drum eagle earth echo elbow elephant engine evening fabric falcon
    farmer feather fiddle finger flag flute forest fountain fox galaxy garden garlic ginger giraffe glove goblet
    goose granite grape guitar hammer harbour harvest hazel helmet honey hotel hunter iceberg igloo indigo insect
    iron island ivory jacket jaguar jelly jewel jigsaw jungle kettle kitchen kitten koala ladder lagoon lantern
    lemon leopard letter library lily lizard lobster locket lotus magnet mango maple marble market meadow melon
    mirror monkey morning mountain muffin museum mustard napkin needle nephew nickel noodle number nutmeg oasis
    ocean olive onion orange orbit orchid otter oyster paddle panda paper parrot peach pebble pelican pencil
    pepper piano picnic pillow pirate planet pocket pony potato pumpkin puppet puzzle quartz quilt rabbit radio
    rainbow raven ribbon river robin rocket saddle salmon sandal satin saturn scarf school shadow silver singer
    sister spider sugar summer sunset tailor teapot temple tiger timber tomato trumpet tulip
    violin walnut window wizard
    """.split()  # noqa: SIM905 -- a list of 256 is read as a block, not as 256 lines
)


def make(random: bytes) -> str:
    """Return four words with single spaces between, made of ENTROPY_BYTES random bytes."""
    if len(random) != ENTROPY_BYTES:
        raise ValueError(f"four words take {ENTROPY_BYTES} random bytes")
    return " ".join(LIST[byte] for byte in random)


def normalise(typed: str) -> str:
    """Return what was meant: words in small letters with single spaces, whatever stood between them."""
    letters = "".join(character if character.isalpha() else " " for character in typed.casefold())
    return " ".join(letters.split())
