"""Golden numbers of test/score/rotation.test.ts: the rotation of lib/score/scoring/rotation.ts, in exact fractions.

Every float64 operation is carried out exactly and then rounded to the nearest float64 by Python's float of a
fraction, so the numbers don't depend on a machine's floating-point unit. Run: python3 test/golden/score/rotation.py
"""

import hashlib
from fractions import Fraction
from math import floor

ROUNDS, DIMENSION, SEED = 16, 5, 7


def rounded(value: Fraction) -> Fraction:
    return Fraction(float(value))


def integer(value: Fraction) -> int:
    """Rounds a float64 to an integer, halves to even."""
    return round(rounded(value))


def planes():
    size = DIMENSION * 4 + DIMENSION // 2 * 8
    for index in range(ROUNDS):
        blocks = range(-(-size // 64))
        data = b"".join(hashlib.sha512(f"{SEED} {index} {i}".encode()).digest() for i in blocks)
        word = lambda at: int.from_bytes(data[at : at + 4], "little")
        order = list(range(DIMENSION))
        for last in range(DIMENSION - 1, 0, -1):
            other = floor(rounded(Fraction(word(last * 4), 2**32) * (last + 1)))
            order[last], order[other] = order[other], order[last]
        for pair in range(DIMENSION // 2):
            at = (DIMENSION + 2 * pair) * 4
            unit = Fraction(word(at) * 2**21 + (word(at + 4) >> 11), 2**53)
            tangent = rounded(rounded(2 * unit) - 1)
            squares = rounded(1 + rounded(tangent * tangent))
            yield order[2 * pair], order[2 * pair + 1], tangent, rounded(2 * tangent / squares)


vector = [(i - 2) * 1_000_003 for i in range(DIMENSION)]
for a, b, tangent, sine in planes():
    vector[a] -= integer(tangent * vector[b])
    vector[b] += integer(sine * vector[a])
    vector[a] -= integer(tangent * vector[b])
print(vector)
