"""What must never be kept about a citizen, told by how it looks: numbers of papers and telephones, codes, passwords."""

from __future__ import annotations

import re
import unicodedata

from models.rules.folding import clean, fold
from models.rules.pasting_identities import identity_numbers

ID_NUMBER, PHONE, OTP, PASSWORD = KINDS = ("id_number", "phone", "otp", "password")

_PHONE = re.compile(r"(?:\+?84|0)[235789][0-9]{8,9}")
_HOTLINE = re.compile(r"1[89]00[0-9]{4,6}")  # everybody's
_FIXED_LINE = re.compile(r"(?:\+?84|0)2[0-9]{8,9}")
_PASSPORT = re.compile(r"\b[a-z][0-9]{7}\b")
_CODE = re.compile(r"[0-9](?:[ .\-]?[0-9]){3,7}")  # what a bank or VNeID sends has four to eight digits
_BARE_CODE = re.compile(r"[0-9]{6}|[0-9]{3}[ -][0-9]{3}")
_CODE_WORDS = re.compile(r"\b(?:otp|ma (?:xac (?:thuc|nhan|minh)|kich hoat|pin|bao mat)|pin|passcode)\b")
_PASSWORD_WORDS = re.compile(r"\b(?:mat khau|mk|password|passwd|pass|pw)\b(?P<rest>.*)")
_GIVEN = re.compile(r"[^:=]{0,30}?(?:[:=]\s*|\bla\s+)(?P<token>\S+)")
# what follows a password when it is only spoken of: "mật khẩu là gì", "mật khẩu: chưa có"
_SPOKEN_OF = "gi sao dau nao ai bao may sai khong chua roi khi de do dung cu moi chu so bat mot phai quen duoc"
_NEAR = 25  # characters between a word for a code and the code


def holds_private(text: str, *, office: bool = False) -> str:
    """What of a person's own the text seems to hold: id_number, phone, otp, password; empty when nothing.

    It would rather refuse a line too many than keep a number of a citizen's; amounts (115.000), dates, hotlines and
    codes of procedures (1.004222) pass. `office`: so does a fixed line, for an office tells people where to call.
    """
    plain = " ".join(unicodedata.normalize("NFKC", clean(text)).split())
    words = fold(plain)
    numbers = [re.sub(r"[^+0-9]", "", each) for each in identity_numbers(plain)]
    own = [each for each in numbers if not (_HOTLINE.fullmatch(each) or (office and _FIXED_LINE.fullmatch(each)))]
    if own or _PASSPORT.search(words):
        return PHONE if any(_PHONE.fullmatch(each) for each in own) else ID_NUMBER
    if _gives_password(words):
        return PASSWORD
    return OTP if _BARE_CODE.fullmatch(words) or _gives_code(words) else ""


def _gives_code(words: str) -> bool:
    """A word for a code, and near it digits that may be one."""
    near = (words[max(0, one.start() - _NEAR) : one.end() + _NEAR] for one in _CODE_WORDS.finditer(words))
    return any(_CODE.search(each) for each in near)


def _gives_password(words: str) -> bool:
    """ "mk: hoa1990", "mật khẩu là hoa1990"; but not "mật khẩu là gì", "quên mật khẩu"."""
    found = _PASSWORD_WORDS.search(words)
    if found is None:
        return False
    given = _GIVEN.match(found["rest"])
    if given is not None:
        token = given["token"].strip(".,;!?")
        return token != "" and token not in _SPOKEN_OF.split()
    return any(len(each) >= 4 and re.search(r"[0-9]", each) for each in found["rest"].split()[:2])
