"""Damages the tables of an ELF file that a plain run does not need.

damage.py FROM TO WHAT [SEED]; without arguments it lists what there is.
"""
import random
import struct
import sys

EXTREMES = [0, 1, 0x7F, 0x80, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF]
LONG = EXTREMES + [1 << 32, 1 << 46, (1 << 47) - 4096, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 4096, (1 << 64) - 1]


class Elf:
    def __init__(self, data):
        self.data = bytearray(data)
        (self.phoff, self.shoff) = struct.unpack_from("<QQ", data, 32)
        (self.phentsize, self.phnum, self.shentsize, self.shnum, self.shstrndx) = struct.unpack_from("<5H", data, 54)
        names = self.section(self.shstrndx)[0]
        self.sections = {}
        for i in range(self.shnum):
            name = struct.unpack_from("<I", data, self.shoff + i * self.shentsize)[0]
            end = data.index(b"\0", names + name)
            self.sections[data[names + name:end].decode()] = self.section(i)

    def section(self, number):
        return struct.unpack_from("<QQ", self.data, self.shoff + number * self.shentsize + 24)

    def part(self, kind):
        for i in range(self.phnum):
            at = self.phoff + i * self.phentsize
            if struct.unpack_from("<I", self.data, at)[0] == kind:
                return at
        sys.exit("no such segment")

    def fill(self, name, byte):
        at, size = self.sections[name]
        self.data[at:at + size] = bytes([byte]) * size

    def words(self, name, width, chance, count):
        at, size = self.sections[name]
        for _ in range(count):
            place = at + chance.randrange(size // width) * width
            value = chance.choice(EXTREMES) if chance.random() < 0.5 else chance.getrandbits(8 * width)
            self.data[place:place + width] = (value & ((1 << 8 * width) - 1)).to_bytes(width, "little")

    def field(self, at, value):
        struct.pack_into("<Q", self.data, at, value)

    def dynamic(self, tag, value):
        at, size = self.sections[".dynamic"]
        for place in range(at, at + size, 16):
            if struct.unpack_from("<q", self.data, place)[0] == tag:
                return self.field(place + 8, value)
        sys.exit("no such entry")


def symbol(elf, chance):
    """The name, number or size of a symbol that nobody asks for."""
    at, size = elf.sections[".dynsym"]
    strings = elf.sections[".dynstr"][0]
    for place in range(at + 24, at + size, 24):
        name = strings + struct.unpack_from("<I", elf.data, place)[0]
        if elf.data[name:elf.data.index(b"\0", name)] == b"never_called":
            struct.pack_into("<I", elf.data, place, chance.choice(EXTREMES[4:]))
            elf.field(place + 16, chance.choice(LONG))
            return
    sys.exit("no such symbol")


def relocation(elf, chance):
    """The symbol that the slot of a call stands for that is never made."""
    at, size = elf.sections[".rela.plt"]
    strings, symbols = elf.sections[".dynstr"][0], elf.sections[".dynsym"][0]
    for place in range(at, at + size, 24):
        info = struct.unpack_from("<Q", elf.data, place + 8)[0]
        name = strings + struct.unpack_from("<I", elf.data, symbols + 24 * (info >> 32))[0]
        if elf.data[name:elf.data.index(b"\0", name)] == b"listen":
            elf.field(place + 8, chance.choice(EXTREMES[4:]) << 32 | info & 0xFFFFFFFF)
            return
    sys.exit("no such relocation")


def notes(elf, chance):
    at, _ = elf.sections[".note.gnu.build-id"]
    struct.pack_into("<I", elf.data, at + 4 * chance.randrange(3), chance.choice(EXTREMES))


WHAT = {
    "frames_some": lambda elf, chance: elf.words(".eh_frame", 1, chance, chance.randrange(1, 30)),
    "frames_words": lambda elf, chance: elf.words(".eh_frame", 4, chance, chance.randrange(1, 8)),
    "frames_fill": lambda elf, chance: elf.fill(".eh_frame", chance.choice([0, 1, 0x0A, 0x40, 0x80, 0xFF])),
    "frames_all": lambda elf, chance: elf.words(".eh_frame", 1, chance, 20000),
    "header_some": lambda elf, chance: elf.words(".eh_frame_hdr", 1, chance, chance.randrange(1, 8)),
    "header_words": lambda elf, chance: elf.words(".eh_frame_hdr", 4, chance, chance.randrange(1, 8)),
    "header_fill": lambda elf, chance: elf.fill(".eh_frame_hdr", chance.choice([0, 1, 0x3B, 0x80, 0xFF])),
    "header_count": lambda elf, chance: struct.pack_into("<I", elf.data, elf.sections[".eh_frame_hdr"][0] + 8, chance.choice(EXTREMES[3:])),
    "header_place": lambda elf, chance: elf.field(elf.part(0x6474E550) + 16, chance.choice(LONG)),
    "note": notes,
    "note_place": lambda elf, chance: elf.field(elf.part(4) + chance.choice([16, 32, 40]), chance.choice(LONG)),
    "symbol": symbol,
    "relocation": relocation,
    "hash": lambda elf, chance: elf.words(".hash", 4, chance, chance.randrange(1, 20)),
    "hash_count": lambda elf, chance: struct.pack_into("<I", elf.data, elf.sections[".hash"][0] + 4, chance.choice(EXTREMES)),
    "hash_place": lambda elf, chance: elf.dynamic(4, chance.choice(LONG)),
    "soname": lambda elf, chance: elf.dynamic(14, chance.choice(LONG)),
    "strings_size": lambda elf, chance: elf.dynamic(10, chance.choice(LONG)),
    "sections": lambda elf, chance: elf.field(40, 0),
}

if len(sys.argv) == 1:
    print("\n".join(WHAT))
    sys.exit()
with open(sys.argv[1], "rb") as file:
    elf = Elf(file.read())
WHAT[sys.argv[3]](elf, random.Random(f"{sys.argv[3]} {sys.argv[4]}"))
with open(sys.argv[2], "wb") as file:
    file.write(elf.data)
